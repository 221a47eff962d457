// SPDX-License-Identifier: Apache-2.0
// Scenarios by chance: whatever arguments check_desired() accepts, on one to three machines, with
// edits, damage, deeds of others, and faults at any port call.
#pragma once

#include "scenario.h"
#include "theme.h"

namespace infrastate::explore {

/// `only`: with the steps of that theme, instead of any or none.
Scenario generate(std::uint64_t seed, std::optional<Theme> only = std::nullopt);

/// The same scenario with what is not needed for `fails` left out.
template <class Fails>
Scenario shrink(Scenario scenario, const Fails& fails);

} // namespace infrastate::explore

#include "shrink.h"
