// SPDX-License-Identifier: Apache-2.0
// Letters, digits and encodings of ASCII text, whatever the locale: case, trimming, hexadecimal and
// base32 digits, percent-encoding. Text of other alphabets is types/text.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace infrastate {

inline constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
inline constexpr char to_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
inline constexpr bool is_letter(char c) noexcept {
    return to_lower(c) >= 'a' && to_lower(c) <= 'z';
}
/// Space, tab, line feed, vertical tab, form feed, carriage return.
inline constexpr bool is_blank(char c) noexcept {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string lower(std::string_view text);
/// Compares letters without their case.
bool equal_without_case(std::string_view left, std::string_view right) noexcept;
/// `text` without the blanks (is_blank) at both ends. Borrowed from `text`.
std::string_view trimmed(std::string_view text) noexcept;

inline constexpr std::string_view hex_digits = "0123456789abcdef";
/// 0 to 15, or -1 where `c` is no hexadecimal digit. Both cases.
int hex_value(char c) noexcept;
/// Two lower-case digits a byte.
std::string hex_text(std::string_view bytes);
/// True where `text` is `digits` lower-case hexadecimal digits and nothing else.
bool is_hex(std::string_view text, std::size_t digits) noexcept;
/// RFC 4648 base32 in lower case, without padding. Trailing bits that fill no digit are dropped.
std::string base32_text(std::string_view bytes);
/// RFC 4648 base64, with padding. Its buffer never grows, so that it can be wiped.
std::string base64_text(std::string_view bytes);

/// The byte that "%XX" at the beginning of `text` stands for, or nothing where it is none (RFC
/// 3986, 2.1). Callers loop over it: some of them write into memory that is wiped.
std::optional<char> percent_decoded_byte(std::string_view text) noexcept;

/// The parts of "[scheme://]user:password@host[/...]" before the host; views into `url`. An RFC
/// 3986 authority ends at the first '/', '?' or '#', and its user information at its last '@'.
struct UrlCredentials {
    std::string_view user{};     ///< still percent-encoded
    std::string_view password{}; ///< still percent-encoded; empty where there is none
};
UrlCredentials url_credentials(std::string_view url) noexcept;

} // namespace infrastate
