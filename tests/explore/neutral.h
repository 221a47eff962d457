// SPDX-License-Identifier: Apache-2.0
// Arguments as a caller writes them, with neutral values among them.
#pragma once

#include "infrastate/plan/desired.h"
#include "infrastate/types/error.h"

#include <cstdint>
#include <optional>
#include <string>

namespace infrastate::explore {

/// Gives neutral values ("0s", {}, "", null, false) to some of the arguments that are left out,
/// those of the connection included, and spells times in another allowed way. Returns what schema
/// and `wire` then give differently. Empty: no difference, as it should be. `heard`: these values
/// are not passed through the schema.
std::optional<std::string> heard_in_neutral_values(const plan::Desired& desired,
                                                   std::uint64_t chance, bool heard);

} // namespace infrastate::explore
