// SPDX-License-Identifier: Apache-2.0
// Puts what the schema's checker finds into the words that ansible-core (2.14 to 2.19) has for its
// own checks of arguments. It finds nothing by itself.
#pragma once

#include "infrastate/schema/check.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace infrastate::module {

/// What the sentences need to know besides the violations.
struct Asked {
    std::string_view module; ///< its name in messages
    const schema::Sources& sources;
    /// Why a value could not be converted, in the words of ansible-core's checkers, by its field
    /// (Violation::field()).
    const std::vector<std::pair<std::string, std::string>>& unconverted;
};

/// The first error that ansible-core would report, in the order of its checks. Objects in lists
/// come after everything else, one by one; unknown parameters come last. The sentence names the
/// list, and the error's field names the object, too. Empty if ansible-core would find nothing: it
/// does not check how a duration, a time or a name must look.
std::optional<Error> ansible_error(const std::vector<schema::Violation>& violations,
                                   const Asked& asked);

/// Ansible's name of a neutral type: "str", "bool", "int", "path", ...
std::string_view ansible_type(schema::Type type) noexcept;

} // namespace infrastate::module
