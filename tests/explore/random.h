// SPDX-License-Identifier: Apache-2.0
// Random numbers from a seed: the same on every machine and with every compiler. The standard
// library's distributions do not promise that.
#pragma once

#include <cstdint>
#include <vector>

namespace infrastate::explore {

class Random {
public:
    explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

    /// splitmix64.
    std::uint64_t next() noexcept {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }
    /// 0 .. n-1; n > 0.
    std::int64_t below(std::int64_t n) noexcept {
        return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(n));
    }
    /// low .. high, both included.
    std::int64_t between(std::int64_t low, std::int64_t high) noexcept {
        return low + below(high - low + 1);
    }
    bool chance(int percent) noexcept { return below(100) < percent; }
    template <class T>
    const T& pick(const std::vector<T>& from) noexcept {
        return from[static_cast<std::size_t>(below(static_cast<std::int64_t>(from.size())))];
    }
    /// A separate source: drawing from it leaves this one unchanged.
    Random branch(std::uint64_t tag) const noexcept {
        Random out(state_ ^ (tag * 0xD1342543DE82EF95U));
        return Random(out.next());
    }

private:
    std::uint64_t state_;
};

} // namespace infrastate::explore
