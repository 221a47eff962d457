// SPDX-License-Identifier: Apache-2.0
#include "scanner.h"

#include "infrastate/types/text.h"

#include <Poco/NumberParser.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace infrastate::json {
namespace {

// Poco's parser and Value's destructor recurse once a level, whatever a caller asks for.
constexpr std::size_t deepest = 512;
constexpr std::size_t longest_number = 1024;

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

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

class Scanner {
public:
    Scanner(std::string_view text, const Limits& limits) : text_(text), limits_(limits) {}

    Result<Scan> run() {
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
        // Each round reads one value, then whatever closes or continues its containers.
        do {
            if (!value()) return *error_;
        } while (after_value());
        if (error_) return *error_;
        if (!at_end())
            return error_at(text_, at_, "json_trailing",
                            "more text follows where the JSON value has ended");
        return std::move(out_);
    }

private:
    enum class Container : char { array, object };

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

    /// Syntax errors, with the two causes that people meet most told apart.
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

    /// Reads a scalar, or opens containers down to the first scalar or empty container.
    bool value() {
        for (;;) {
            skip_space();
            if (!open_.empty() && !count_node()) return false;
            const char c = here();
            if (c == '"') return string();
            if (c == '-' || is_digit(c)) return number();
            if (c == 't') return word("true");
            if (c == 'f') return word("false");
            if (c == 'n') return word("null");
            if (c != '{' && c != '[') return expected("a value is expected");
            if (open_.size() >= std::min(limits_.max_depth, deepest))
                return refuse("json_too_deep",
                              "nested deeper than " +
                                  std::to_string(std::min(limits_.max_depth, deepest)) +
                                  " levels, which is the most accepted");
            ++at_;
            open_.push_back(c == '{' ? Container::object : Container::array);
            skip_space();
            if (here() == (c == '{' ? '}' : ']')) {
                ++at_;
                open_.pop_back();
                return true;
            }
            if (c == '{' && !name()) return false;
        }
    }

    /// True where a comma promises another value; false at the end of the text's value or an error.
    bool after_value() {
        for (;;) {
            skip_space();
            if (open_.empty()) return false;
            const bool object = open_.back() == Container::object;
            const char c = here();
            if (c == ',') {
                ++at_;
                skip_space();
                return !object || name();
            }
            if (c != (object ? '}' : ']'))
                return expected(object ? "a comma or '}' is expected"
                                       : "a comma or ']' is expected");
            ++at_;
            open_.pop_back();
        }
    }

    bool name() {
        if (here() != '"') return expected("a name in double quotes is expected");
        out_.name_offsets.push_back(at_);
        if (!string()) return false;
        skip_space();
        if (here() != ':') return expected("a colon is expected");
        ++at_;
        return true;
    }

    bool word(std::string_view word) {
        if (text_.substr(at_, word.size()) != word) return expected("a value is expected");
        at_ += word.size();
        return true;
    }

    bool string() {
        const std::size_t begin = at_++;
        for (;;) {
            if (at_end()) return refuse(begin, "json_syntax", "a string that is never closed");
            const auto byte = static_cast<unsigned char>(text_[at_]);
            if (byte == '"') {
                ++at_;
                return true;
            }
            if (byte == '\\') {
                if (!escape()) return false;
            } else if (byte < 0x20U) {
                return refuse("json_control",
                              "a control character inside a string; write it as an escape");
            } else if (byte < 0x80U) {
                ++at_;
            } else {
                const std::size_t length = decode_utf8(text_.substr(at_)).length;
                if (length == 0) return refuse("json_utf8", "bytes that are not valid UTF-8");
                at_ += length;
            }
        }
    }

    bool escape() {
        const char kind = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        if (kind != 'u') {
            if (kind == '\0' || std::string_view("\"\\/bfnrt").find(kind) == std::string_view::npos)
                return refuse("json_escape", "an escape that JSON does not have");
            at_ += 2;
            return true;
        }
        const auto unit = hex4(text_.substr(at_ + 2));
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
            at_ += 6;
        }
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
            out_.numbers.emplace_back(out);
            return true;
        }
        double out = 0;
        // Poco's own: exact and free of the locale.
        if (token.size() > longest_number ||
            !Poco::NumberParser::tryParseFloat(std::string(token), out) || !std::isfinite(out))
            return bad_number(begin, "a number beyond the range of a double");
        out_.numbers.emplace_back(out);
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
    Limits limits_;
    std::size_t at_ = 0;
    std::size_t nodes_ = 0;
    std::vector<Container> open_;
    Scan out_;
    std::optional<Error> error_;
};

} // namespace

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

Result<Scan> scan(std::string_view text, const Limits& limits) {
    return Scanner(text, limits).run();
}

} // namespace infrastate::json
