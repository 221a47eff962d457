// SPDX-License-Identifier: Apache-2.0
// What somebody meant who misspelt a name: the known one that is only a few letters away, for the
// question "did you mean ...?".
#pragma once

#include "infrastate/schema/schema.h"

#include <string_view>

namespace infrastate::schema {

/// The parameter's name or alias that is nearest to `name`, or an empty text where none is near: at
/// most one letter in three is missing, too many, another one, or exchanged with the next one.
std::string_view near_name(const Section& section, std::string_view name);

} // namespace infrastate::schema
