// SPDX-License-Identifier: Apache-2.0
// Makes random scenarios: any arguments that check_desired() accepts, on one to three machines,
// with edits, damage, actions of others, and faults at any port call.
#pragma once

#include "scenario.h"
#include "theme.h"

namespace infrastate::explore {

/// `only`: with the steps of that theme, instead of a random one or none.
Scenario generate(std::uint64_t seed, std::optional<Theme> only = std::nullopt);

/// The same scenario without what `fails` does not need to fail.
template <class Fails>
Scenario shrink(Scenario scenario, const Fails& fails);

} // namespace infrastate::explore

#include "shrink.h"
