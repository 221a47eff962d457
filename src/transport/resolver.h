// SPDX-License-Identifier: Apache-2.0
// Resolves a host name to addresses with c-ares, within the run's deadline. IP literals need no
// network; "localhost" and names below it need no file and are never sent to a name server.
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

/// Returns 1 to 16 addresses in the order in which to try them (RFC 6724). Errors: dns_not_found
/// (no such name), dns_failed (no name server gave an answer), no_resources, deadline, cancelled.
/// `servers` replaces the machine's name servers ("127.0.0.1:5353,..."); empty: those of
/// resolv.conf.
Result<std::vector<SocketAddress>> resolve(const std::string& host, std::uint16_t port,
                                           const Deadline& deadline,
                                           const std::string& servers = {});

} // namespace infrastate::transport
