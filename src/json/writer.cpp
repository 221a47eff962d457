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
#include <stdexcept>

namespace infrastate::json {
namespace {

constexpr std::size_t longest_escape = 6;
constexpr std::size_t longest_number = 32;

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
std::size_t bound(const Value& value, std::size_t indent) {
    std::size_t size = 4; // brackets, a comma, a line break
    switch (value.kind()) {
    case Value::Kind::null:
    case Value::Kind::boolean:
        return 8;
    case Value::Kind::integer:
    case Value::Kind::number:
        return longest_number;
    case Value::Kind::string:
        return of_text(value.string()) + 2;
    case Value::Kind::array:
        for (const Value& item : value.items())
            size += bound<of_text>(item, indent + 2) + indent + 4;
        return size + indent;
    case Value::Kind::object:
        for (const auto& [name, member] : value.members())
            size += of_text(name) + bound<of_text>(member, indent + 2) + indent + 6;
        return size + indent;
    }
    return size;
}

class Writer {
public:
    /// Appends to `out`, which must have enough capacity.
    Writer(std::string& out, bool pretty) : out_(out), pretty_(pretty) {}

    void value(const Value& value) {
        switch (value.kind()) {
        case Value::Kind::null:
            out_ += "null";
            break;
        case Value::Kind::boolean:
            out_ += value.boolean() ? "true" : "false";
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
                out_ += pretty_ ? ": " : ":";
                this->value(member.second);
            });
            break;
        }
    }

private:
    template <class Items, class WriteItem>
    void container(char open, char close, const Items& items, const WriteItem& write_item) {
        out_ += open;
        if (items.empty()) {
            out_ += close;
            return;
        }
        indent_ += 2;
        bool first = true;
        for (const auto& item : items) {
            if (!first) out_ += ',';
            first = false;
            line();
            write_item(item);
        }
        indent_ -= 2;
        line();
        out_ += close;
    }

    void line() {
        if (!pretty_) return;
        out_ += '\n';
        out_.append(indent_, ' ');
    }

    void integer(std::int64_t value) {
        std::array<char, longest_number> buffer{};
        const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
        out_.append(buffer.data(), end);
    }

    void number(double value) {
        if (!std::isfinite(value))
            throw std::invalid_argument("JSON has no number for infinity and NaN");
        std::array<char, longest_number> buffer{};
        const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
        const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
        out_ += text;
        // Otherwise 2.0 would be read back as an integer.
        if (text.find_first_of(".e") == std::string_view::npos) out_ += ".0";
    }

    void unit(unsigned code_unit) {
        out_ += "\\u";
        for (unsigned shift = 16; shift > 0; shift -= 4)
            out_ += hex_digits[(code_unit >> (shift - 4)) & 0xFU];
    }

    void string(std::string_view text) {
        out_ += '"';
        while (!text.empty()) {
            const char c = text[0];
            if (c == '"' || c == '\\') {
                out_ += '\\';
                out_ += c;
                text.remove_prefix(1);
            } else if (is_plain(c)) {
                const std::size_t run = plain_run(text, 0);
                out_.append(text.substr(0, run));
                text.remove_prefix(run);
            } else if (const char* name = short_escape(c)) {
                out_ += name;
                text.remove_prefix(1);
            } else {
                const CodePoint point = decode_utf8(text); // U+FFFD for a byte that is not UTF-8
                text.remove_prefix(std::max<std::size_t>(point.length, 1));
                if (point.value < 0x10000) {
                    unit(point.value);
                } else {
                    unit(0xD800U + ((static_cast<unsigned>(point.value) - 0x10000U) >> 10U));
                    unit(0xDC00U + ((static_cast<unsigned>(point.value) - 0x10000U) & 0x3FFU));
                }
            }
        }
        out_ += '"';
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

    std::string& out_;
    bool pretty_;
    std::size_t indent_ = 0;
};

std::string print(const Value& value, bool pretty) {
    std::string out;
    out.reserve(bound<close_bound>(value, 0));
    Writer(out, pretty).value(value);
    return out;
}

} // namespace

std::string write(const Value& value) {
    return print(value, false);
}

void write_to(std::string& out, const Value& value) {
    if (out.size() + bound<rough_bound>(value, 0) > out.capacity()) {
        const std::size_t most = out.size() + bound<close_bound>(value, 0);
        std::string larger;
        larger.reserve(std::max(most, 2 * out.capacity()));
        larger += out;
        wipe(out);
        out.swap(larger);
    }
    Writer(out, false).value(value);
}

std::string write_pretty(const Value& value) {
    return print(value, true);
}

} // namespace infrastate::json
