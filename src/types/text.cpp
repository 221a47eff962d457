// SPDX-License-Identifier: Apache-2.0
#include "infrastate/types/text.h"

#include "infrastate/types/ascii.h"

#include <algorithm>
#include <limits>

namespace infrastate {

CodePoint decode_utf8(std::string_view text) noexcept {
    if (text.empty()) return {};
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const unsigned first = byte(0);
    if (first < 0x80U) return {first, 1};
    // The range of the second byte excludes overlong forms, surrogates and values above U+10FFFF.
    unsigned low = 0x80U, high = 0xBFU;
    CodePoint out;
    if (first >= 0xC2U && first <= 0xDFU) {
        out = {first & 0x1FU, 2};
    } else if (first >= 0xE0U && first <= 0xEFU) {
        out = {first & 0x0FU, 3};
        if (first == 0xE0U) low = 0xA0U;
        if (first == 0xEDU) high = 0x9FU;
    } else if (first >= 0xF0U && first <= 0xF4U) {
        out = {first & 0x07U, 4};
        if (first == 0xF0U) low = 0x90U;
        if (first == 0xF4U) high = 0x8FU;
    } else {
        return {};
    }
    if (byte(1) < low || byte(1) > high) return {};
    for (std::size_t i = 1; i < out.length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return {};
        out.value = (out.value << 6U) | (byte(i) & 0x3FU);
    }
    return out;
}

void append_utf8(std::string& out, char32_t c) {
    const auto byte = [&](char32_t value) { out += static_cast<char>(value); };
    const auto rest = [&](unsigned shift) { byte(0x80U | (c >> shift & 0x3FU)); };
    if (c < 0x80U) return byte(c);
    if (c < 0x800U) {
        byte(0xC0U | c >> 6U);
    } else if (c < 0x10000U) {
        byte(0xE0U | c >> 12U);
        rest(6);
    } else {
        byte(0xF0U | c >> 18U);
        rest(12);
        rest(6);
    }
    rest(0);
}

namespace {

bool invisible(char32_t c) noexcept {
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x61C || c == 0x180E ||
           (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
           (c >= 0xE0000 && c <= 0xE007F);
}

} // namespace

bool all_visible_ascii(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::string printable(std::string_view text, std::size_t max_bytes) {
    if (text.size() <= max_bytes && all_visible_ascii(text)) return std::string(text);
    constexpr std::string_view more = "...";
    std::string out;
    // The buffer never grows. A growing buffer leaves copies behind, and the text may contain a
    // secret.
    out.reserve(std::min(text.size(), max_bytes));
    std::size_t cut = 0; // a cut here leaves room for `more`
    bool gap = false;
    while (!text.empty()) {
        const CodePoint c = decode_utf8(text);
        std::string_view piece = c.length == 0 ? std::string_view("?") : text.substr(0, c.length);
        text.remove_prefix(c.length == 0 ? 1 : c.length);
        if (c.length != 0 && invisible(c.value)) {
            if (gap) continue;
            piece = " ";
            gap = true;
        } else {
            gap = false;
        }
        if (out.size() + piece.size() > max_bytes) {
            out.resize(cut);
            if (max_bytes >= more.size()) out += more;
            return out;
        }
        out += piece;
        if (out.size() + more.size() <= max_bytes) cut = out.size();
    }
    return out;
}

std::string printable(std::string_view text) {
    return printable(text, std::numeric_limits<std::size_t>::max());
}

std::string in_quotes(std::string_view text, std::size_t max_bytes) {
    return "'" + printable(text, max_bytes) + "'";
}

std::string in_quotes(std::string_view text) {
    return in_quotes(text, std::numeric_limits<std::size_t>::max());
}

namespace {

/// Infra accepts no shorter password, and its access keys are longer.
constexpr std::size_t shortest_secret = 8;
constexpr std::size_t longest_plain_name = 40;

} // namespace

std::string refused_text(std::string_view text) {
    if (text.size() < shortest_secret) return in_quotes(text);
    return "a text of " + std::to_string(text.size()) + " bytes";
}

bool is_plain_name(std::string_view name) noexcept {
    if (name.size() > longest_plain_name) return false;
    const bool short_enough = name.size() < shortest_secret;
    return std::all_of(name.begin(), name.end(), [&](char c) {
        return is_lower(c) || c == '_' || (short_enough && is_digit(c));
    });
}

std::string refused_name(std::string_view name) {
    if (is_plain_name(name) || name.size() < shortest_secret) return in_quotes(name);
    return "a member with a name of " + std::to_string(name.size()) + " bytes";
}

} // namespace infrastate
