// SPDX-License-Identifier: Apache-2.0
// A moment in UTC with nanoseconds, years 0001 to 9999, read and written as RFC 3339.
// It is a value: it does not know what time it is now.
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
    /// RFC 3339 with 'T' (or 't') and an offset; up to nine digits of a second are kept, further
    /// ones are cut; a leap second (:60) reads as the second after :59.
    static Result<Timestamp> parse(std::string_view text);
    /// The three forms an HTTP Date or Retry-After may take (RFC 9110, 5.6.7).
    static Result<Timestamp> parse_http_date(std::string_view text);
    /// Seconds since 1970-01-01T00:00:00Z. Throws std::out_of_range outside years 0001..9999.
    static Timestamp from_unix(std::int64_t seconds, std::int32_t nanoseconds = 0);

    std::int64_t unix_seconds() const noexcept { return seconds_; }
    std::int32_t nanosecond() const noexcept { return nanos_; }
    /// "2027-11-23T07:56:35Z"; a fraction only where there is one, without trailing zeros.
    std::string text() const;

    /// Clamped to the years 0001..9999.
    Timestamp plus_seconds(std::int64_t seconds) const noexcept;
    Timestamp plus(Duration span) const noexcept;
    /// *this - other, in seconds, rounded towards minus infinity.
    std::int64_t seconds_since(Timestamp other) const noexcept;

    auto operator<=>(const Timestamp&) const = default;

private:
    Timestamp(std::int64_t seconds, std::int32_t nanos) : seconds_(seconds), nanos_(nanos) {}
    std::int64_t seconds_;
    std::int32_t nanos_;
};

} // namespace infrastate
