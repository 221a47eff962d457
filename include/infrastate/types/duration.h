// SPDX-License-Identifier: Apache-2.0
// A length of time above zero, in the notation of Go's time.ParseDuration ("8766h0m0s", "1.5h",
// "90m"). It cannot be zero, negative, or longer than an int64 of nanoseconds (about 292 years).
#pragma once

#include "infrastate/types/error.h"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace infrastate {

class Duration {
public:
    /// Reads Go's notation: one or more decimal numbers, each followed by a unit: ns, us (or the
    /// micro sign), ms, s, m or h. A leading '+' is allowed, zero is not. The error is a sentence
    /// without the parameter's name ("... is not a duration ...").
    static Result<Duration> parse(std::string_view text);
    /// For constants and checked values. Throws std::invalid_argument unless nanoseconds > 0.
    static Duration from_nanoseconds(std::int64_t nanoseconds);
    static Duration from_seconds(std::int64_t seconds);

    std::int64_t nanoseconds() const noexcept { return ns_; }
    /// Whole seconds, rounded down.
    std::int64_t seconds() const noexcept { return ns_ / 1'000'000'000; }
    /// Whole seconds, rounded up as the server rounds them.
    std::int64_t seconds_rounded_up() const noexcept {
        return seconds() + (ns_ % 1'000'000'000 != 0 ? 1 : 0);
    }
    /// Go's canonical spelling: "8766h0m0s", "1m30s", "1.5s", "500ms".
    std::string text() const;

    auto operator<=>(const Duration&) const = default;

private:
    explicit Duration(std::int64_t ns) : ns_(ns) {}
    std::int64_t ns_;
};

/// Go's spelling of whole seconds; they may be zero or negative ("0s", "-1m0s").
std::string span_text(std::int64_t seconds);

} // namespace infrastate
