// SPDX-License-Identifier: Apache-2.0
#include "infrastate/types/timestamp.h"

#include "infrastate/types/ascii.h"
#include "infrastate/types/text.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace infrastate {
namespace {

constexpr std::int64_t day = 86'400;
constexpr std::int64_t first_second = -62'135'596'800; // 0001-01-01T00:00:00Z
constexpr std::size_t longest_text = std::string_view("9999-12-31T23:59:59.999999999Z").size();
constexpr std::int64_t last_second = 253'402'300'799; // 9999-12-31T23:59:59Z

// Days since 1970-01-01, by the usual arithmetic over eras of 400 years.
std::int64_t days_from_civil(std::int64_t year, int month, int day_of_month) {
    year -= month <= 2;
    const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
    const std::int64_t year_of_era = year - era * 400;
    const std::int64_t day_of_year =
        (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day_of_month - 1;
    return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719'468;
}

struct Civil {
    std::int64_t year;
    int month, day;
};

Civil civil_from_days(std::int64_t days) {
    days += 719'468;
    const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
    const std::int64_t of_era = days - era * 146'097;
    const std::int64_t year = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
    const std::int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    const std::int64_t shifted = (5 * of_year + 2) / 153;
    const int month = static_cast<int>(shifted < 10 ? shifted + 3 : shifted - 9);
    return {year + era * 400 + (month <= 2 ? 1 : 0), month,
            static_cast<int>(of_year - (153 * shifted + 2) / 5 + 1)};
}

int days_in_month(std::int64_t year, int month) {
    constexpr std::array<int, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[static_cast<std::size_t>(month - 1)];
}

/// Reads exactly `count` digits from the front.
bool digits(std::string_view& text, std::size_t count, int& out) {
    if (text.size() < count) return false;
    out = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (!is_digit(text[i])) return false;
        out = out * 10 + (text[i] - '0');
    }
    text.remove_prefix(count);
    return true;
}

/// Writes a number that is not negative over the `count` digits at `at`.
void put_digits(std::string& out, std::size_t at, std::size_t count, std::int64_t number) {
    for (std::size_t i = at + count; i > at; number /= 10)
        out[--i] = static_cast<char>('0' + number % 10);
}

bool literal(std::string_view& text, std::string_view expected) {
    if (text.substr(0, expected.size()) != expected) return false;
    text.remove_prefix(expected.size());
    return true;
}

bool clock_time(std::string_view& text, int& hour, int& minute, int& second) {
    return digits(text, 2, hour) && literal(text, ":") && digits(text, 2, minute) &&
           literal(text, ":") && digits(text, 2, second) && hour <= 23 && minute <= 59 &&
           second <= 60;
}

/// Whether digits and signs have the places of a date. Only a time is written in this form.
bool looks_like_a_date(std::string_view text) {
    constexpr std::string_view form = "dddd-dd-dd", rest = "0123456789-+:. TtZz";
    if (text.size() < form.size() || text.size() > longest_text + 8) return false;
    for (std::size_t i = 0; i < form.size(); ++i)
        if (form[i] == '-' ? text[i] != '-' : !is_digit(text[i])) return false;
    return text.find_first_not_of(rest) == std::string_view::npos;
}

Error not_a_time(std::string_view text) {
    const std::string shown = looks_like_a_date(text) ? in_quotes(text) : refused_text(text);
    return Error{Code::argument,
                 shown + " is not a time: write it as RFC 3339, like 2027-11-23T07:56:35Z"};
}

int month_number(std::string_view& text) {
    constexpr std::string_view names = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.size() < 3) return 0;
    for (std::size_t i = 0; i < names.size(); i += 3) {
        if (text.substr(0, 3) != names.substr(i, 3)) continue;
        text.remove_prefix(3);
        return static_cast<int>(i / 3) + 1;
    }
    return 0;
}

} // namespace

Result<Timestamp> Timestamp::parse(std::string_view text) {
    std::string_view rest = text;
    int year = 0, month = 0, day_of_month = 0, hour = 0, minute = 0, second = 0;
    if (!digits(rest, 4, year) || !literal(rest, "-") || !digits(rest, 2, month) ||
        !literal(rest, "-") || !digits(rest, 2, day_of_month) ||
        // RFC 3339, 5.6 allows a blank here, as Python and YAML write it.
        !(literal(rest, "T") || literal(rest, "t") || literal(rest, " ")) ||
        !clock_time(rest, hour, minute, second))
        return not_a_time(text);
    if (year < 1 || month < 1 || month > 12 || day_of_month < 1 ||
        day_of_month > days_in_month(year, month))
        return not_a_time(text);
    std::int32_t nanos = 0;
    if (literal(rest, ".")) {
        std::int32_t scale = 100'000'000;
        if (rest.empty() || !is_digit(rest[0])) return not_a_time(text);
        while (!rest.empty() && is_digit(rest[0])) {
            nanos += (rest[0] - '0') * scale;
            scale /= 10;
            rest.remove_prefix(1);
        }
    }
    int offset = 0;
    if (!literal(rest, "Z") && !literal(rest, "z")) {
        const bool west = !rest.empty() && rest[0] == '-';
        int offset_hour = 0, offset_minute = 0;
        if (!(literal(rest, "+") || literal(rest, "-")) || !digits(rest, 2, offset_hour) ||
            !literal(rest, ":") || !digits(rest, 2, offset_minute) || offset_hour > 23 ||
            offset_minute > 59)
            return not_a_time(text);
        offset = (offset_hour * 60 + offset_minute) * 60 * (west ? -1 : 1);
    }
    if (!rest.empty()) return not_a_time(text);
    const std::int64_t seconds = days_from_civil(year, month, day_of_month) * day + hour * 3600 +
                                 minute * 60 + second - offset;
    if (seconds < first_second || seconds > last_second) return not_a_time(text);
    return Timestamp(seconds, nanos);
}

Result<Timestamp> Timestamp::parse_http_date(std::string_view text) {
    const auto bad = [] {
        return Error{Code::server, "the server sent a date that is not an HTTP date"};
    };
    int year = 0, month = 0, day_of_month = 0, hour = 0, minute = 0, second = 0;
    std::string_view rest = text;
    const auto comma = rest.find(',');
    if (comma != std::string_view::npos) {
        // "Sun, 06 Nov 1994 08:49:37 GMT" or "Sunday, 06-Nov-94 08:49:37 GMT"
        rest.remove_prefix(comma + 1);
        if (!literal(rest, " ") || !digits(rest, 2, day_of_month)) return bad();
        const bool old = literal(rest, "-");
        if (!old && !literal(rest, " ")) return bad();
        month = month_number(rest);
        if (month == 0 || !literal(rest, old ? "-" : " ") || !digits(rest, old ? 2 : 4, year))
            return bad();
        if (old) year += year < 70 ? 2000 : 1900;
        if (!literal(rest, " ") || !clock_time(rest, hour, minute, second) || rest != " GMT")
            return bad();
    } else {
        // "Sun Nov  6 08:49:37 1994"
        if (rest.size() < 4) return bad();
        rest.remove_prefix(4);
        month = month_number(rest);
        if (month == 0 || !literal(rest, " ")) return bad();
        const bool padded = literal(rest, " ");
        if (!digits(rest, padded ? 1 : 2, day_of_month) || !literal(rest, " ") ||
            !clock_time(rest, hour, minute, second) || !literal(rest, " ") ||
            !digits(rest, 4, year) || !rest.empty())
            return bad();
    }
    if (year < 1 || day_of_month < 1 || day_of_month > days_in_month(year, month)) return bad();
    const std::int64_t seconds =
        days_from_civil(year, month, day_of_month) * day + hour * 3600 + minute * 60 + second;
    // A leap second can be later than the last year.
    if (seconds > last_second) return bad();
    return Timestamp(seconds, 0);
}

Timestamp Timestamp::from_unix(std::int64_t seconds, std::int32_t nanoseconds) {
    if (seconds < first_second || seconds > last_second || nanoseconds < 0 ||
        nanoseconds > 999'999'999)
        throw std::out_of_range("a Timestamp lies in the years 0001 to 9999");
    return Timestamp(seconds, nanoseconds);
}

std::string Timestamp::text() const {
    std::int64_t days = seconds_ / day;
    std::int64_t rest = seconds_ % day;
    if (rest < 0) {
        rest += day;
        --days;
    }
    const Civil date = civil_from_days(days);
    std::string out = nanos_ == 0 ? "0000-00-00T00:00:00Z" : "0000-00-00T00:00:00.000000000";
    put_digits(out, 0, 4, date.year);
    put_digits(out, 5, 2, date.month);
    put_digits(out, 8, 2, date.day);
    put_digits(out, 11, 2, rest / 3600);
    put_digits(out, 14, 2, rest % 3600 / 60);
    put_digits(out, 17, 2, rest % 60);
    if (nanos_ == 0) return out;
    put_digits(out, 20, 9, nanos_);
    out.erase(out.find_last_not_of('0') + 1);
    return out += 'Z';
}

Timestamp Timestamp::plus_seconds(std::int64_t seconds) const noexcept {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(seconds_, seconds, &sum))
        sum = seconds < 0 ? first_second : last_second;
    return Timestamp(std::clamp(sum, first_second, last_second), nanos_);
}

Timestamp Timestamp::plus(Duration span) const noexcept {
    constexpr std::int64_t second = 1'000'000'000;
    std::int64_t nanos = nanos_ + span.nanoseconds() % second;
    Timestamp out = plus_seconds(span.nanoseconds() / second + nanos / second);
    out.nanos_ = static_cast<std::int32_t>(nanos % second);
    return out;
}

std::int64_t Timestamp::seconds_since(Timestamp other) const noexcept {
    return seconds_ - other.seconds_ - (nanos_ < other.nanos_ ? 1 : 0);
}

} // namespace infrastate
