// SPDX-License-Identifier: Apache-2.0
// The mark: a few random seconds added to the times of a new key. If the answer is lost, a later
// run recognizes its own key by the mark (docs/state-logic.md, Glossary).
#pragma once

#include "infrastate/plan/access_key.h"

#include <cstdint>

namespace infrastate::plan {

/// How many seconds may be added to each time so that the key still counts as made as asked.
struct MarkRoom {
    std::int64_t expiry = 0;
    std::int64_t inactivity = 0;

    /// With fewer than 256 possible marks a match proves nothing, so no mark is set.
    bool enough() const noexcept { return (expiry + 1) * (inactivity + 1) >= 256; }
};

MarkRoom mark_room(const Lifetime& asked) noexcept;

/// `asked` with seconds added. `room` gives the most that may be added, `first` and `second` are
/// random numbers that choose how many.
Lifetime marked(const Lifetime& asked, const MarkRoom& room, std::uint32_t first,
                std::uint32_t second);

} // namespace infrastate::plan
