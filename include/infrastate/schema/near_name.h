// SPDX-License-Identifier: Apache-2.0
// Finds the known name that is only a few letters from a misspelt one, for the question "did you
// mean ...?".
#pragma once

#include "infrastate/schema/schema.h"

#include <string_view>

namespace infrastate::schema {

/// The parameter's name or alias that is nearest to `name`. Empty if none is near: at most one
/// letter in three may be missing, extra, different, or swapped with the next one.
std::string_view near_name(const Section& section, std::string_view name);

} // namespace infrastate::schema
