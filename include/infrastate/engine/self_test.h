// SPDX-License-Identifier: Apache-2.0
// What stands between this machine and a run, looked at one by one, for a person in trouble: the
// authorities, the name, the connection, TLS, the server, its clock, the credentials. Changes
// nothing on the server but the last use of the key (and a session that is closed again).
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
    std::string text; ///< one line; for `bad` it says what to do. Masked.
};

/// `config` as for Session::open(). Calls `tell` for each finding in turn; the first bad one is the
/// last. True if there was none. Takes no longer than the timeout in `config`.
bool self_test(const Value& config, const CertificateLocations& certificates,
               const transport::CancelToken* cancel,
               const std::function<void(const Finding&)>& tell);

} // namespace infrastate::engine
