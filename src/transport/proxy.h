// SPDX-License-Identifier: Apache-2.0
// HTTP proxies: which one is used for a host, and the CONNECT exchange that opens the tunnel. The
// proxy sees the host's name and its own credentials; the bearer of a request never comes here.
#pragma once

#include "host_port.h"
#include "wait.h"

#include "infrastate/transport/http.h"

#include <optional>

namespace infrastate::transport {

struct Proxy {
    HostPort address;
    Secret credentials; ///< "user:password" as they are, or empty
};

/// Nothing where no proxy is set. Errors name the field `proxy`; no error repeats the URL, which
/// may hold a password.
Result<std::optional<Proxy>> parse_proxy(const Secret& url);

/// Asks for a tunnel on a connected, non-blocking socket. On success the next byte on it belongs to
/// the endpoint.
Result<void> open_tunnel(int descriptor, const Proxy& proxy, const Endpoint& endpoint,
                         const Deadline& deadline);

} // namespace infrastate::transport
