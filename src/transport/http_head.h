// SPDX-License-Identifier: Apache-2.0
// Heads of HTTP/1.1 messages: a request's is written with nothing in it that could start another
// line; a response's is checked byte by byte and then read by Poco.
#pragma once

#include "wiped_buffer.h"

#include "infrastate/transport/http.h"

#include <string_view>

namespace infrastate::transport {

/// The longest status or header line that is read, without its line end.
inline constexpr std::size_t max_line_bytes = 8u << 10;

/// The whole request as it goes out, body included. Errors (argument or internal): a target, header
/// or bearer with characters that do not belong there; `field` is access_key for the bearer. No
/// error repeats the bearer.
Result<WipedBuffer> write_request(const Endpoint& endpoint, const Request& request);

/// True if `line` is "HTTP/1.0 200 ..." or "HTTP/1.1 ..." with a status from 100 to 599.
bool is_status_line(std::string_view line) noexcept;
/// True if `line` is "name: value" of allowed characters (no folding, no space before the colon).
bool is_header_line(std::string_view line) noexcept;
/// True for a header that is not kept: cookies are of no use here and may carry a session.
bool is_cookie_line(std::string_view line) noexcept;

struct ResponseHead {
    int status = 0;
    bool http_1_0 = false;
    std::vector<Header> headers;
};

/// Reads checked lines, each with CRLF, the empty line included. Error: http_malformed.
Result<ResponseHead> read_head(std::string_view lines);

bool equal_without_case(std::string_view left, std::string_view right) noexcept;

} // namespace infrastate::transport
