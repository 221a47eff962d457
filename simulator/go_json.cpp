// SPDX-License-Identifier: Apache-2.0
#include "go_json.h"

#include "go_text.h"
#include "refusal.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace infrastate::simulator {

namespace {

/// How deep arrays and objects may be nested, as Go counts it.
constexpr int max_depth = 10'000;

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// Walks over one value. Throws a Refusal if the text is malformed.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    void value(std::vector<RawMember>* members, int depth);
    void space() {
        while (at_ < text_.size() && is_space(text_[at_]))
            ++at_;
    }
    bool at_end() const { return at_ == text_.size(); }
    std::size_t position() const { return at_; }

private:
    [[noreturn]] void fail(std::string_view where) const {
        if (at_end()) throw Refusal("unexpected EOF");
        const char c = text_[at_];
        // Go looks at single bytes here, and escapes the single quote instead of the double quote.
        const std::string shown =
            c == '\'' ? R"('\'')" : quote_character(static_cast<unsigned char>(c));
        throw Refusal("invalid character " + shown + " " + std::string(where));
    }
    void object(std::vector<RawMember>* members, int depth);
    void array(int depth);
    void string();
    void number();
    void literal(std::string_view word);

    std::string_view text_;
    std::size_t at_ = 0;
};

void Scanner::value(std::vector<RawMember>* members, int depth) {
    space();
    const char c = at_end() ? '\0' : text_[at_];
    if ((c == '{' || c == '[') && depth == max_depth) fail("exceeded max depth");
    if (c == '{') return object(members, depth);
    if (c == '[') return array(depth);
    if (c == '"') return string();
    if (c == 't') return literal("true");
    if (c == 'f') return literal("false");
    if (c == 'n') return literal("null");
    if (c == '-' || is_digit(c)) return number();
    fail("looking for beginning of value");
}

void Scanner::object(std::vector<RawMember>* members, int depth) {
    ++at_;
    space();
    if (!at_end() && text_[at_] == '}') {
        ++at_;
        return;
    }
    for (;;) {
        space();
        if (at_end() || text_[at_] != '"') fail("looking for beginning of object key string");
        const std::size_t name_at = at_;
        string();
        const std::string_view name = text_.substr(name_at, at_ - name_at);
        space();
        if (at_end() || text_[at_] != ':') fail("after object key");
        ++at_;
        space();
        const std::size_t value_at = at_;
        value(nullptr, depth + 1);
        if (members != nullptr)
            members->push_back({go_string(name), text_.substr(value_at, at_ - value_at)});
        space();
        if (at_end() || (text_[at_] != ',' && text_[at_] != '}'))
            fail("after object key:value pair");
        if (text_[at_++] == '}') return;
    }
}

void Scanner::array(int depth) {
    ++at_;
    space();
    if (!at_end() && text_[at_] == ']') {
        ++at_;
        return;
    }
    for (;;) {
        value(nullptr, depth + 1);
        space();
        if (at_end() || (text_[at_] != ',' && text_[at_] != ']')) fail("after array element");
        if (text_[at_++] == ']') return;
    }
}

void Scanner::string() {
    for (++at_; !at_end(); ++at_) {
        const char c = text_[at_];
        if (c == '"') {
            ++at_;
            return;
        }
        if (static_cast<unsigned char>(c) < 0x20) fail("in string literal");
        if (c != '\\') continue;
        ++at_;
        if (at_end()) break;
        if (text_[at_] == 'u') {
            for (int i = 0; i < 4; ++i) {
                ++at_;
                if (at_end() || std::string_view("0123456789abcdefABCDEF").find(text_[at_]) ==
                                    std::string_view::npos)
                    fail("in \\u hexadecimal character escape");
            }
        } else if (std::string_view("\"\\/bfnrt").find(text_[at_]) == std::string_view::npos) {
            fail("in string escape code");
        }
    }
    fail("");
}

void Scanner::number() {
    const auto digits = [this] {
        while (!at_end() && is_digit(text_[at_]))
            ++at_;
    };
    if (text_[at_] == '-') ++at_;
    if (at_end() || !is_digit(text_[at_])) fail("in numeric literal");
    if (text_[at_] == '0')
        ++at_;
    else
        digits();
    if (!at_end() && text_[at_] == '.') {
        ++at_;
        if (at_end() || !is_digit(text_[at_])) fail("after decimal point in numeric literal");
        digits();
    }
    if (!at_end() && (text_[at_] == 'e' || text_[at_] == 'E')) {
        ++at_;
        if (!at_end() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
        if (at_end() || !is_digit(text_[at_])) fail("in exponent of numeric literal");
        digits();
    }
}

void Scanner::literal(std::string_view word) {
    for (std::size_t i = 0; i < word.size(); ++i, ++at_)
        if (at_end() || text_[at_] != word[i])
            fail("in literal " + std::string(word) + " (expecting '" + word[i] + "')");
}

/// The number in the four hexadecimal digits at `at`; empty if there are fewer.
std::optional<char32_t> hex_number(std::string_view text, std::size_t at) {
    unsigned number = 0;
    const std::string_view digits = text.substr(std::min(at, text.size()), 4);
    const auto [stop, problem] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
    if (digits.size() < 4 || problem != std::errc{} || stop != digits.data() + 4)
        return std::nullopt;
    return number;
}

bool is_surrogate(char32_t c) {
    return c >= 0xD800 && c <= 0xDFFF;
}

char32_t lower(char32_t c) {
    if (c == 0x017F) return U's'; // the long s and the Kelvin sign count as letters of ASCII
    if (c == 0x212A) return U'k';
    return c >= U'A' && c <= U'Z' ? c - U'A' + U'a' : c;
}

} // namespace

RawValue scan_go_json(std::string_view text) {
    Scanner scanner(text);
    scanner.space();
    if (scanner.at_end()) throw Refusal("EOF");
    const std::size_t start = scanner.position();
    RawValue found;
    scanner.value(&found.members, 0);
    found.text = text.substr(start, scanner.position() - start);
    return found;
}

std::string_view go_kind(std::string_view value) {
    switch (value.empty() ? '\0' : value.front()) {
    case '{':
        return "object";
    case '[':
        return "array";
    case '"':
        return "string";
    case 't':
    case 'f':
        return "bool";
    case 'n':
        return "null";
    default:
        return "number";
    }
}

std::string go_string(std::string_view raw) {
    constexpr char32_t replacement = 0xFFFD;
    const std::string_view inner = raw.substr(1, raw.size() - 2);
    std::string text;
    for (std::size_t at = 0, bytes = 0; at < inner.size(); at += bytes) {
        char32_t c = character_at(inner, at, bytes);
        if (c == U'\\') {
            constexpr std::string_view letters = "bfnrt";
            constexpr std::string_view meanings = "\b\f\n\r\t";
            const char letter = inner[at + 1];
            bytes = 2;
            c = static_cast<unsigned char>(letter);
            if (const std::size_t i = letters.find(letter); i != std::string_view::npos)
                c = static_cast<unsigned char>(meanings[i]);
            if (letter == 'u') {
                c = hex_number(inner, at + 2).value_or(replacement);
                bytes = 6;
            }
            if (letter == 'u' && is_surrogate(c)) {
                const bool another = inner.substr(at + 6).starts_with("\\u");
                const char32_t low = another ? hex_number(inner, at + 8).value_or(0) : 0;
                if (c < 0xDC00 && low >= 0xDC00 && low <= 0xDFFF) {
                    c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
                    bytes = 12;
                } else {
                    c = replacement;
                }
            }
        }
        append_utf8(text, c);
    }
    return text;
}

bool go_name_matches(std::string_view member, std::string_view field) {
    std::size_t at = 0, bytes = 0;
    for (const char c : field) {
        if (at >= member.size()) return false;
        if (lower(character_at(member, at, bytes)) != lower(static_cast<unsigned char>(c)))
            return false;
        at += bytes;
    }
    return at == member.size();
}

} // namespace infrastate::simulator
