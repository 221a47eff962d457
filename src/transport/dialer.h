// SPDX-License-Identifier: Apache-2.0
// Opens the TCP connection. It tries each resolved address in turn, each with a share of the time,
// so that an address that never answers does not use up the deadline.
#pragma once

#include "host_port.h"
#include "resolver.h"

#include "infrastate/types/descriptor.h"
#include "infrastate/types/error.h"

#include <string_view>

namespace infrastate::transport {

struct Dialed {
    Descriptor descriptor; ///< connected, non-blocking, close-on-exec, without Nagle's delay
    SocketAddress address;
};

/// Resolves the host and connects to it. `whom` precedes the address in messages: "" or "the proxy
/// ". Errors: dns_*, connect_refused, connect_unreachable, connect_timeout, no_resources, deadline,
/// cancelled.
Result<Dialed> dial(const HostPort& peer, std::string_view whom, const Deadline& deadline);

/// How long one attempt may take if `left` addresses, this one included, share `remaining`.
std::chrono::milliseconds try_span(std::chrono::milliseconds remaining, std::size_t left) noexcept;

/// dial() without the name resolution: tries the addresses in turn. `peer` is for messages.
Result<Dialed> connect_in_turn(const std::vector<SocketAddress>& addresses, std::string_view peer,
                               const Deadline& deadline);

} // namespace infrastate::transport
