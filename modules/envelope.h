// SPDX-License-Identifier: Apache-2.0
// Puts the engine's neutral result into the form that Ansible wants from a module. It renames and
// flattens, and adds nothing about keys that the engine did not tell.
#pragma once

#include "infrastate/schema/schema.h"
#include "infrastate/types/masker.h"
#include "infrastate/types/value.h"

#include <string>
#include <string_view>
#include <vector>

namespace infrastate::module {

struct Envelope {
    bool diff = false;             ///< the task asked for a diff
    bool inject_invocation = true; ///< the result must repeat the parameters
    std::string title{};           ///< the title of the diff: "access key my-cluster"
    /// The resource of the result, if it is known. It tells whether the result has the members for
    /// a secret.
    const schema::Resource* resource = nullptr;
    Value module_args{};       ///< null where the parameters could not be read
    schema::Section section{}; ///< the table of these parameters
    std::vector<std::string> warnings{};
    bool is_root = true; ///< false: an error about missing permissions suggests become
};

/// `answer` is the result of engine::Session::run(). The key's fields are at the top level.
/// `changed` and `failed` are booleans. All free text is masked
/// (schema/mask.h), and so are the parameters (no_log.h). The new `secret` is in its own member and
/// nowhere else. No member is called `_ansible_*` or `__ansible_type`.
Value ansible_result(const Value& answer, const Envelope& envelope, Masker& masker);

/// One side of a diff as text that ends with a line break, or "" for nothing.
std::string diff_text(const Value& side);

} // namespace infrastate::module
