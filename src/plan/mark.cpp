// SPDX-License-Identifier: Apache-2.0
#include "infrastate/plan/mark.h"

#include <algorithm>

namespace infrastate::plan {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

std::int64_t fitting(Duration span, std::int64_t seconds) noexcept {
    return std::min(seconds, (INT64_MAX - span.nanoseconds()) / second_ns);
}

std::int64_t within_tolerance(Duration span) noexcept {
    return fitting(span, std::min<std::int64_t>(30, tolerance_seconds(span.seconds()) / 2));
}

Duration longer(Duration span, std::int64_t room, std::uint32_t chance) {
    const std::int64_t added = static_cast<std::int64_t>(chance) % (room + 1);
    return Duration::from_nanoseconds(span.nanoseconds() + added * second_ns);
}

} // namespace

MarkRoom mark_room(const Lifetime& asked) noexcept {
    // A timeout of at least the lifetime has no effect, so it has room for many more marks.
    constexpr std::int64_t wide = 65'535;
    return {within_tolerance(asked.expiry), asked.inactivity_timeout >= asked.expiry
                                                ? fitting(asked.inactivity_timeout, wide)
                                                : within_tolerance(asked.inactivity_timeout)};
}

Lifetime marked(const Lifetime& asked, const MarkRoom& room, std::uint32_t first,
                std::uint32_t second) {
    return {longer(asked.expiry, room.expiry, first),
            longer(asked.inactivity_timeout, room.inactivity, second)};
}

} // namespace infrastate::plan
