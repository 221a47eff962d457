// SPDX-License-Identifier: Apache-2.0
// The simulator's time. It is the machine's clock plus an offset that a test may set, or a frozen
// moment that moves by a fixed step each time it is read. Thread-safe.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

namespace infrastate::simulator {

/// Microseconds since 1970-01-01T00:00:00Z: the precision of the server's database.
using Micros = std::int64_t;

inline constexpr Micros micros_per_second = 1'000'000;

/// RFC 3339 in whole seconds, cut off and not rounded, as the server writes every time.
std::string rfc3339(Micros moment);
/// "Mon, 23 Nov 2026 09:44:40 GMT"
std::string http_date(Micros moment);
/// Reads RFC 3339. Digits of a second after the sixth are cut off. Throws Refusal.
Micros parse_rfc3339(const std::string& text);

class Clock {
public:
    /// The time now. Moves a frozen clock on by its step.
    Micros now();
    /// The time now, without moving a frozen clock.
    Micros peek() const;

    void set(Micros moment);
    void advance(Micros span);
    /// A frozen clock moves only at now(), by `step`; set and advance still work.
    void freeze(bool frozen);
    void step(Micros step);
    bool frozen() const;
    Micros step() const;
    /// Returns to the machine's time.
    void reset();

private:
    Micros peek_locked() const;

    mutable std::mutex mutex_;
    Micros offset_ = 0; ///< to the machine's clock, while not frozen
    Micros moment_ = 0; ///< the time, while frozen
    Micros step_ = 0;
    bool frozen_ = false;
};

} // namespace infrastate::simulator
