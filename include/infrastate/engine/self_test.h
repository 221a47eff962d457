// SPDX-License-Identifier: Apache-2.0
// Checks, one by one, what a run needs: authorities, name, connection, TLS, server, clock,
// credentials. For a person in trouble. On the server it changes only the key's last use (and a
// session that it opens and closes).
#pragma once

#include "infrastate/engine/engine.h"

#include <functional>
#include <string>
#include <string_view>

namespace infrastate::engine {

enum class Severity { good, noteworthy, bad };

struct Finding {
    std::string_view
        what; ///< "parameters", "authorities", "name", "connection", "TLS", "server" ...
    Severity severity;
    std::string text; ///< one line, masked; if `bad`, it says what to do
};

/// `config` as for Session::open(). Calls `tell` for each finding and stops after the first bad
/// one. Returns true if there was no bad one. Takes no longer than the timeout in `config`.
bool self_test(const Value& config, const CertificateLocations& certificates,
               const transport::CancelToken* cancel,
               const std::function<void(const Finding&)>& tell);

} // namespace infrastate::engine
