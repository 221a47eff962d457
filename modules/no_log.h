// SPDX-License-Identifier: Apache-2.0
// What Ansible does with the parameters of a task that it shows again, in results and in the log:
// its words stand in place of values that are secret.
#pragma once

#include "infrastate/schema/schema.h"
#include "infrastate/types/masker.h"
#include "infrastate/types/value.h"

#include <string>
#include <string_view>

namespace infrastate::module {

/// In place of a value that is a secret as a whole.
inline constexpr std::string_view no_log_value = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER";

/// The text of a parameter, fit to be shown.
std::string no_log(std::string_view text, const Masker& masker);

/// The value of a parameter, fit to be shown: one that is a secret by its type is not shown
/// whatever is in it, nor what stands in place of an object that has secrets; in others every text
/// at any depth is masked, and a number that shows a secret becomes a text. Booleans and nulls
/// stay.
Value no_log_argument(const Value& value, const schema::Param& param, const Masker& masker);

/// The same of all parameters of a table.
Value no_log_arguments(const Value& module_args, const schema::Section& section,
                       const Masker& masker);

} // namespace infrastate::module
