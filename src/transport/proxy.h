// SPDX-License-Identifier: Apache-2.0
// Reads a proxy's URL, and opens a tunnel with a CONNECT exchange. The proxy sees the host's name
// and its own credentials, but never the bearer of a request.
#pragma once

#include "host_port.h"
#include "wait.h"

#include "infrastate/transport/http.h"

#include <optional>

namespace infrastate::transport {

struct Proxy {
    HostPort address;
    Secret credentials; ///< "user:password", decoded; may be empty
};

/// Empty if no proxy is set. Errors name the field `proxy`. No error quotes the URL, which may
/// contain a password.
Result<std::optional<Proxy>> parse_proxy(const Secret& url);

/// Asks the proxy for a tunnel, on a connected, non-blocking socket. After success the next byte on
/// the socket comes from the endpoint.
Result<void> open_tunnel(int descriptor, const Proxy& proxy, const Endpoint& endpoint,
                         const Deadline& deadline);

} // namespace infrastate::transport
