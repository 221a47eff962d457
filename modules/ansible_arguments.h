// SPDX-License-Identifier: Apache-2.0
// Reads a task's parameters as ansible-core reads those of a Python module: the same lax types, the
// same order of checks, the same words. It is stricter in three points: null counts as not given, a
// list or object is no text, true is no integer (docs/adr/0051). The parameters of the resource and
// of the connection are in one table here, as they are in a task.
#pragma once

#include "infrastate/schema/check.h"
#include "infrastate/types/masker.h"
#include "infrastate/types/value.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::module {

/// Two sections joined into one; the first one's entries come first. Borrows their texts.
class JoinedSection {
public:
    JoinedSection(const schema::Section& first, const schema::Section& second);
    schema::Section section() const noexcept { return {params_, rules_}; }

private:
    std::vector<schema::Param> params_;
    std::vector<schema::Rule> rules_;
};

struct Arguments {
    Value params; ///< the parameters that were set, by name, in types that schema::check() accepts
    schema::Checked
        checked;       ///< the answer of schema::check(); it borrows from `params` and the section
    Value module_args; ///< every parameter with its default or null, for `invocation`
    std::vector<std::string> warnings;
    /// The first error that ansible-core would report, too, in its words. Errors that only the
    /// schema finds are in `checked` alone: a module of Ansible's reports such errors after it has
    /// logged its call.
    std::optional<Error> error;
};

/// `input` is an object without `_ansible_*` members. `module` is the name for messages. Adds all
/// secrets to `masker`, also after an error.
Arguments read_ansible_arguments(const schema::Section& section, Value input,
                                 std::string_view module, const schema::Getenv& environment,
                                 Masker& masker);

} // namespace infrastate::module
