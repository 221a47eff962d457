// SPDX-License-Identifier: Apache-2.0
// Reads "host[:port]" as in a URL, both for the endpoint and for proxies. Refuses characters that
// could split a header or a URL.
#pragma once

#include "infrastate/types/error.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace infrastate::transport {

struct HostPort {
    std::string host; ///< lower case; an IPv6 address in canonical form, without brackets
    std::uint16_t port = 0;
    bool ip_literal = false;
    /// "host:port" or "[v6]:port".
    std::string text() const;
};

/// The error is a sentence without its subject ("has a port that ...").
Result<HostPort> parse_host_port(std::string_view text, std::uint16_t default_port);

} // namespace infrastate::transport
