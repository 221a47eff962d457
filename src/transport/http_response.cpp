// SPDX-License-Identifier: Apache-2.0
#include "http_response.h"

#include "http_head.h"
#include "stages.h"

#include "infrastate/types/text.h"

namespace infrastate::transport {
namespace {

constexpr int max_interim_answers = 8;

struct Head {
    StatusLine line;
    std::vector<Header> headers;
};

/// Cookies are not used here, and they may contain a session.
bool is_cookie(const Header& header) {
    return equal_without_case(header.name, "set-cookie") ||
           equal_without_case(header.name, "set-cookie2");
}

Error not_understood(std::string_view wanted, std::string_view line) {
    return transport_error("http_malformed", "the server's answer has a line that is no " +
                                                 std::string(wanted) + ": " +
                                                 printable(line.substr(0, line.find(':')), 80));
}

constexpr std::string_view http_start = "HTTP/";

Error not_http(std::string_view begin) {
    return transport_error("http_not_http",
                           "what answers there does not speak HTTP: it begins with \"" +
                               printable(begin, 20) + "\"");
}

/// Reports at once that a server does not speak HTTP, because its "line" may never end.
Result<void> begins_as_http(BufferedReader& reader) {
    auto more = reader.fill();
    if (!more) return more.error();
    if (!*more) {
        return transport_error("connection_lost",
                               "the server closed the connection without an answer", true);
    }
    const std::string_view seen = reader.available().substr(0, http_start.size());
    if (http_start.starts_with(seen)) return {};
    return not_http(reader.available());
}

Result<Head> receive_head(BufferedReader& reader, const ResponseLimits& limits) {
    auto begins = begins_as_http(reader);
    if (!begins) return begins.error();
    auto line = reader.line(max_line_bytes);
    if (!line) return line.error();
    const auto status = parse_status_line(*line);
    // The first piece may have been too short to decide.
    if (!status && !line->starts_with(http_start)) return not_http(*line);
    if (!status) return not_understood("status line of HTTP/1.1", *line);
    Head head{*status, {}};
    std::size_t total = line->size();
    for (std::size_t count = 0;; ++count) {
        line = reader.line(max_line_bytes);
        if (!line) return line.error();
        if (line->empty()) return head;
        total += line->size() + 2;
        if (total > limits.max_head_bytes || count == max_headers) {
            return transport_error("http_too_large",
                                   "the head of the server's answer is longer than the " +
                                       std::to_string(limits.max_head_bytes) + " bytes or " +
                                       std::to_string(max_headers) + " headers that are accepted");
        }
        auto header = parse_header_line(*line);
        if (!header) return not_understood("header", *line);
        if (!is_cookie(*header)) head.headers.push_back(std::move(*header));
    }
}

bool says_close(const Head& head) {
    if (head.line.http_1_0) return true;
    for (const Header& header : head.headers) {
        if (!equal_without_case(header.name, "connection")) continue;
        std::string_view rest = header.value;
        while (!rest.empty()) {
            const std::size_t comma = rest.find(',');
            std::string_view option = rest.substr(0, comma);
            rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
            while (option.starts_with(' '))
                option.remove_prefix(1);
            while (option.ends_with(' '))
                option.remove_suffix(1);
            if (equal_without_case(option, "close")) return true;
        }
    }
    return false;
}

Error with_status(Error error, int status) {
    error.http_status = status;
    return error;
}

} // namespace

Result<ReadAnswer> read_answer(ByteSource& source, const ResponseLimits& limits,
                               void (*on_head)(void*), void* context) {
    BufferedReader reader(source);
    for (int interim = 0; interim <= max_interim_answers; ++interim) {
        auto head = receive_head(reader, limits);
        if (!head) return head.error();
        const int status = head->line.status;
        if (status == 101) break;
        if (status < 200) continue;

        if (on_head != nullptr) on_head(context);
        auto framing = framing_of(head->headers, status, head->line.http_1_0);
        if (!framing) return with_status(framing.error(), status);
        WipedBuffer body(limits.max_body_bytes);
        auto done = read_body(reader, *framing, limits, body);
        if (!done) return with_status(done.error(), status);

        Result<ReadAnswer> answer{ReadAnswer{}};
        answer->response.status = status;
        answer->response.body = body.take();
        answer->reusable = framing->kind != Framing::Kind::until_close && !says_close(*head) &&
                           reader.available().empty();
        answer->response.headers = std::move(head->headers);
        return answer;
    }
    return transport_error("http_malformed",
                           "the server sends interim answers (1xx) that were not asked for");
}

} // namespace infrastate::transport
