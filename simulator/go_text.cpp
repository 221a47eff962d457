// SPDX-License-Identifier: Apache-2.0
#include "go_text.h"

#include "refusal.h"

#include <Poco/Unicode.h>

#include <array>
#include <charconv>
#include <limits>

namespace infrastate::simulator {

namespace {

constexpr std::uint64_t two_to_63 = std::uint64_t{1} << 63;

char hex_digit(unsigned value) {
    return "0123456789abcdef"[value & 15u];
}

/// Characters that Go shows unchanged: letters, marks, numbers, punctuation and symbols.
bool is_printable(char32_t character) {
    Poco::Unicode::CharacterProperties properties{};
    Poco::Unicode::properties(static_cast<int>(character), properties);
    return properties.category != Poco::Unicode::UCP_OTHER &&
           properties.category != Poco::Unicode::UCP_SEPARATOR;
}

/// Quotes as Go's time package does: byte by byte.
std::string quote_bytes(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte >= 0x80) {
            quoted += "\\x";
            quoted += hex_digit(byte >> 4);
            quoted += hex_digit(byte);
        } else {
            if (c == '"' || c == '\\') quoted += '\\';
            quoted += c;
        }
    }
    return quoted + "\"";
}

/// A double-quoted Go string, character by character.
std::string quote_text(std::string_view text) {
    std::string quoted = "\"";
    for (std::size_t at = 0, bytes = 0; at < text.size(); at += bytes) {
        const char32_t character = character_at(text, at, bytes);
        if (character == 0xFFFD && bytes == 1) {
            const auto byte = static_cast<unsigned char>(text[at]);
            quoted += {'\\', 'x', hex_digit(byte >> 4), hex_digit(byte)};
        } else if (character == U'"')
            quoted += "\\\"";
        else if (character == U'\'')
            quoted += '\'';
        else {
            const std::string one = quote_character(character);
            quoted.append(one, 1, one.size() - 2);
        }
    }
    return quoted + "\"";
}

struct Unit {
    std::string_view name;
    std::uint64_t nanoseconds;
};
constexpr std::array<Unit, 8> units{{{"ns", 1},
                                     {"us", 1'000},
                                     {"\u00b5s", 1'000},
                                     {"\u03bcs", 1'000},
                                     {"ms", 1'000'000},
                                     {"s", 1'000'000'000},
                                     {"m", 60'000'000'000},
                                     {"h", 3'600'000'000'000}}};

const Unit* find_unit(std::string_view name) {
    for (const Unit& unit : units)
        if (unit.name == name) return &unit;
    return nullptr;
}

Refusal time_error(const std::string& text) {
    return Refusal("time: " + text);
}

} // namespace

std::int64_t parse_go_duration(std::string_view text) {
    const auto invalid = [&] { return time_error("invalid duration " + quote_bytes(text)); };
    std::string_view rest = text;
    const bool negative = !rest.empty() && rest.front() == '-';
    if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) rest.remove_prefix(1);
    if (rest == "0") return 0;
    if (rest.empty()) throw invalid();

    std::uint64_t total = 0;
    while (!rest.empty()) {
        std::uint64_t whole = 0;
        std::size_t length = 0;
        for (; length < rest.size() && is_digit(rest[length]); ++length) {
            const auto digit = static_cast<std::uint64_t>(rest[length] - '0');
            if (whole > two_to_63 / 10 || whole * 10 + digit > two_to_63) throw invalid();
            whole = whole * 10 + digit;
        }
        bool digits = length > 0;
        rest.remove_prefix(length);

        double fraction = 0, scale = 1;
        if (!rest.empty() && rest.front() == '.') {
            rest.remove_prefix(1);
            for (length = 0; length < rest.size() && is_digit(rest[length]); ++length) {
                if (scale >= 1e18) continue; // further digits cannot change a nanosecond
                fraction = fraction * 10 + (rest[length] - '0');
                scale *= 10;
            }
            digits = digits || length > 0;
            rest.remove_prefix(length);
        }
        if (!digits) throw invalid();

        length = 0;
        while (length < rest.size() && rest[length] != '.' && !is_digit(rest[length]))
            ++length;
        if (length == 0) throw time_error("missing unit in duration " + quote_bytes(text));
        const Unit* unit = find_unit(rest.substr(0, length));
        if (unit == nullptr)
            throw time_error("unknown unit " + quote_bytes(rest.substr(0, length)) +
                             " in duration " + quote_bytes(text));
        rest.remove_prefix(length);

        if (whole > two_to_63 / unit->nanoseconds) throw invalid();
        whole *= unit->nanoseconds;
        if (fraction > 0)
            whole += static_cast<std::uint64_t>(fraction *
                                                (static_cast<double>(unit->nanoseconds) / scale));
        if (whole > two_to_63 || whole > two_to_63 - total) throw invalid();
        total += whole;
    }
    if (negative)
        return total == two_to_63 ? std::numeric_limits<std::int64_t>::min()
                                  : -static_cast<std::int64_t>(total);
    if (total == two_to_63) throw invalid();
    return static_cast<std::int64_t>(total);
}

std::int64_t parse_go_int(std::string_view text) {
    if (text.empty()) return 0;
    const auto error = [&](std::string_view what) {
        return Refusal("strconv.ParseInt: parsing " + quote_text(text) + ": " + std::string(what));
    };
    std::string_view digits = text;
    if (digits.front() == '+') digits.remove_prefix(1);
    if (digits.starts_with("-") && text.front() == '+') throw error("invalid syntax");
    std::int64_t number = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, problem] = std::from_chars(digits.data(), end, number);
    if (problem == std::errc::invalid_argument || stop != end) throw error("invalid syntax");
    if (problem == std::errc::result_out_of_range) throw error("value out of range");
    return number;
}

bool parse_go_bool(std::string_view text) {
    for (const std::string_view yes : {"1", "t", "T", "TRUE", "true", "True"})
        if (text == yes) return true;
    for (const std::string_view no : {"", "0", "f", "F", "FALSE", "false", "False"})
        if (text == no) return false;
    throw Refusal("strconv.ParseBool: parsing " + quote_text(text) + ": invalid syntax");
}

char32_t character_at(std::string_view text, std::size_t at, std::size_t& bytes) {
    const auto byte = [&](std::size_t offset) -> unsigned {
        return at + offset < text.size() ? static_cast<unsigned char>(text[at + offset]) : 0;
    };
    bytes = 1;
    const unsigned first = byte(0);
    if (first < 0x80) return first;
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
    if (length == 0 || first > 0xF4) return 0xFFFD;
    char32_t character = first & (0xFFu >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0u) != 0x80u) return 0xFFFD;
        character = character << 6 | (byte(i) & 0x3Fu);
    }
    static constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    if (character < smallest[length] || character > 0x10FFFF ||
        (character >= 0xD800 && character <= 0xDFFF))
        return 0xFFFD;
    bytes = length;
    return character;
}

void append_utf8(std::string& text, char32_t character) {
    const auto add = [&text](char32_t byte) { text += static_cast<char>(byte); };
    if (character < 0x80) return add(character);
    const int following = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
    static constexpr std::array<char32_t, 4> marks{0, 0xC0, 0xE0, 0xF0};
    add(marks[static_cast<std::size_t>(following)] | character >> (6 * following));
    for (int i = following - 1; i >= 0; --i)
        add(0x80 | (character >> (6 * i) & 0x3F));
}

std::string quote_character(char32_t character) {
    static constexpr std::string_view escaped = "\a\b\f\n\r\t\v\\'";
    static constexpr std::string_view letters = "abfnrtv\\'";
    std::string inner;
    const auto narrow = static_cast<unsigned>(character);
    if (narrow < 0x80 && escaped.find(static_cast<char>(narrow)) != std::string_view::npos) {
        inner = {'\\', letters[escaped.find(static_cast<char>(narrow))]};
    } else if (narrow < 0x20 || narrow == 0x7F) {
        inner = {'\\', 'x', hex_digit(narrow >> 4), hex_digit(narrow)};
    } else if (narrow < 0x80) {
        inner = {static_cast<char>(narrow)};
    } else if (is_printable(character)) {
        append_utf8(inner, character);
    } else {
        const bool long_form = narrow > 0xFFFF;
        inner = long_form ? "\\U" : "\\u";
        for (int shift = long_form ? 28 : 12; shift >= 0; shift -= 4)
            inner += hex_digit(narrow >> shift);
    }
    return "'" + inner + "'";
}

std::optional<Version> parse_version(std::string_view text) {
    if (text.starts_with('v')) text.remove_prefix(1);
    const std::size_t suffix = text.find_first_of("-+");
    if (suffix != std::string_view::npos) {
        if (suffix + 1 == text.size()) return std::nullopt;
        for (const char c : text.substr(suffix))
            if (!is_digit(c) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && c != '-' &&
                c != '+' && c != '.')
                return std::nullopt;
        text = text.substr(0, suffix);
    }
    Version numbers{};
    std::size_t count = 0;
    for (;;) {
        const std::size_t dot = text.find('.');
        const std::string_view part = text.substr(0, dot);
        if (count == numbers.size() || part.empty() || !is_digit(part.front())) return std::nullopt;
        const auto [stop, problem] =
            std::from_chars(part.data(), part.data() + part.size(), numbers[count++]);
        if (problem != std::errc{} || stop != part.data() + part.size()) return std::nullopt;
        if (dot == std::string_view::npos) break;
        text.remove_prefix(dot + 1);
    }
    return numbers;
}

} // namespace infrastate::simulator
