// SPDX-License-Identifier: Apache-2.0
// Turns a host name into addresses with c-ares, inside the run's deadline. IP literals need no
// network.
#pragma once

#include "wait.h"

#include "infrastate/types/error.h"

#include <string>
#include <sys/socket.h>
#include <vector>

namespace infrastate::transport {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
    const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
    /// "127.0.0.1" or "::1".
    std::string text() const;
};

/// In the order in which they should be tried (RFC 6724); at least one, at most 16. Errors:
/// dns_not_found (no such name), dns_failed (no name server gave an answer). `servers` replaces the
/// machine's name servers ("127.0.0.1:5353,..."); empty: those of resolv.conf.
Result<std::vector<SocketAddress>> resolve(const std::string& host, std::uint16_t port,
                                           const Deadline& deadline,
                                           const std::string& servers = {});

} // namespace infrastate::transport
