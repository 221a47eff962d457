// SPDX-License-Identifier: Apache-2.0
#include "infrastate/types/ascii.h"

#include <algorithm>
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

int hex_value(char c) noexcept {
    if (is_digit(c)) return c - '0';
    const char low = to_lower(c);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
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
    constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    constexpr unsigned bits = 5;
    std::string out;
    std::uint32_t rest = 0;
    unsigned held = 0;
    for (const char byte : bytes) {
        rest = rest << 8U | static_cast<unsigned char>(byte);
        for (held += 8; held >= bits; held -= bits)
            out += alphabet[rest >> (held - bits) & 31U];
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

UrlCredentials url_credentials(std::string_view url) noexcept {
    if (const auto scheme = url.find("://"); scheme != std::string_view::npos)
        url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    const auto at = url.rfind('@');
    if (at == std::string_view::npos) return {};
    url = url.substr(0, at);
    const auto colon = url.find(':');
    if (colon == std::string_view::npos) return {url, {}};
    return {url.substr(0, colon), url.substr(colon + 1)};
}

} // namespace infrastate
