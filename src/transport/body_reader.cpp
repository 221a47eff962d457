// SPDX-License-Identifier: Apache-2.0
#include "body_reader.h"

#include "http_head.h"
#include "stages.h"

#include "infrastate/types/secret.h"
#include "infrastate/types/text.h"

#include <algorithm>
#include <charconv>

namespace infrastate::transport {
namespace {

constexpr std::size_t max_chunk_line = 1024;

Error truncated(std::string_view what) {
    return transport_error("http_truncated",
                           "the server ended the connection before " + std::string(what), true);
}

Error body_too_large(std::size_t maximum) {
    return transport_error("http_too_large", "the server's answer is larger than the " +
                                                 std::to_string(maximum) +
                                                 " bytes that are accepted");
}

Error bad_length(std::string message) {
    return transport_error("http_bad_length", std::move(message));
}

Error bad_chunk(std::string message) {
    return transport_error("http_bad_chunk", std::move(message));
}

bool read_number(std::string_view text, int base, std::uint64_t& number) {
    if (text.empty() || text.front() == '-' || text.front() == '+') return false;
    const auto [end, problem] =
        std::from_chars(text.data(), text.data() + text.size(), number, base);
    return problem == std::errc{} && end == text.data() + text.size();
}

Result<void> read_exactly(BufferedReader& reader, std::uint64_t count, WipedBuffer& out,
                          std::size_t maximum) {
    while (count > 0) {
        auto more = reader.fill();
        if (!more) return more.error();
        if (!*more) return truncated("its answer was complete");
        const std::string_view piece = reader.available().substr(0, count);
        if (!out.append(piece)) return body_too_large(maximum);
        reader.take(piece.size());
        count -= piece.size();
    }
    return {};
}

Result<void> read_trailers(BufferedReader& reader, std::size_t maximum) {
    std::size_t total = 0;
    for (;;) {
        auto line = reader.line(max_line_bytes);
        if (!line) return line.error();
        if (line->empty()) return {};
        if (!parse_header_line(*line))
            return bad_chunk("a line after the server's last chunk is no header");
        total += line->size();
        if (total > maximum)
            return bad_chunk("the headers after the server's last chunk are too long");
    }
}

Result<void> read_chunks(BufferedReader& reader, const ResponseLimits& limits, WipedBuffer& out) {
    for (;;) {
        auto line = reader.line(max_chunk_line);
        if (!line) return line.error();
        const std::size_t extension = line->find(';');
        std::uint64_t size = 0;
        if (!read_number(line->substr(0, extension), 16, size)) {
            return bad_chunk("a chunk of the server's answer has the size \"" +
                             printable(*line, 20) + "\", which is no hexadecimal number");
        }
        if (size == 0) return read_trailers(reader, limits.max_head_bytes);
        if (size > limits.max_body_bytes) return body_too_large(limits.max_body_bytes);
        auto body = read_exactly(reader, size, out, limits.max_body_bytes);
        if (!body) return body;
        auto end = reader.line(max_chunk_line);
        if (!end) return end.error();
        if (!end->empty())
            return bad_chunk("a chunk of the server's answer is longer than it says");
    }
}

Result<void> read_until_close(BufferedReader& reader, const ResponseLimits& limits,
                              WipedBuffer& out) {
    for (;;) {
        auto more = reader.fill();
        if (!more) return more.error();
        if (!*more) return {};
        const std::string_view piece = reader.available();
        if (!out.append(piece)) return body_too_large(limits.max_body_bytes);
        reader.take(piece.size());
    }
}

} // namespace

BufferedReader::~BufferedReader() {
    wipe(buffer_.data(), most_read_);
}

std::string_view BufferedReader::available() const noexcept {
    return {buffer_.data() + begin_, end_ - begin_};
}

Result<bool> BufferedReader::fill() {
    if (begin_ < end_) return true;
    begin_ = end_ = 0;
    auto got = source_.read(buffer_.data(), buffer_.size());
    if (!got) return got.error();
    end_ = *got;
    most_read_ = std::max(most_read_, end_);
    return *got > 0;
}

Result<std::string_view> BufferedReader::line(std::size_t maximum) {
    line_.clear();
    for (;;) {
        auto more = fill();
        if (!more) return more.error();
        if (!*more) return truncated("a line of its answer was complete");
        const std::string_view here = available();
        const std::size_t end = here.find('\n');
        const std::string_view piece =
            here.substr(0, end == std::string_view::npos ? end : end + 1);
        if (line_.size() + piece.size() > maximum + 2 || !line_.append(piece)) {
            return transport_error("http_too_large", "a line of the server's answer is longer than "
                                                     "the " +
                                                         std::to_string(maximum) +
                                                         " bytes that are accepted");
        }
        take(piece.size());
        if (end != std::string_view::npos) break;
    }
    const std::string_view whole = line_.view();
    const bool clean = whole.ends_with("\r\n") && whole.find('\r') == whole.size() - 2 &&
                       whole.find('\0') == std::string_view::npos;
    if (!clean) {
        return transport_error("http_malformed", "a line of the server's answer does not end as "
                                                 "HTTP wants it, or holds control characters");
    }
    return whole.substr(0, whole.size() - 2);
}

Result<Framing> framing_of(const std::vector<Header>& headers, int status, bool http_1_0) {
    const Header* length = nullptr;
    const Header* encoding = nullptr;
    for (const Header& header : headers) {
        if (equal_without_case(header.name, "content-length")) {
            if (length != nullptr) return bad_length("the server's answer has two Content-Lengths");
            length = &header;
        } else if (equal_without_case(header.name, "transfer-encoding")) {
            if (encoding != nullptr) {
                return transport_error("http_bad_encoding",
                                       "the server's answer has two Transfer-Encodings");
            }
            encoding = &header;
        } else if (equal_without_case(header.name, "content-encoding") &&
                   !equal_without_case(trimmed(header.value), "identity")) {
            return transport_error(
                "http_bad_encoding",
                "the server's answer is encoded (Content-Encoding: " + printable(header.value, 40) +
                    "), which was not asked for; check what stands in front "
                    "of the server");
        }
    }
    Framing framing;
    if (encoding != nullptr) {
        if (length != nullptr) {
            return bad_length("the server's answer has a Content-Length beside its "
                              "Transfer-Encoding");
        }
        if (http_1_0 || !equal_without_case(trimmed(encoding->value), "chunked")) {
            return transport_error("http_bad_encoding",
                                   "the server's answer has a Transfer-Encoding that is not "
                                   "supported: " +
                                       printable(encoding->value, 40));
        }
        framing.kind = Framing::Kind::chunked;
    } else if (length != nullptr) {
        if (!read_number(trimmed(length->value), 10, framing.length)) {
            return bad_length("the server's answer has a Content-Length that is no number: " +
                              printable(length->value, 40));
        }
        framing.kind = Framing::Kind::length;
    } else {
        framing.kind = Framing::Kind::until_close;
    }
    if (status == 204 || status == 304 || status < 200) return Framing{};
    return framing;
}

Result<void> read_body(BufferedReader& reader, const Framing& framing, const ResponseLimits& limits,
                       WipedBuffer& out) {
    switch (framing.kind) {
    case Framing::Kind::none:
        return {};
    case Framing::Kind::length:
        if (framing.length > limits.max_body_bytes) return body_too_large(limits.max_body_bytes);
        out.reserve(static_cast<std::size_t>(framing.length));
        return read_exactly(reader, framing.length, out, limits.max_body_bytes);
    case Framing::Kind::chunked:
        return read_chunks(reader, limits, out);
    case Framing::Kind::until_close:
        return read_until_close(reader, limits, out);
    }
    return {};
}

} // namespace infrastate::transport
