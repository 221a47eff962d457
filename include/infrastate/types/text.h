// SPDX-License-Identifier: Apache-2.0
// UTF-8, and foreign text in messages: every message quotes text from outside with these functions
// and in no other way. Also joins lists of words.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace infrastate {

struct CodePoint {
    char32_t value = 0xFFFD;
    std::size_t length = 0; ///< in bytes; 0 if the text is empty or does not begin with valid UTF-8
};
/// The first character of `text` (RFC 3629: no overlong form, no surrogate, at most U+10FFFF).
CodePoint decode_utf8(std::string_view text) noexcept;
/// Appends one to four bytes. `c` is a Unicode scalar value.
void append_utf8(std::string& out, char32_t c);

/// `text` in a form that is fit for a message: valid UTF-8 of at most `max_bytes` bytes. A longer
/// text is cut between characters and then ends in "...". A run of control, line-separating and
/// direction-changing characters becomes one space, and a byte that is not UTF-8 becomes '?'.
std::string printable(std::string_view text, std::size_t max_bytes);

/// The same without a limit on the length.
std::string printable(std::string_view text);
/// Whether the text has only visible ASCII characters and spaces. printable() does not change it.
bool all_visible_ascii(std::string_view text) noexcept;

/// The same between single quotation marks. `max_bytes` does not count them.
std::string in_quotes(std::string_view text, std::size_t max_bytes);
std::string in_quotes(std::string_view text);

/// Joins words, or the texts of items: "a, b".
template <class Range, class Text = std::identity>
std::string joined(const Range& range, std::string_view separator = ", ", Text text = {}) {
    std::string out;
    for (const auto& each : range) {
        if (!out.empty()) out += separator;
        out += std::invoke(text, each);
    }
    return out;
}

/// A caller's text in a sentence that refuses it. In quotes if it is shorter than any secret,
/// otherwise "a text of 35 bytes", because a secret may have been pasted into the wrong parameter.
std::string refused_text(std::string_view text);

/// The same for the name of a member. A name that is spelled like a parameter's is quoted too.
std::string refused_name(std::string_view name);
/// Whether the name is spelled like a parameter's. Such a name cannot be a secret.
bool is_plain_name(std::string_view name) noexcept;

} // namespace infrastate
