// SPDX-License-Identifier: Apache-2.0
// Hides the secrets in parameters that are shown again, in results and in the log, with Ansible's
// words in their place.
#pragma once

#include "infrastate/schema/schema.h"
#include "infrastate/types/masker.h"
#include "infrastate/types/value.h"

#include <string>
#include <string_view>

namespace infrastate::module {

/// Replaces a value that is a secret as a whole.
inline constexpr std::string_view no_log_value = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER";

/// The text of a parameter without secrets.
std::string no_log(std::string_view text, const Masker& masker);

/// The value of a parameter without secrets. A value whose type is secret is not shown, whatever it
/// is. Where objects with secrets are expected, a value that is no object is not shown either. In
/// other values every text is masked, at any depth, and a number that shows a secret becomes a
/// text. Booleans and nulls stay.
Value no_log_argument(const Value& value, const schema::Param& param, const Masker& masker);

/// The same for all parameters of a table.
Value no_log_arguments(const Value& module_args, const schema::Section& section,
                       const Masker& masker);

} // namespace infrastate::module
