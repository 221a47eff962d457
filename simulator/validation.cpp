// SPDX-License-Identifier: Apache-2.0
#include "validation.h"

#include "go_text.h"

#include <utility>

namespace infrastate::simulator {

namespace {

bool allowed_in_name(char32_t c) {
    return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') || (c >= U'0' && c <= U'9') ||
           c == U'-' || c == U'_' || c == U'.';
}

/// Words of RFC 5322 joined by dots. Characters beyond ASCII count as letters.
bool is_dot_atom(std::string_view text) {
    char before = '.';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte == 0x7F) return false;
        if (std::string_view("<>,;:\"()[]\\@").find(c) != std::string_view::npos) return false;
        if (c == '.' && before == '.') return false;
        before = c;
    }
    return before != '.';
}

/// A local part in quotation marks.
bool is_quoted(std::string_view text) {
    if (text.size() < 3 || text.front() != '"' || text.back() != '"') return false;
    text = text.substr(1, text.size() - 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 || byte == 0x7F || byte == '"') return false;
        if (byte == '\\' && ++i == text.size()) return false;
    }
    return true;
}

} // namespace

void check_name(std::string_view name, Problems& problems) {
    if (name.empty()) return;
    const auto add = [&](std::string text) { problems.push_back({"name", std::move(text)}); };
    if (name.size() < 2) add("must be at least 2 characters");
    if (name.size() > 256) add("can be at most 256 characters");
    for (std::size_t at = 0, bytes = 0; at < name.size(); at += bytes) {
        const char32_t c = character_at(name, at, bytes);
        if (allowed_in_name(c)) continue;
        add("character " + quote_character(c) + " at position " + std::to_string(at) +
            " is not allowed");
        break;
    }
}

void check_required(std::string_view field, bool given, Problems& problems) {
    if (!given) problems.push_back({std::string(field), "is required"});
}

void check_email(std::string_view field, std::string_view address, Problems& problems) {
    if (address.empty()) return;
    const std::size_t at = address.rfind('@');
    const bool shaped = at != std::string_view::npos &&
                        (is_dot_atom(address.substr(0, at)) || is_quoted(address.substr(0, at))) &&
                        is_dot_atom(address.substr(at + 1));
    if (!shaped)
        problems.push_back({std::string(field), "invalid email address"});
    else if (address.find('.', at) == std::string_view::npos)
        problems.push_back(
            {std::string(field), "email address must contain at least one '.' character"});
}

void check_range(std::string_view field, std::int64_t value, std::int64_t least, std::int64_t most,
                 Problems& problems) {
    if (value == 0) return;
    const std::string start = "value " + std::to_string(value) + " must be at ";
    if (value < least)
        problems.push_back({std::string(field), start + "least " + std::to_string(least)});
    else if (value > most)
        problems.push_back({std::string(field), start + "most " + std::to_string(most)});
}

} // namespace infrastate::simulator
