// SPDX-License-Identifier: Apache-2.0
// Opens the TCP connection: each resolved address in turn, each with its share of the time, so
// that a black-holed one does not eat the deadline.
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

/// `whom` stands before the address in messages: "" or "the proxy ". Errors: dns_*,
/// connect_refused, connect_unreachable, connect_timeout, deadline, cancelled.
Result<Dialed> dial(const HostPort& peer, std::string_view whom, const Deadline& deadline);

/// What one try may take when `left` addresses (this one included) share `remaining`.
std::chrono::milliseconds try_span(std::chrono::milliseconds remaining, std::size_t left) noexcept;

/// Tries the addresses in turn; `peer` is for messages. dial() without the name resolution.
Result<Dialed> connect_in_turn(const std::vector<SocketAddress>& addresses, std::string_view peer,
                               const Deadline& deadline);

} // namespace infrastate::transport
