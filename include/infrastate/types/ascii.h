// SPDX-License-Identifier: Apache-2.0
// Letters, digits and encodings of ASCII text, independent of the locale: case, trimming,
// hexadecimal and base32 digits, numbers, percent-encoding, the parts of a URL. For all other text
// see types/text.h.
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
/// Compares texts and ignores the case of letters.
bool equal_without_case(std::string_view left, std::string_view right) noexcept;
/// `text` without blanks (is_blank) at both ends. The result points into `text`.
std::string_view trimmed(std::string_view text) noexcept;

inline constexpr std::string_view hex_digits = "0123456789abcdef";
/// The value of a hexadecimal digit of either case: 0 to 15. -1 if `c` is not one.
inline constexpr int hex_value(char c) noexcept {
    if (is_digit(c)) return c - '0';
    const char low = to_lower(c);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}
/// Two lower-case digits for each byte.
std::string hex_text(std::string_view bytes);
/// Whether `text` consists of exactly `digits` lower-case hexadecimal digits.
bool is_hex(std::string_view text, std::size_t digits) noexcept;
inline constexpr std::string_view base32_digits = "abcdefghijklmnopqrstuvwxyz234567";
/// RFC 4648 base32 in lower case, without padding. Trailing bits that do not fill a digit are
/// dropped.
std::string base32_text(std::string_view bytes);
/// RFC 4648 base64 with padding. The buffer of the result never grows while it is made, so the
/// caller can wipe it.
std::string base64_text(std::string_view bytes);
/// The shortest text that reads as the same number. It has an exponent where Python writes one:
/// "3.7", "2.0", "1e+16". Ansible and Python templates show numbers in this form.
std::string number_text(double number);

/// Writes every character as "%XX", except RFC 3986's unreserved characters.
std::string percent_encoded(std::string_view text);
/// The byte that a "%XX" at the beginning of `text` stands for (RFC 3986, 2.1). Empty if `text`
/// does not begin with one. Decodes only one byte because some callers write into memory that is
/// wiped.
std::optional<char> percent_decoded_byte(std::string_view text) noexcept;

/// The parts of "[scheme://][user[:password]@]host[:port][/...]", not decoded. They point into the
/// URL.
struct UrlParts {
    std::optional<std::string_view> scheme{};   ///< before "://"
    std::optional<std::string_view> userinfo{}; ///< before the last '@' of the authority
    std::string_view password{};                ///< of `userinfo`, after its first ':'
    std::string_view host{};                    ///< with its port
    /// from the character that ends the authority to the end
    std::string_view rest{};
};
/// `ends`: the characters that end the authority. RFC 3986 names these three. A caller passes fewer
/// to read a URL in which a character of the password was not escaped.
UrlParts split_url(std::string_view url, std::string_view ends = "/?#") noexcept;

} // namespace infrastate
