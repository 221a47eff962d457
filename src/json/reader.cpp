// SPDX-License-Identifier: Apache-2.0
// One pass over the text checks it against RFC 8259 and the limits, and builds the Value
// (docs/adr/0032). The text is copied only into the Value, which wipes itself.
#include "plain.h"

#include "infrastate/json/json.h"
#include "infrastate/types/ascii.h"
#include "infrastate/types/secret.h"
#include "infrastate/types/text.h"

#include <Poco/NumberParser.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

namespace infrastate::json {
namespace {

// Value's destructor recurses once for each level, so this limit holds whatever a caller asks for.
constexpr std::size_t deepest = 512;
constexpr std::size_t longest_number = 1024;

bool is_continuation(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::optional<unsigned> hex4(std::string_view text) noexcept {
    if (text.size() < 4) return std::nullopt;
    unsigned out = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + 4, out, 16);
    if (status != std::errc{} || end != text.data() + 4) return std::nullopt;
    return out;
}

/// An error that names line and column (from 1, in characters) of `offset` and does not quote the
/// text.
Error error_at(std::string_view text, std::size_t offset, std::string_view detail,
               std::string_view what) {
    std::size_t line = 1, column = 1;
    for (char c : text.substr(0, offset)) {
        if (c == '\n') {
            ++line;
            column = 1;
        } else if (!is_continuation(c)) {
            ++column;
        }
    }
    return Error{Code::argument,
                 "not valid JSON at line " + std::to_string(line) + ", column " +
                     std::to_string(column) + ": " + std::string(what),
                 {},
                 std::string(detail)};
}

/// A string while it is read. Wiped, because it may not become part of a Value.
struct WipedText {
    WipedText() = default;
    ~WipedText() { wipe(text); }
    WipedText(const WipedText&) = delete;
    WipedText& operator=(const WipedText&) = delete;
    std::string text{};
};

class Reader {
public:
    Reader(std::string_view text, const ReadLimits& limits) : text_(text), limits_(limits) {
        constexpr std::size_t usual_depth = 4, usual_names = 32;
        open_.reserve(usual_depth);
        name_offsets_.reserve(usual_names);
    }

    Result<Value> run() {
        if (text_.size() > limits_.max_bytes)
            return Error{Code::argument,
                         "the JSON text has " + std::to_string(text_.size()) + " bytes; at most " +
                             std::to_string(limits_.max_bytes) + " are accepted",
                         {},
                         "json_too_large"};
        if (text_.substr(0, 3) == "\xEF\xBB\xBF")
            return error_at(text_, 0, "json_syntax",
                            "a byte order mark, which JSON does not begin with");
        skip_space();
        if (at_end())
            return Error{Code::argument,
                         "the JSON text is empty; a JSON value is expected",
                         {},
                         "json_empty"};
        // Each round reads one value, and then what closes or continues its containers.
        do {
            if (!value()) return std::move(*error_);
        } while (after_value());
        if (error_) return std::move(*error_);
        if (!at_end())
            return error_at(text_, at_, "json_trailing",
                            "more text follows where the JSON value has ended");
        if (duplicate_)
            return error_at(text_, *duplicate_, "json_duplicate",
                            "a name that the object already has");
        return std::move(result_);
    }

private:
    /// An array or object that is not closed yet. It stands in the result already. Its parent gets
    /// no other item or member before it is closed, so it does not move.
    struct Open {
        Value* value;
        std::size_t first_name; ///< its index in name_offsets_
    };

    bool at_end() const noexcept { return at_ == text_.size(); }
    char here() const noexcept { return at_end() ? '\0' : text_[at_]; }

    void skip_space() noexcept {
        while (here() == ' ' || here() == '\t' || here() == '\n' || here() == '\r')
            ++at_;
    }

    bool refuse(std::string_view detail, std::string_view what) {
        return refuse(at_, detail, what);
    }
    bool refuse(std::size_t offset, std::string_view detail, std::string_view what) {
        error_ = error_at(text_, offset, detail, what);
        return false;
    }

    /// A syntax error. Names the two most frequent causes.
    bool expected(std::string_view what) {
        if (at_end()) return refuse("json_syntax", "the text ends here, but " + std::string(what));
        if (here() == '/' || here() == '#')
            return refuse("json_syntax", "a comment, which JSON does not have, or a stray "
                                         "character; " +
                                             std::string(what));
        if (here() == '\'')
            return refuse("json_syntax",
                          "a single quote; JSON has double quotes only; " + std::string(what));
        return refuse("json_syntax", what);
    }

    bool count_node() {
        if (++nodes_ > limits_.max_nodes)
            return refuse("json_too_many_nodes", "more than " + std::to_string(limits_.max_nodes) +
                                                     " values, which is the most accepted");
        return true;
    }

    /// Adds the value to the innermost open container, or makes it the result.
    Value& place(Value&& value) {
        if (open_.empty()) return result_ = std::move(value);
        Value& parent = *open_.back().value;
        return parent.is_array() ? parent.push(std::move(value))
                                 : parent.append(name_.text, std::move(value));
    }

    /// Reads a scalar, or opens containers up to the first scalar or empty container.
    bool value() {
        for (;;) {
            skip_space();
            if (!open_.empty() && !count_node()) return false;
            const char c = here();
            if (c == '"') return text_value();
            if (c == '-' || is_digit(c)) return number();
            if (c == 't') return word("true", Value(true));
            if (c == 'f') return word("false", Value(false));
            if (c == 'n') return word("null", Value());
            if (c != '{' && c != '[') return expected("a value is expected");
            if (open_.size() >= std::min(limits_.max_depth, deepest))
                return refuse("json_too_deep",
                              "nested deeper than " +
                                  std::to_string(std::min(limits_.max_depth, deepest)) +
                                  " levels, which is the most accepted");
            ++at_;
            Value& opened = place(c == '{' ? Value::object() : Value::array());
            open_.push_back({&opened, name_offsets_.size()});
            skip_space();
            if (here() == (c == '{' ? '}' : ']')) {
                close();
                return true;
            }
            if (c == '{' && !name()) return false;
        }
    }

    /// True if a comma announces another value. False at the end of the text's value, or after an
    /// error.
    bool after_value() {
        for (;;) {
            skip_space();
            if (open_.empty()) return false;
            const bool object = open_.back().value->is_object();
            const char c = here();
            if (c == ',') {
                ++at_;
                skip_space();
                return !object || name();
            }
            if (c != (object ? '}' : ']'))
                return expected(object ? "a comma or '}' is expected"
                                       : "a comma or ']' is expected");
            close();
        }
    }

    /// Closes the innermost container. Its closing bracket is the current character.
    void close() {
        ++at_;
        if (open_.back().value->is_object()) check_names(open_.back());
        open_.pop_back();
    }

    /// Finds names that occur twice. Sorts many names, so that an object with a million names stays
    /// cheap.
    void check_names(const Open& object) {
        const auto& members = object.value->members();
        constexpr std::size_t few = 16;
        if (members.size() <= few) {
            for (std::size_t i = 1; i < members.size(); ++i)
                if (object.value->find(members[i].first) != &members[i].second)
                    twice(name_offsets_[object.first_name + i]);
        } else {
            std::vector<std::size_t> order(members.size());
            std::iota(order.begin(), order.end(), std::size_t{0});
            std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
                const int way = members[a].first.compare(members[b].first);
                return way != 0 ? way < 0 : a < b;
            });
            for (std::size_t i = 1; i < order.size(); ++i)
                if (members[order[i - 1]].first == members[order[i]].first)
                    twice(name_offsets_[object.first_name + order[i]]);
        }
        name_offsets_.resize(object.first_name);
    }
    void twice(std::size_t offset) { duplicate_ = std::min(duplicate_.value_or(offset), offset); }

    bool name() {
        if (here() != '"') return expected("a name in double quotes is expected");
        name_offsets_.push_back(at_);
        wipe(name_.text);
        if (!string(name_.text)) return false;
        skip_space();
        if (here() != ':') return expected("a colon is expected");
        ++at_;
        return true;
    }

    bool word(std::string_view word, Value&& value) {
        if (text_.substr(at_, word.size()) != word) return expected("a value is expected");
        at_ += word.size();
        place(std::move(value));
        return true;
    }

    bool text_value() {
        WipedText read;
        if (!string(read.text)) return false;
        place(Value(std::move(read.text)));
        return true;
    }

    /// Reads the characters between two quotes into the empty `out` and undoes their escapes.
    bool string(std::string& out) {
        const std::size_t begin = at_++;
        std::size_t copied = at_; // the text before this offset was copied
        bool has_room = false;
        const auto copy = [&] {
            out.append(text_.substr(copied, at_ - copied));
            copied = at_;
        };
        for (;;) {
            at_ += plain_run(text_, at_);
            if (at_end()) return refuse(begin, "json_syntax", "a string that is never closed");
            const auto byte = static_cast<unsigned char>(text_[at_]);
            if (byte == '"') {
                copy();
                ++at_;
                return true;
            }
            if (byte == '\\') {
                // One buffer that never moves: a growing buffer leaves the beginning of a secret
                // behind.
                if (!std::exchange(has_room, true)) out.reserve(closing_quote() - begin);
                copy();
                if (!escape(out)) return false;
                copied = at_;
            } else if (byte < 0x20U) {
                return refuse("json_control",
                              "a control character inside a string; write it as an escape");
            } else {
                const std::size_t length = decode_utf8(text_.substr(at_)).length;
                if (length == 0) return refuse("json_utf8", "bytes that are not valid UTF-8");
                at_ += length;
            }
        }
    }

    /// Where the string ends. The current character begins its first escape.
    std::size_t closing_quote() const noexcept {
        std::size_t end = at_;
        while (end < text_.size() && text_[end] != '"')
            end += text_[end] == '\\' ? 2U : 1U;
        return std::min(end, text_.size());
    }

    bool escape(std::string& out) {
        const char kind = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        if (kind != 'u') {
            constexpr std::string_view names = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
            const std::size_t which = kind == '\0' ? std::string_view::npos : names.find(kind);
            if (which == std::string_view::npos)
                return refuse("json_escape", "an escape that JSON does not have");
            out += meanings[which];
            at_ += 2;
            return true;
        }
        auto unit = hex4(text_.substr(at_ + 2));
        if (!unit) return refuse("json_escape", "\\u without four hexadecimal digits");
        if (*unit == 0)
            return refuse("json_escape", "an escaped NUL character, which is not accepted");
        if (*unit >= 0xDC00U && *unit <= 0xDFFFU)
            return refuse("json_escape", "the second half of a surrogate pair without the first");
        if (*unit >= 0xD800U && *unit <= 0xDBFFU) {
            const std::string_view rest = text_.substr(at_ + 6);
            const auto low = rest.substr(0, 2) == "\\u" ? hex4(rest.substr(2)) : std::nullopt;
            if (!low || *low < 0xDC00U || *low > 0xDFFFU)
                return refuse("json_escape",
                              "the first half of a surrogate pair without the second");
            unit = 0x10000U + ((*unit - 0xD800U) << 10U) + (*low - 0xDC00U);
            at_ += 6;
        }
        append_utf8(out, *unit);
        at_ += 6;
        return true;
    }

    bool number() {
        const std::size_t begin = at_;
        bool whole = true;
        if (here() == '-') ++at_;
        const bool zero = here() == '0';
        if (!digits()) return bad_number(begin, "a minus sign without a digit");
        if (zero && at_ - begin > (text_[begin] == '-' ? 2U : 1U))
            return bad_number(begin, "a number with a leading zero");
        if (here() == '.') {
            ++at_;
            whole = false;
            if (!digits()) return bad_number(begin, "a number without a digit after its point");
        }
        if (here() == 'e' || here() == 'E') {
            ++at_;
            whole = false;
            if (here() == '+' || here() == '-') ++at_;
            if (!digits()) return bad_number(begin, "a number without a digit in its exponent");
        }
        const std::string_view token = text_.substr(begin, at_ - begin);
        if (whole) {
            std::int64_t out = 0;
            if (std::from_chars(token.data(), token.data() + token.size(), out).ec != std::errc{})
                return bad_number(begin, "an integer that does not fit 64 bits");
            place(Value(out));
            return true;
        }
        double out = 0;
        // Poco's parser is exact and does not depend on the locale.
        if (token.size() > longest_number ||
            !Poco::NumberParser::tryParseFloat(std::string(token), out) || !std::isfinite(out))
            return bad_number(begin, "a number beyond the range of a double");
        place(Value(out));
        return true;
    }

    bool bad_number(std::size_t begin, std::string_view what) {
        return refuse(begin, "json_number", what);
    }

    bool digits() noexcept {
        const std::size_t begin = at_;
        while (is_digit(here()))
            ++at_;
        return at_ > begin;
    }

    std::string_view text_;
    ReadLimits limits_;
    std::size_t at_ = 0;
    std::size_t nodes_ = 0;
    std::vector<Open> open_{};
    WipedText name_{}; ///< of the member that is read
    /// The offsets of the names of all open objects.
    std::vector<std::size_t> name_offsets_{};
    std::optional<std::size_t> duplicate_{}; ///< offset of the first name that was there before
    std::optional<Error> error_{};
    Value result_{};
};

} // namespace

Result<Value> read(std::string_view text, const ReadLimits& limits) {
    return Reader(text, limits).run();
}

} // namespace infrastate::json
