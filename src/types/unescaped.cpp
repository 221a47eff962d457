// SPDX-License-Identifier: Apache-2.0
#include "unescaped.h"

#include "infrastate/types/ascii.h"
#include "infrastate/types/secret.h"
#include "infrastate/types/text.h"

#include <array>
#include <cstdint>
#include <utility>

namespace infrastate {
namespace {

constexpr std::string_view cut = "...";

/// An escape at the beginning of a text: its length, and the bytes that it stands for. Length 0:
/// there is no escape.
struct Escape {
    std::size_t length = 0;
    std::string bytes{};
};

/// The number of `count` hexadecimal digits from `at`, or -1. Sets `cut_off` if "..." comes before
/// the last digit.
std::int64_t hex_number(std::string_view text, std::size_t at, std::size_t count, bool& cut_off) {
    std::int64_t out = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        const int digit = i < text.size() ? hex_value(text[i]) : -1;
        if (digit < 0) {
            cut_off = text.substr(i, cut.size()) == cut;
            return -1;
        }
        out = out * 16 + digit;
    }
    return out;
}

/// An escape that "..." cuts off. It stands for no bytes and is as long as its visible part.
Escape cut_off_escape(std::string_view text) {
    return {text.find(cut), {}};
}

Escape percent(std::string_view text) {
    if (const auto byte = percent_decoded_byte(text)) return {3, std::string(1, *byte)};
    bool cut_off = false;
    hex_number(text, 1, 2, cut_off);
    return cut_off ? cut_off_escape(text) : Escape{};
}

Escape backslash(std::string_view text) {
    if (text.substr(1, cut.size()) == cut) return cut_off_escape(text);
    if (text.size() < 2) return {};
    constexpr std::string_view letters = "\"\\/'ntrbf", meant = "\"\\/'\n\t\r\b\f";
    if (const auto at = letters.find(text[1]); at != std::string_view::npos)
        return {2, std::string(1, meant[at])};
    bool cut_off = false;
    if (text[1] == 'x') {
        const auto value = hex_number(text, 2, 2, cut_off);
        if (cut_off) return cut_off_escape(text);
        return value < 0 ? Escape{} : Escape{4, std::string(1, static_cast<char>(value))};
    }
    if (text[1] != 'u') return {};
    auto value = hex_number(text, 2, 4, cut_off);
    if (cut_off) return cut_off_escape(text);
    if (value < 0) return {};
    Escape out{6, {}};
    if (value >= 0xD800 && value < 0xDC00) {
        if (text.substr(6, 1) == "." || text.substr(6, 2) == "\\.") // cut in the middle of a pair
            return cut_off_escape(text);
        const auto low = text.substr(6, 2) == "\\u" ? hex_number(text, 8, 4, cut_off) : -1;
        if (cut_off) return cut_off_escape(text);
        if (low < 0xDC00 || low > 0xDFFF) return {};
        value = 0x10000 + ((value - 0xD800) << 10U) + (low - 0xDC00);
        out.length = 12;
    }
    append_utf8(out.bytes, static_cast<char32_t>(value));
    return out;
}

Escape entity(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, char>, 5> named{
        {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};
    for (const auto& [name, meant] : named)
        if (text.starts_with(name)) return {name.size(), std::string(1, meant)};
    // A cut-off "&amp", or "&#6".
    constexpr std::size_t longest = 10;
    std::size_t end = 1;
    while (end < text.size() && end < longest &&
           (text[end] == '#' || hex_value(text[end]) >= 0 || is_lower(text[end])))
        ++end;
    if (text.substr(end, cut.size()) == cut) return cut_off_escape(text);
    if (end >= text.size() || text[end] != ';' || end < 3 || text[1] != '#') return {};
    const bool hex = text[2] == 'x';
    std::int64_t value = 0;
    if (hex && end < 4) return {};
    for (std::size_t i = hex ? 3 : 2; i < end; ++i) {
        const int digit = hex_value(text[i]);
        if (digit < 0 || (!hex && digit > 9)) return {};
        value = value * (hex ? 16 : 10) + digit;
    }
    if (value < 1 || value > 0x10FFFF) return {};
    Escape out{end + 1, {}};
    append_utf8(out.bytes, static_cast<char32_t>(value));
    return out;
}

Escape escape_at(std::string_view text) {
    switch (text.front()) {
    case '%':
        return percent(text);
    case '\\':
        return backslash(text);
    case '&':
        return entity(text);
    case '+':
        return {1, " "};
    default:
        return {};
    }
}

} // namespace

Unescaped::~Unescaped() {
    wipe(text);
}

Unescaped unescaped(std::string_view text, std::string_view signs) {
    Unescaped out;
    if (text.find_first_of(signs) == std::string_view::npos) return out;
    out.text.reserve(text.size());
    out.origin.reserve(text.size() + 1);
    bool any = false;
    for (std::size_t at = 0; at < text.size();) {
        const bool sign = signs.find(text[at]) != std::string_view::npos;
        const Escape escape = sign ? escape_at(text.substr(at)) : Escape{};
        const std::string_view bytes = escape.length == 0 ? text.substr(at, 1) : escape.bytes;
        out.text += bytes;
        out.origin.insert(out.origin.end(), bytes.size(), at);
        any = any || escape.length > 0;
        at += escape.length == 0 ? 1 : escape.length;
    }
    out.origin.push_back(text.size());
    if (!any) {
        wipe(out.text);
        out.origin.clear();
    }
    return out;
}

} // namespace infrastate
