// SPDX-License-Identifier: Apache-2.0
// Text from outside: the one reader and writer of UTF-8, and the one way to quote foreign words in
// a message. Foreign text is never copied into a message in any other way. And the one joiner of
// words.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace infrastate {

struct CodePoint {
    char32_t value = 0xFFFD;
    std::size_t length = 0; ///< bytes; 0 where the text is empty or does not begin with valid UTF-8
};
/// The character that `text` begins with (RFC 3629: no overlong form, no surrogate, at most
/// U+10FFFF).
CodePoint decode_utf8(std::string_view text) noexcept;
/// Adds one to four bytes. `c` is a Unicode scalar value.
void append_utf8(std::string& out, char32_t c);

/// `text` fit to stand in a message: valid UTF-8 of at most `max_bytes` bytes (cut between
/// characters and then ending in "..."), with each run of control, line-separating and
/// direction-changing characters as one space, and '?' for a byte that is not UTF-8.
std::string printable(std::string_view text, std::size_t max_bytes);

/// The same whole, however long it is.
std::string printable(std::string_view text);
/// Whether all of it is visible ASCII: printable() would leave it as it is.
bool all_visible_ascii(std::string_view text) noexcept;

/// The same between single quotation marks, which `max_bytes` does not count.
std::string in_quotes(std::string_view text, std::size_t max_bytes);
std::string in_quotes(std::string_view text);

/// A list of words, or of what has a text: "a, b".
template <class Range, class Text = std::identity>
std::string joined(const Range& range, std::string_view separator = ", ", Text text = {}) {
    std::string out;
    for (const auto& each : range) {
        if (!out.empty()) out += separator;
        out += std::invoke(text, each);
    }
    return out;
}

/// What a caller gave, in a sentence that refuses it: in quotes if it is shorter than any secret,
/// else "a text of 35 bytes", as a secret may have been pasted into the wrong parameter.
std::string refused_text(std::string_view text);

/// The same of a member's name, which is also quoted where it is spelled like a parameter's.
std::string refused_name(std::string_view name);
/// Whether it is; such a name can be no secret.
bool is_plain_name(std::string_view name) noexcept;

} // namespace infrastate
