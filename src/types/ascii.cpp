// SPDX-License-Identifier: Apache-2.0
#include "infrastate/types/ascii.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace infrastate {

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), to_lower);
    return out;
}

bool equal_without_case(std::string_view left, std::string_view right) noexcept {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return to_lower(a) == to_lower(b); });
}

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

std::string hex_text(std::string_view bytes) {
    std::string out;
    out.reserve(2 * bytes.size());
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        out += hex_digits[value >> 4U];
        out += hex_digits[value & 15U];
    }
    return out;
}

bool is_hex(std::string_view text, std::size_t digits) noexcept {
    return text.size() == digits && text.find_first_not_of(hex_digits) == std::string_view::npos;
}

std::string base32_text(std::string_view bytes) {
    constexpr unsigned bits = 5;
    std::string out;
    std::uint32_t rest = 0;
    unsigned held = 0;
    for (const char byte : bytes) {
        rest = rest << 8U | static_cast<unsigned char>(byte);
        for (held += 8; held >= bits; held -= bits)
            out += base32_digits[rest >> (held - bits) & 31U];
    }
    return out;
}

std::string number_text(double number) {
    std::array<char, 64> buffer{};
    const double size = std::fabs(number);
    const bool plain = number == 0 || (size >= 1e-4 && size < 1e16);
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number,
                                   plain ? std::chars_format::fixed : std::chars_format::scientific)
                         .ptr;
    std::string out(buffer.data(), end);
    if (plain && out.find('.') == std::string::npos) out += ".0";
    return out;
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF"; // capitals, as RFC 3986, 2.1 asks
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
            out += c;
        } else {
            out += '%';
            out += digits[byte >> 4U];
            out += digits[byte & 15U];
        }
    }
    return out;
}

std::string base64_text(std::string_view bytes) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 3))) {
        unsigned bits = 0;
        for (std::size_t i = 0; i < 3; ++i)
            bits = bits << 8U | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i)
            out += i > bytes.size() ? '=' : digits[bits >> (18U - 6U * i) & 63U];
    }
    return out;
}

std::optional<char> percent_decoded_byte(std::string_view text) noexcept {
    if (text.size() < 3 || text[0] != '%') return std::nullopt;
    const int high = hex_value(text[1]), low = hex_value(text[2]);
    if (high < 0 || low < 0) return std::nullopt;
    return static_cast<char>(high * 16 + low);
}

UrlParts split_url(std::string_view url, std::string_view ends) noexcept {
    UrlParts out;
    constexpr std::string_view after_scheme = "://";
    if (const auto scheme = url.find(after_scheme); scheme != std::string_view::npos) {
        out.scheme = url.substr(0, scheme);
        url.remove_prefix(scheme + after_scheme.size());
    }
    out.host = url.substr(0, url.find_first_of(ends));
    out.rest = url.substr(out.host.size());
    if (const auto at = out.host.rfind('@'); at != std::string_view::npos) {
        out.userinfo = out.host.substr(0, at);
        out.host.remove_prefix(at + 1);
        if (const auto colon = out.userinfo->find(':'); colon != std::string_view::npos)
            out.password = out.userinfo->substr(colon + 1);
    }
    return out;
}

} // namespace infrastate
