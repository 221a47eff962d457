// SPDX-License-Identifier: Apache-2.0
#include "http_response.h"

#include "http_head.h"
#include "stages.h"

namespace infrastate::transport {
namespace {

constexpr int max_interim_answers = 8;

Result<ResponseHead> receive_head(BufferedReader& reader, const Limits& limits) {
    WipedBuffer lines(limits.max_head_bytes);
    bool first = true;
    for (;;) {
        if (first) {
            auto more = reader.fill();
            if (!more) return more.error();
            if (!*more) {
                return transport_error("connection_lost",
                                       "the server closed the connection without an answer", true);
            }
            // Said at once, since the end of such a "line" may never come.
            constexpr std::string_view start = "HTTP/";
            const std::string_view seen = reader.available().substr(0, start.size());
            if (!start.starts_with(seen)) {
                return transport_error("http_not_http",
                                       "what answers there does not speak HTTP: it begins with \"" +
                                           printable(seen) + "\"");
            }
        }
        auto line = reader.line(max_line_bytes);
        if (!line) return line.error();
        if (first ? !is_status_line(*line) : !line->empty() && !is_header_line(*line)) {
            return transport_error("http_malformed",
                                   std::string("the server's answer has a line that is no ") +
                                       (first ? "status line of HTTP/1.1: " : "header: ") +
                                       printable(line->substr(0, line->find(':'))));
        }
        const bool kept = first || !is_cookie_line(*line);
        if (kept && !(lines.append(*line) && lines.append("\r\n"))) {
            return transport_error("http_too_large",
                                   "the head of the server's answer is longer than the " +
                                       std::to_string(limits.max_head_bytes) +
                                       " bytes that are accepted");
        }
        if (!first && line->empty()) return read_head(lines.view());
        first = false;
    }
}

bool says_close(const ResponseHead& head) {
    if (head.http_1_0) return true;
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

Result<ReadAnswer> read_answer(ByteSource& source, const Limits& limits, void (*on_head)(void*),
                               void* context) {
    BufferedReader reader(source);
    for (int interim = 0; interim <= max_interim_answers; ++interim) {
        auto head = receive_head(reader, limits);
        if (!head) return head.error();
        if (head->status == 101) break;
        if (head->status < 200) continue;

        if (on_head != nullptr) on_head(context);
        auto framing = framing_of(head->headers, head->status, head->http_1_0);
        if (!framing) return with_status(framing.error(), head->status);
        WipedBuffer body(limits.max_body_bytes);
        auto done = read_body(reader, *framing, limits, body);
        if (!done) return with_status(done.error(), head->status);

        Result<ReadAnswer> answer{ReadAnswer{}};
        answer->response.status = head->status;
        answer->response.headers = std::move(head->headers);
        answer->response.body = body.view();
        answer->reusable = framing->kind != Framing::Kind::until_close && !says_close(*head) &&
                           reader.available().empty();
        return answer;
    }
    return transport_error("http_malformed",
                           "the server sends interim answers (1xx) that were not asked for");
}

} // namespace infrastate::transport
