// SPDX-License-Identifier: Apache-2.0
// Arguments as a caller writes them, and the values among them that say nothing.
#pragma once

#include "infrastate/plan/desired.h"
#include "infrastate/types/error.h"

#include <cstdint>
#include <optional>
#include <string>

namespace infrastate::explore {

/// What comes out of the schema and `wire` otherwise if some of the arguments that are left out,
/// those of the connection too, are given values that say nothing ("0s", {}, "", null, false), and
/// times are spelled in another way that is allowed. Nothing: no difference, as it should be.
/// `heard`: these values go round the schema.
std::optional<std::string> heard_in_neutral_values(const plan::Desired& desired,
                                                   std::uint64_t chance, bool heard);

} // namespace infrastate::explore
