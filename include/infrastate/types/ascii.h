// SPDX-License-Identifier: Apache-2.0
// Letters, digits and encodings of ASCII text, whatever the locale: case, trimming, hexadecimal and
// base32 digits, numbers, percent-encoding, the parts of a URL. Text of other alphabets is
// types/text.h.
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
inline constexpr bool is_lower(char c) noexcept {
    return c >= 'a' && c <= 'z';
}
inline constexpr bool is_letter(char c) noexcept {
    return is_lower(to_lower(c));
}
inline constexpr bool is_letter_or_digit(char c) noexcept {
    return is_letter(c) || is_digit(c);
}
inline constexpr bool is_octal_digit(char c) noexcept {
    return is_digit(c) && c < '8';
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
inline constexpr int hex_value(char c) noexcept {
    if (is_digit(c)) return c - '0';
    const char low = to_lower(c);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}
/// Two lower-case digits a byte.
std::string hex_text(std::string_view bytes);
/// True where `text` is `digits` lower-case hexadecimal digits and nothing else.
bool is_hex(std::string_view text, std::size_t digits) noexcept;
inline constexpr std::string_view base32_digits = "abcdefghijklmnopqrstuvwxyz234567";
/// RFC 4648 base32 in lower case, without padding. Trailing bits that fill no digit are dropped.
std::string base32_text(std::string_view bytes);
/// RFC 4648 base64, with padding. Its buffer never grows, so that it can be wiped.
std::string base64_text(std::string_view bytes);
/// The shortest text that reads as the same number, with an exponent where Python writes one:
/// "3.7", "2.0", "1e+16". Ansible and templates in Python show numbers in this form.
std::string number_text(double number);

/// Everything but RFC 3986's unreserved characters as "%XX".
std::string percent_encoded(std::string_view text);
/// The byte that "%XX" at the beginning of `text` stands for, or nothing where it is none (RFC
/// 3986, 2.1). Callers loop over it: some of them write into memory that is wiped.
std::optional<char> percent_decoded_byte(std::string_view text) noexcept;

/// The parts of "[scheme://][user[:password]@]host[:port][/...]", as they are written; views into
/// the URL.
struct UrlParts {
    std::optional<std::string_view> scheme{};   ///< before "://"
    std::optional<std::string_view> userinfo{}; ///< before the last '@' of the authority
    std::string_view password{};                ///< of `userinfo`, after its first ':'
    std::string_view host{};                    ///< with its port
    std::string_view rest{};                    ///< from the sign on that ends the authority
};
/// `ends`: the signs that end the authority. RFC 3986 has these three; fewer are for those who
/// forgot to escape one in a password.
UrlParts split_url(std::string_view url, std::string_view ends = "/?#") noexcept;

} // namespace infrastate
