// SPDX-License-Identifier: Apache-2.0
#include "text_types.h"

#include "infrastate/types/ascii.h"
#include "infrastate/types/duration.h"
#include "infrastate/types/file_mode.h"
#include "infrastate/types/names.h"
#include "infrastate/types/pem.h"
#include "infrastate/types/secret.h"
#include "infrastate/types/text.h"
#include "infrastate/types/timestamp.h"

#include <algorithm>

namespace infrastate::schema {
namespace {

constexpr std::size_t max_text = 4096;
constexpr std::size_t max_pem = 256u << 10;
constexpr std::int64_t ns_per_ms = 1'000'000;

Error refuse(std::string message) {
    return Error{Code::argument, std::move(message)};
}

/// The position (from 1) of the first byte that is not allowed. 0 if all are allowed.
template <class Allowed>
std::size_t first_bad(std::string_view text, Allowed allowed) {
    const auto at = std::find_if_not(text.begin(), text.end(), allowed);
    return at == text.end() ? 0 : static_cast<std::size_t>(at - text.begin()) + 1;
}

bool visible_or_blank(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7F;
}

Result<std::string> plain(std::string_view text) {
    if (const auto at = first_bad(text, visible_or_blank))
        return refuse("must not hold a control character or a line break; there is one at "
                      "position " +
                      std::to_string(at));
    return std::string(text);
}

/// Files, vaults and here-documents add blanks and line breaks around a token, so they are removed.
Result<std::string> token(std::string_view text) {
    text = trimmed(text);
    if (text.empty()) return refuse("must not be empty; leave the parameter out instead");
    const auto visible = [](char c) { return c > 0x20 && c < 0x7F; };
    if (const auto at = first_bad(text, visible))
        return refuse("must hold only visible ASCII characters, without blanks and line breaks; "
                      "the one at position " +
                      std::to_string(at) + " is none");
    return std::string(text);
}

Result<std::string> url(std::string_view text) {
    const auto allowed = [](char c) { return visible_or_blank(c) && c != ' '; };
    if (const auto at = first_bad(text, allowed))
        return refuse("must not hold blanks, control characters or line breaks; there is one at "
                      "position " +
                      std::to_string(at));
    return std::string(text);
}

Result<std::string> pem(std::string_view text) {
    const auto allowed = [](char c) {
        return visible_or_blank(c) || c == '\n' || c == '\r' || c == '\t';
    };
    if (const auto at = first_bad(text, allowed))
        return refuse("must be certificates in PEM form; there is a control character at "
                      "position " +
                      std::to_string(at));
    if (!holds_pem(text)) return refuse(what_instead_of_pem(text));
    std::string out = with_line_breaks(text);
    const bool one_line = trimmed(out).find('\n') == std::string_view::npos;
    if (!one_line || out.find("-----END ") == std::string::npos) return out;
    wipe(out);
    return refuse(what_instead_of_pem(text));
}

Result<Duration> read_duration(const Param& param, std::string_view text) {
    const bool bare = first_bad(text, [](char c) { return is_digit(c) || c == '.'; }) == 0;
    // The text is copied only in this case, because it may be a secret in the wrong place.
    const std::string in_seconds =
        param.type == Type::seconds && bare ? std::string(text) + "s" : std::string();
    return Duration::parse(in_seconds.empty() ? text : in_seconds);
}

bool beyond_bounds(const Param& param, const Duration& span) {
    const bool bounded = param.type != Type::span_or_percent && param.minimum != param.maximum;
    return bounded && (span.nanoseconds() < param.minimum * ns_per_ms ||
                       span.nanoseconds() > param.maximum * ns_per_ms);
}

Result<std::string> duration(const Param& param, std::string_view text) {
    auto read = read_duration(param, text);
    if (!read) return std::move(read).error();
    if (beyond_bounds(param, *read))
        return refuse("must be " + expected_text(param) + ", not " + read->text());
    return read->text();
}

Result<std::string> span(const Param& param, std::string_view text) {
    if (is_zero_span(text)) return std::string("0s");
    return duration(param, text);
}

/// 20 for "20%". Empty for any other form.
std::optional<std::int64_t> percent_of(std::string_view text) {
    if (!text.ends_with('%')) return std::nullopt;
    const std::string_view number = text.substr(0, text.size() - 1);
    if (number.empty() || number.size() > 3 || first_bad(number, is_digit) != 0)
        return std::nullopt;
    return std::stoll(std::string(number));
}

Result<std::string> span_or_percent(const Param& param, std::string_view text) {
    if (!text.ends_with('%')) return span(param, text);
    const auto percent = percent_of(text);
    if (!percent || *percent < param.minimum || *percent > param.maximum)
        return refuse("must be " + expected_text(param) + ", not " + refused_text(text));
    return std::to_string(*percent) + "%";
}

/// Blanks and line breaks around it are removed, as in token().
Result<std::string> kept_secret(std::string_view text) {
    text = trimmed(text);
    if (text.empty()) return std::string();
    if (!looks_like_access_key(text))
        return refuse("must be an access key of Infra, which looks like "
                      "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb, or empty; what was given is neither");
    return std::string(text);
}

/// Writes an octal mode with four digits, and leaves a symbolic one unchanged.
Result<std::string> mode(std::string_view text) {
    const auto bits = parse_file_mode(text);
    if (!bits) return refuse(bits.error().message);
    return is_digit(text[0]) ? file_mode_text(*bits) : std::string(text);
}

template <class T>
Result<std::string> canonical(Result<T> read) {
    if (read) return std::string(read->text());
    return std::move(read).error();
}

std::string bound_text(std::int64_t milliseconds) {
    return Duration::from_nanoseconds(milliseconds * ns_per_ms).text();
}

} // namespace

Result<std::string> read_text(const Param& param, std::string_view text) {
    if (param.type == Type::kept_secret) return kept_secret(text);
    if (text.empty()) return refuse("must not be empty; leave the parameter out instead");
    const std::size_t limit = param.type == Type::pem ? max_pem : max_text;
    if (text.size() > limit)
        return refuse("must not be longer than " + std::to_string(limit) + " bytes");
    if (param.words.contains(text)) return std::string(text);
    switch (param.type) {
    case Type::duration:
    case Type::seconds:
        return duration(param, text);
    case Type::span:
        return span(param, text);
    case Type::span_or_percent:
        return span_or_percent(param, text);
    case Type::rfc3339: {
        auto time = canonical(Timestamp::parse(text));
        if (!time && !param.words.empty())
            time.error().message += ", or " + std::string(param.words[0]);
        return time;
    }
    case Type::key_name:
        return canonical(KeyName::parse(text));
    case Type::id:
        return canonical(ServerId::parse(text));
    case Type::mode:
        return mode(text);
    case Type::token:
        return token(text);
    case Type::url:
        return url(text);
    case Type::pem:
        return pem(text);
    default:
        return plain(text);
    }
}

bool is_out_of_range(const Param& param, std::string_view text) {
    switch (param.type) {
    case Type::duration:
    case Type::seconds:
    case Type::span: {
        const auto read = read_duration(param, text);
        return read && beyond_bounds(param, *read);
    }
    case Type::span_or_percent:
        return percent_of(text).has_value();
    default:
        return false;
    }
}

bool is_zero_span(std::string_view text) {
    if (text.empty() || is_digit(text.back())) return text == "0";
    // Copies only a text that can be a span of zero, because it may be a secret in the wrong place.
    if (text.find_first_not_of("+-0.hmsnu\xC2\xB5\xCE\xBC") != std::string_view::npos) return false;
    const auto with_one = Duration::parse(std::string(text) + "1ns");
    return with_one && with_one->nanoseconds() == 1;
}

std::string expected_text(const Param& param) {
    switch (param.type) {
    case Type::boolean:
        return "true or false";
    case Type::integer:
        if (param.minimum != param.maximum)
            return "an integer from " + std::to_string(param.minimum) + " to " +
                   std::to_string(param.maximum);
        return "an integer";
    case Type::number:
        return "a number";
    case Type::duration:
    case Type::seconds: {
        std::string out = param.type == Type::seconds
                              ? "a duration like 30s, or a number of seconds"
                              : "a duration like 8766h or 1h30m";
        if (param.minimum != param.maximum)
            out += ", from " + bound_text(param.minimum) + " to " + bound_text(param.maximum);
        return out;
    }
    case Type::span:
        return "a duration like 24h or 1h30m, or 0s for none";
    case Type::span_or_percent:
        return "a duration like 24h or 1h30m, 0s for none, or a percentage from " +
               std::to_string(param.minimum) + "% to " + std::to_string(param.maximum) + "%";
    case Type::rfc3339:
        return "an RFC 3339 time like 2027-11-23T07:56:35Z" +
               (param.words.empty() ? std::string() : ", or " + std::string(param.words[0]));
    case Type::path:
        return "a file's path";
    case Type::mode:
        return "a file's mode like 0600 or u=rw,g=r";
    case Type::choice:
        return "one of " + joined(param.choices);
    case Type::dict:
        return "an object with texts, numbers and booleans";
    case Type::list:
        return "a list of texts";
    case Type::objects:
        return "a list of objects";
    case Type::kept_secret:
        return "an access key of Infra, or an empty text";
    default:
        return "a text";
    }
}

} // namespace infrastate::schema
