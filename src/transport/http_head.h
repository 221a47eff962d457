// SPDX-License-Identifier: Apache-2.0
// Heads of HTTP/1.1 messages. A request is written so that nothing in it can start another line. A
// response is checked line by line, without Poco: Poco decodes words such as =?utf-8?q?=0d=0a?= in
// a header and so would put line ends into it.
#pragma once

#include "wiped_buffer.h"

#include "infrastate/transport/http.h"
#include "infrastate/types/ascii.h"

#include <optional>
#include <string_view>

namespace infrastate::transport {

/// No server sends more headers than this on purpose.
inline constexpr std::size_t max_headers = 256;

/// The longest status line or header line that is read, without its line end.
inline constexpr std::size_t max_line_bytes = 8u << 10;

/// The whole request as it is sent, with its body. Errors (argument or internal): a target, header
/// or bearer with characters that are not allowed there; `field` is access_key for the bearer. No
/// error quotes the bearer.
Result<WipedBuffer> write_request(const Endpoint& endpoint, const Request& request);

struct StatusLine {
    int status = 0; ///< 100 to 599
    bool http_1_0 = false;
};

/// Reads "HTTP/1.0 200 ..." or "HTTP/1.1 200 ...". Empty if the line is not one.
std::optional<StatusLine> parse_status_line(std::string_view line) noexcept;
/// Reads "name: value" of allowed characters (no folding, no space before the colon). Empty if the
/// line is not one.
std::optional<Header> parse_header_line(std::string_view line);

} // namespace infrastate::transport
