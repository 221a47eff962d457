// SPDX-License-Identifier: Apache-2.0
// What the schema's checker finds, in the words of ansible-core for its own checks of arguments
// (2.14 to 2.19). Nothing is looked for here: the checker decides, this puts it into sentences.
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
    /// Why a value could not be converted, by its field (Violation::field()), as ansible-core's
    /// checkers say it.
    const std::vector<std::pair<std::string, std::string>>& unconverted;
};

/// The first thing that ansible-core would find, in the order of its checks: objects in lists come
/// after the rest, one by one, and what is unknown comes last. The sentence names the list, the
/// error's field the object, too. Nothing where all that
/// is wrong is beyond them: what a duration, a time or a name must look like.
std::optional<Error> ansible_error(const std::vector<schema::Violation>& violations,
                                   const Asked& asked);

/// Ansible's name of a neutral type: "str", "bool", "int", "path", ...
std::string_view ansible_type(schema::Type type) noexcept;

} // namespace infrastate::module
