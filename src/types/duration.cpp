// SPDX-License-Identifier: Apache-2.0
#include "infrastate/types/duration.h"

#include "infrastate/types/ascii.h"
#include "infrastate/types/text.h"

#include <array>
#include <charconv>
#include <limits>
#include <stdexcept>

namespace infrastate {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t nanoseconds;
};
// "ms" comes before "m", so that "ms" is not read as "m" and a stray "s".
constexpr std::array<Unit, 8> units{{
    {"ns", 1},
    {"us", 1'000},
    {"\xC2\xB5s", 1'000}, // micro sign
    {"\xCE\xBCs", 1'000}, // Greek mu
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"m", 60'000'000'000},
    {"h", 3'600'000'000'000},
}};
constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
constexpr std::string_view expected =
    "write it like 8766h, 1h30m or 45s, with the units h, m, s, ms, us or ns";

Error not_a_duration(std::string_view text, std::string_view why) {
    // Numbers and units cannot be a secret in the wrong place, so they may be quoted.
    const bool plain = !text.empty() && text.size() <= 32 && is_letter(text.back()) &&
                       text.find_first_not_of("0123456789.hmsnu") == std::string_view::npos;
    return Error{Code::argument,
                 (plain ? in_quotes(text) : refused_text(text)) + " " + std::string(why)};
}

/// Says how many hours a number of days or weeks is. Infra has no such units, so neither are they
/// here.
std::string in_hours(std::int64_t number, std::string_view unit) {
    const std::int64_t hours = unit == "d" || unit == "day" || unit == "days"     ? 24
                               : unit == "w" || unit == "week" || unit == "weeks" ? 168
                                                                                  : 0;
    std::int64_t all = 0;
    if (hours == 0 || __builtin_mul_overflow(number, hours, &all)) return {};
    return "; a day is 24h, so write " + std::to_string(all) + "h";
}

const Unit* read_unit(std::string_view& rest) {
    for (const Unit& unit : units) {
        if (rest.substr(0, unit.name.size()) != unit.name) continue;
        // The unit must end where the next number begins; "mx" does not.
        std::string_view after = rest.substr(unit.name.size());
        if (!after.empty() && !is_digit(after[0]) && after[0] != '.') continue;
        rest = after;
        return &unit;
    }
    return nullptr;
}

} // namespace

Result<Duration> Duration::parse(std::string_view text) {
    std::string_view rest = text;
    if (rest.empty()) return not_a_duration(text, "is not a duration: " + std::string(expected));
    if (rest[0] == '-')
        return not_a_duration(text,
                              "is a negative duration; a length of time above zero is needed");
    if (rest[0] == '+') rest.remove_prefix(1);
    if (rest == "0") return not_a_duration(text, "is zero; a length of time above zero is needed");

    const auto too_long = [&] {
        return not_a_duration(text,
                              "is too long; at most 2562047h47m16s (about 292 years) is possible");
    };
    std::int64_t total = 0;
    do {
        std::int64_t whole = 0;
        bool any_digit = false;
        bool overflow = false;
        while (!rest.empty() && is_digit(rest[0])) {
            any_digit = true;
            overflow = overflow || __builtin_mul_overflow(whole, 10, &whole) ||
                       __builtin_add_overflow(whole, rest[0] - '0', &whole);
            rest.remove_prefix(1);
        }
        // The fraction keeps exactly as many digits as in Go, so both round alike.
        std::uint64_t fraction = 0;
        double scale = 1;
        if (!rest.empty() && rest[0] == '.') {
            rest.remove_prefix(1);
            bool full = false;
            while (!rest.empty() && is_digit(rest[0])) {
                any_digit = true;
                const std::uint64_t next =
                    fraction * 10 + static_cast<std::uint64_t>(rest[0] - '0');
                full = full || fraction > std::uint64_t{int64_max} / 10 ||
                       next > std::uint64_t{1} << 63U;
                if (!full) {
                    fraction = next;
                    scale *= 10;
                }
                rest.remove_prefix(1);
            }
        }
        const Unit* unit = any_digit ? read_unit(rest) : nullptr;
        if (unit == nullptr)
            return not_a_duration(text, "is not a duration: " + std::string(expected) +
                                            (any_digit && !overflow && total == 0 && scale == 1
                                                 ? in_hours(whole, rest)
                                                 : std::string()));
        std::int64_t part = 0;
        if (overflow || __builtin_mul_overflow(whole, unit->nanoseconds, &part)) return too_long();
        const auto extra = static_cast<std::int64_t>(
            static_cast<double>(fraction) * (static_cast<double>(unit->nanoseconds) / scale));
        if (__builtin_add_overflow(part, extra, &part) ||
            __builtin_add_overflow(total, part, &total))
            return too_long();
    } while (!rest.empty());
    if (total == 0) return not_a_duration(text, "is zero; a length of time above zero is needed");
    return Duration(total);
}

Duration Duration::from_nanoseconds(std::int64_t nanoseconds) {
    if (nanoseconds <= 0) throw std::invalid_argument("a Duration is above zero");
    return Duration(nanoseconds);
}

Duration Duration::from_seconds(std::int64_t seconds) {
    std::int64_t ns = 0;
    if (__builtin_mul_overflow(seconds, std::int64_t{1'000'000'000}, &ns))
        throw std::invalid_argument("a Duration is below 292 years");
    return from_nanoseconds(ns);
}

namespace {

/// `amount` in units of 1/scale, as a decimal without trailing zeros: 1500/1000 is "1.5".
std::string decimal(std::int64_t amount, std::int64_t scale) {
    std::string out = std::to_string(amount / scale);
    std::int64_t rest = amount % scale;
    if (rest != 0) {
        out += '.';
        while (rest != 0) {
            scale /= 10;
            out += static_cast<char>('0' + rest / scale);
            rest %= scale;
        }
    }
    return out;
}

} // namespace

std::string Duration::text() const {
    if (ns_ < 1'000) return std::to_string(ns_) + "ns";
    if (ns_ < 1'000'000) return decimal(ns_, 1'000) + "\xC2\xB5s";
    if (ns_ < 1'000'000'000) return decimal(ns_, 1'000'000) + "ms";
    constexpr std::int64_t minute = 60'000'000'000;
    const std::int64_t minutes = ns_ / minute;
    std::string out;
    if (minutes >= 60) out += std::to_string(minutes / 60) + "h";
    if (minutes > 0) out += std::to_string(minutes % 60) + "m";
    return out + decimal(ns_ % minute, 1'000'000'000) + "s";
}

std::string span_text(std::int64_t seconds) {
    if (seconds == 0) return "0s";
    // Longer than a Duration can be: plain hours, minutes and seconds, without nanoseconds.
    const bool negative = seconds < 0;
    auto rest =
        negative ? ~static_cast<std::uint64_t>(seconds) + 1 : static_cast<std::uint64_t>(seconds);
    std::array<char, 32> text{};
    char* end = text.data();
    const auto add = [&](std::uint64_t count, char unit) {
        end = std::to_chars(end, text.data() + text.size() - 1, count).ptr;
        *end++ = unit;
    };
    if (negative) *end++ = '-';
    if (rest >= 3600) add(rest / 3600, 'h');
    if (rest >= 60) add(rest % 3600 / 60, 'm');
    add(rest % 60, 's');
    return {text.data(), end};
}

} // namespace infrastate
