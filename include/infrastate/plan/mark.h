// SPDX-License-Identifier: Apache-2.0
// The mark: a few seconds added to what is asked of the server, by which a later run knows a row
// again that its own lost request made (docs/state-logic.md, Glossary).
#pragma once

#include "infrastate/plan/access_key.h"

#include <cstdint>

namespace infrastate::plan {

/// How many seconds may be added to each of both, so that a key still counts as made as asked.
struct MarkRoom {
    std::int64_t expiry = 0;
    std::int64_t inactivity = 0;

    /// Fewer than 256 marks prove nothing: none is set then.
    bool enough() const noexcept { return (expiry + 1) * (inactivity + 1) >= 256; }
};

MarkRoom mark_room(const Lifetime& asked) noexcept;

/// `asked` with seconds added; `room` says how many at most, `first` and `second` are chance.
Lifetime marked(const Lifetime& asked, const MarkRoom& room, std::uint32_t first,
                std::uint32_t second);

} // namespace infrastate::plan
