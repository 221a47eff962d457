// SPDX-License-Identifier: Apache-2.0
// A moment in UTC with nanoseconds, in the years 0001 to 9999; read and written as RFC 3339. A
// plain value: it does not read the clock.
#pragma once

#include "infrastate/types/duration.h"
#include "infrastate/types/error.h"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace infrastate {

class Timestamp {
public:
    /// Reads RFC 3339 with an offset. 'T', 't' or a blank separates date and time. Keeps nine
    /// digits of a fraction and cuts off further ones. A leap second (:60) is read as the second
    /// after :59.
    static Result<Timestamp> parse(std::string_view text);
    /// Reads the three forms of HTTP's Date and Retry-After (RFC 9110, 5.6.7).
    static Result<Timestamp> parse_http_date(std::string_view text);
    /// Seconds since 1970-01-01T00:00:00Z. Throws std::out_of_range outside years 0001..9999.
    static Timestamp from_unix(std::int64_t seconds, std::int32_t nanoseconds = 0);

    std::int64_t unix_seconds() const noexcept { return seconds_; }
    std::int32_t nanosecond() const noexcept { return nanos_; }
    /// "2027-11-23T07:56:35Z". A fraction is written only if there is one, without trailing zeros.
    std::string text() const;

    /// A result outside the years 0001..9999 becomes the nearest limit.
    Timestamp plus_seconds(std::int64_t seconds) const noexcept;
    Timestamp plus(Duration span) const noexcept;
    /// *this - other in seconds, rounded towards minus infinity.
    std::int64_t seconds_since(Timestamp other) const noexcept;

    auto operator<=>(const Timestamp&) const = default;

private:
    Timestamp(std::int64_t seconds, std::int32_t nanos) : seconds_(seconds), nanos_(nanos) {}
    std::int64_t seconds_;
    std::int32_t nanos_;
};

} // namespace infrastate
