// SPDX-License-Identifier: Apache-2.0
// Reads durations, numbers and versions as the server, a Go program, does, and words its errors.
// Written from Go's documentation and from answers of a running server. A text that cannot be read
// throws a Refusal in Go's words.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace infrastate::simulator {

/// An ASCII digit, whatever the locale.
constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Nanoseconds; may be negative or zero.
std::int64_t parse_go_duration(std::string_view text);
/// A decimal number of 64 bits. In a query "" reads as 0.
std::int64_t parse_go_int(std::string_view text);
/// 1 t T TRUE true True and their opposites. In a query "" reads as false.
bool parse_go_bool(std::string_view text);

/// 'x' as Go quotes a character: '\n', '\x00', 'ä'.
std::string quote_character(char32_t character);
/// The character that starts at `at` and how many bytes it has; U+FFFD and 1 for invalid UTF-8.
char32_t character_at(std::string_view text, std::size_t at, std::size_t& bytes);
void append_utf8(std::string& text, char32_t character);

/// Major, minor, patch.
using Version = std::array<std::int64_t, 3>;
/// "0.20.0", also with a leading v, with fewer numbers, or with a suffix (which is not compared).
std::optional<Version> parse_version(std::string_view text);

} // namespace infrastate::simulator
