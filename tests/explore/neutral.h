// SPDX-License-Identifier: Apache-2.0
// Arguments as a caller writes them, and the values among them that say nothing.
#pragma once

#include "infrastate/plan/desired.h"
#include "infrastate/types/error.h"

#include <cstdint>
#include <optional>
#include <string>

namespace infrastate::explore {

/// What differs if some of the arguments that are left out are given values that say nothing ("0s",
/// {}, "", null): "0s" of overlap is refused, for instance. Nothing: as it should be.
std::optional<std::string> heard_in_neutral_values(const plan::Desired& desired,
                                                   std::uint64_t chance);

} // namespace infrastate::explore
