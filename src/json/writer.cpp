// SPDX-License-Identifier: Apache-2.0
#include "plain.h"

#include "infrastate/json/json.h"
#include "infrastate/types/ascii.h"
#include "infrastate/types/secret.h"
#include "infrastate/types/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace infrastate::json {
namespace {

constexpr std::size_t longest_escape = 6;
constexpr std::size_t longest_written_number = 32;

/// An upper bound of a text's size. With it the whole JSON is written into one buffer that never
/// moves. A growing buffer leaves copies behind, which may hold a secret.
using TextBound = std::size_t(std::string_view text) noexcept;

std::size_t close_bound(std::string_view text) noexcept {
    std::size_t size = 2;
    for (char c : text)
        size += is_plain(c) ? 1 : longest_escape;
    return size;
}

/// Computed without reading the text.
std::size_t rough_bound(std::string_view text) noexcept {
    return 2 + longest_escape * text.size();
}

template <TextBound of_text>
std::size_t bound_of(const Value& value, std::size_t indent) {
    std::size_t size = 4; // brackets, a comma, a line break
    switch (value.kind()) {
    case Value::Kind::null:
    case Value::Kind::boolean:
        return 8;
    case Value::Kind::integer:
    case Value::Kind::number:
        return longest_written_number;
    case Value::Kind::string:
        return of_text(value.string()) + 2;
    case Value::Kind::array:
        for (const Value& item : value.items())
            size += bound_of<of_text>(item, indent + 2) + indent + 4;
        return size + indent;
    case Value::Kind::object:
        for (const auto& [name, member] : value.members())
            size += of_text(name) + bound_of<of_text>(member, indent + 2) + indent + 6;
        return size + indent;
    }
    return size;
}

template <TextBound of_text>
std::size_t bound(const Value& value) {
    return bound_of<of_text>(value, 0) + copy_slack;
}

class Writer {
public:
    /// Writes from `begin` on, and never to `end` or behind it.
    Writer(char* begin, char* end, bool pretty) : at_(begin), end_(end), pretty_(pretty) {}

    /// Behind what was written.
    char* at() const noexcept { return at_; }

    void value(const Value& value) {
        switch (value.kind()) {
        case Value::Kind::null:
            put("null");
            break;
        case Value::Kind::boolean:
            put(value.boolean() ? std::string_view("true") : "false");
            break;
        case Value::Kind::integer:
            integer(value.integer());
            break;
        case Value::Kind::number:
            number(value.number());
            break;
        case Value::Kind::string:
            string(value.string());
            break;
        case Value::Kind::array:
            container('[', ']', value.items(), [this](const Value& item) { this->value(item); });
            break;
        case Value::Kind::object:
            container('{', '}', value.members(), [this](const Value::Member& member) {
                string(member.first);
                put(pretty_ ? std::string_view(": ") : ":");
                this->value(member.second);
            });
            break;
        }
    }

private:
    template <class Items, class WriteItem>
    void container(char open, char close, const Items& items, const WriteItem& write_item) {
        put(open);
        if (items.empty()) {
            put(close);
            return;
        }
        indent_ += 2;
        bool first = true;
        for (const auto& item : items) {
            if (!first) put(',');
            first = false;
            line();
            write_item(item);
        }
        indent_ -= 2;
        line();
        put(close);
    }

    void line() {
        if (!pretty_) return;
        put('\n');
        std::memset(room(indent_), ' ', indent_);
    }

    void integer(std::int64_t value) {
        std::array<char, longest_written_number> buffer{};
        const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
        put(std::string_view(buffer.data(), static_cast<std::size_t>(end - buffer.data())));
    }

    void number(double value) {
        if (!std::isfinite(value))
            throw std::invalid_argument("JSON has no number for infinity and NaN");
        std::array<char, longest_written_number> buffer{};
        const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
        const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
        put(text);
        // Otherwise 2.0 would be read back as an integer.
        if (text.find_first_of(".e") == std::string_view::npos) put(".0");
    }

    void unit(unsigned code_unit) {
        put("\\u");
        for (unsigned shift = 16; shift > 0; shift -= 4)
            put(hex_digits[(code_unit >> (shift - 4)) & 0xFU]);
    }

    void string(std::string_view text) {
        put('"');
        for (;;) {
            need(text.size() + copy_slack);
            const std::size_t run = copy_plain(text, at_);
            at_ += run;
            text.remove_prefix(run);
            if (text.empty()) break;
            text.remove_prefix(escape(text));
        }
        put('"');
    }

    /// Writes the first character as an escape, and returns how many bytes it has.
    std::size_t escape(std::string_view text) {
        const char c = text[0];
        if (c == '"' || c == '\\') {
            put('\\');
            put(c);
            return 1;
        }
        if (const char* name = short_escape(c)) {
            put(name);
            return 1;
        }
        const CodePoint point = decode_utf8(text); // U+FFFD for a byte that is not UTF-8
        if (point.value < 0x10000) {
            unit(point.value);
        } else {
            unit(0xD800U + ((static_cast<unsigned>(point.value) - 0x10000U) >> 10U));
            unit(0xDC00U + ((static_cast<unsigned>(point.value) - 0x10000U) & 0x3FFU));
        }
        return std::max<std::size_t>(point.length, 1);
    }

    static const char* short_escape(char c) noexcept {
        switch (c) {
        case '\b':
            return "\\b";
        case '\f':
            return "\\f";
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\t':
            return "\\t";
        default:
            return nullptr;
        }
    }

    void put(char c) { *room(1) = c; }
    void put(std::string_view text) { std::memcpy(room(text.size()), text.data(), text.size()); }
    char* room(std::size_t size) {
        need(size);
        return std::exchange(at_, at_ + size);
    }
    void need(std::size_t size) const {
        if (static_cast<std::size_t>(end_ - at_) < size)
            throw std::length_error("a JSON text is longer than its bound");
    }

    char* at_;
    char* end_;
    bool pretty_;
    std::size_t indent_ = 0;
};

/// Appends to `out`; `most` bounds the text.
void append(std::string& out, const Value& value, std::size_t most, bool pretty) {
    const std::size_t before = out.size();
    out.resize(before + most);
    Writer writer(out.data() + before, out.data() + out.size(), pretty);
    writer.value(value);
    out.resize(static_cast<std::size_t>(writer.at() - out.data()));
}

std::string print(const Value& value, bool pretty) {
    std::string out;
    append(out, value, bound<close_bound>(value), pretty);
    return out;
}

} // namespace

std::string write(const Value& value) {
    return print(value, false);
}

void write_to(std::string& out, const Value& value) {
    std::size_t most = bound<rough_bound>(value);
    if (out.size() + most > out.capacity()) {
        most = bound<close_bound>(value);
        if (out.size() + most > out.capacity()) {
            std::string larger;
            larger.reserve(std::max(out.size() + most, 2 * out.capacity()));
            larger += out;
            wipe(out);
            out.swap(larger);
        }
    }
    append(out, value, most, false);
}

std::string write_pretty(const Value& value) {
    return print(value, true);
}

} // namespace infrastate::json
