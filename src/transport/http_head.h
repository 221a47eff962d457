// SPDX-License-Identifier: Apache-2.0
// Heads of HTTP/1.1 messages: a request's is written with nothing in it that could start another
// line; a response's is checked line by line. (Poco would decode words such as =?utf-8?q?=0d=0a?=
// in a response's header, and so put line ends into it.)
#pragma once

#include "wiped_buffer.h"

#include "infrastate/transport/http.h"
#include "infrastate/types/ascii.h"

#include <optional>
#include <string_view>

namespace infrastate::transport {

/// More headers than any server sends on purpose.
inline constexpr std::size_t max_headers = 256;

/// The longest status or header line that is read, without its line end.
inline constexpr std::size_t max_line_bytes = 8u << 10;

/// The whole request as it goes out, body included. Errors (argument or internal): a target, header
/// or bearer with characters that do not belong there; `field` is access_key for the bearer. No
/// error repeats the bearer.
Result<WipedBuffer> write_request(const Endpoint& endpoint, const Request& request);

struct StatusLine {
    int status = 0; ///< 100 to 599
    bool http_1_0 = false;
};

/// "HTTP/1.0 200 ..." or "HTTP/1.1 200 ...", or nothing.
std::optional<StatusLine> parse_status_line(std::string_view line) noexcept;
/// "name: value" of allowed characters (no folding, no space before the colon), or nothing.
std::optional<Header> parse_header_line(std::string_view line);

} // namespace infrastate::transport
