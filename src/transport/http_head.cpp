// SPDX-License-Identifier: Apache-2.0
#include "http_head.h"

#include "stages.h"

#include "infrastate/types/text.h"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace infrastate::transport {
namespace {

constexpr std::size_t max_request_head = 64u << 10;

constexpr std::array<std::string_view, 9> own_headers{
    "host",       "content-length", "transfer-encoding",
    "connection", "content-type",   "keep-alive",
    "te",         "trailer",        "upgrade"};

constexpr bool visible(char c) {
    return c > 0x20 && c < 0x7f;
}

constexpr auto token_characters = [] {
    constexpr std::string_view separators = "\"(),/:;<=>?@[\\]{}";
    std::array<bool, 256> out{};
    for (char c = 0x20; c < 0x7f; ++c)
        out[static_cast<std::size_t>(c)] =
            visible(c) && separators.find(c) == std::string_view::npos;
    return out;
}();

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return token_characters[static_cast<unsigned char>(c)];
    });
}

/// Visible ASCII, spaces and tabs.
bool is_sendable_value(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return visible(c) || c == ' ' || c == '\t'; });
}

/// No control character except the tab.
bool receivable(char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

Error defect(std::string message) {
    return Error{Code::internal, std::move(message)};
}

Result<void> check(const Request& request) {
    const std::string_view target = request.target;
    if (!target.starts_with('/') || !std::all_of(target.begin(), target.end(), visible) ||
        target.find('#') != std::string_view::npos) {
        return defect("a request's target must start with '/' and hold only visible ASCII "
                      "characters without '#'");
    }
    for (const Header& header : request.headers) {
        const bool ours = std::any_of(own_headers.begin(), own_headers.end(), [&](auto name) {
            return equal_without_case(name, header.name);
        });
        const bool twice =
            request.bearer != nullptr && equal_without_case("authorization", header.name);
        if (!is_token(header.name) || ours || twice) {
            return defect("a request may not carry a header named \"" + printable(header.name, 80) +
                          "\"");
        }
        if (!is_sendable_value(header.value)) {
            return defect("the header " + header.name +
                          " holds a control character or a character outside ASCII");
        }
    }
    if (!is_sendable_value(request.content_type)) {
        return defect("the content type holds a control character or a character outside ASCII");
    }
    if (request.bearer != nullptr) {
        const std::string_view bearer = request.bearer->reveal();
        if (!std::all_of(bearer.begin(), bearer.end(), visible)) {
            return argument_error("access_key",
                                  "access_key holds a space, a line end or another character that "
                                  "no access key has; check where it was copied from");
        }
    }
    if (!request.body.empty() && !carries_body(request.method)) {
        return defect("a " + std::string(method_name(request.method)) + " has no body");
    }
    return {};
}

} // namespace

std::string_view method_name(Method method) noexcept {
    switch (method) {
    case Method::get:
        return "GET";
    case Method::post:
        return "POST";
    case Method::put:
        return "PUT";
    case Method::patch:
        return "PATCH";
    case Method::del:
        return "DELETE";
    }
    return "GET";
}

bool carries_body(Method method) noexcept {
    return method == Method::post || method == Method::put || method == Method::patch;
}

Result<WipedBuffer> write_request(const Endpoint& endpoint, const Request& request) {
    auto checked = check(request);
    if (!checked) return checked.error();

    WipedBuffer out(max_request_head + request.body.size());
    out.reserve(1024 + request.body.size());
    bool fits = true;
    const auto put = [&](std::initializer_list<std::string_view> words) {
        for (std::string_view word : words)
            fits = fits && out.append(word);
    };
    put({method_name(request.method), " ", endpoint.prefix(), request.target, " HTTP/1.1\r\n"});
    put({"Host: ", endpoint.authority(), "\r\n"});
    for (const Header& header : request.headers)
        put({header.name, ": ", header.value, "\r\n"});
    if (!request.body.empty()) put({"Content-Type: ", request.content_type, "\r\n"});
    if (carries_body(request.method))
        put({"Content-Length: ", std::to_string(request.body.size()), "\r\n"});
    if (request.bearer != nullptr && !request.bearer->empty())
        put({"Authorization: Bearer ", request.bearer->reveal(), "\r\n"});
    put({"\r\n", request.body});
    if (!fits) return defect("the head of a request is longer than 64 KiB");
    return out;
}

std::optional<StatusLine> parse_status_line(std::string_view line) noexcept {
    if (!line.starts_with("HTTP/1.0 ") && !line.starts_with("HTTP/1.1 ")) return std::nullopt;
    const std::string_view rest = line.substr(9);
    if (rest.size() < 3 || !std::all_of(rest.begin(), rest.begin() + 3, is_digit))
        return std::nullopt;
    if (rest[0] < '1' || rest[0] > '5') return std::nullopt;
    if (rest.size() > 3 && rest[3] != ' ') return std::nullopt;
    if (!std::all_of(rest.begin() + 3, rest.end(), receivable)) return std::nullopt;
    const int status = (rest[0] - '0') * 100 + (rest[1] - '0') * 10 + (rest[2] - '0');
    return StatusLine{status, line[7] == '0'};
}

std::optional<Header> parse_header_line(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return std::nullopt;
    const std::string_view value = line.substr(colon + 1);
    if (!std::all_of(value.begin(), value.end(), receivable)) return std::nullopt;
    return Header{std::string(line.substr(0, colon)), std::string(trimmed(value))};
}

} // namespace infrastate::transport
