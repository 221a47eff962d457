// SPDX-License-Identifier: Apache-2.0
// "host[:port]" as it stands in a URL: the one reader for the endpoint and for proxies.
// Refuses what could split a header or a URL.
#pragma once

#include "infrastate/types/error.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace infrastate::transport {

struct HostPort {
    std::string host; ///< lower case; an IPv6 address without brackets, in canonical form
    std::uint16_t port = 0;
    bool ip_literal = false;
    /// "host:port" or "[v6]:port".
    std::string text() const;
};

/// The error is a sentence without its subject ("has a port that ...").
Result<HostPort> parse_host_port(std::string_view text, std::uint16_t default_port);

} // namespace infrastate::transport
