// SPDX-License-Identifier: Apache-2.0
// Tests the way to an endpoint step by step, for a person in trouble: trusted authorities,
// addresses of the name, which address answers, and TLS. It sends no request, and no credentials
// except those of a proxy.
#pragma once

#include "infrastate/transport/http.h"

#include <functional>
#include <string>

namespace infrastate::transport {

/// The steps, in the order in which they are done.
enum class ProbeStep { authorities, name, connection, tls };

/// A step that succeeded. `found` says what was found, as half a sentence.
struct Probed {
    ProbeStep step;
    std::string found;
};

/// Calls `tell` after each step that succeeded. Stops at the first failed step and returns its
/// error, as HttpClient would.
Result<void> probe(const Endpoint& endpoint, const TlsSettings& tls, const ProxySettings& proxy,
                   const Deadline& deadline, const std::function<void(const Probed&)>& tell);

} // namespace infrastate::transport
