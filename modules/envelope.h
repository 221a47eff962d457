// SPDX-License-Identifier: Apache-2.0
// The engine's neutral result in the shape that Ansible wants from a module.
// Renames and flattens; adds nothing about keys that the engine did not say.
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
    bool inject_invocation = true; ///< repeat the parameters
    std::string title{};           ///< heads the diff: "access key my-cluster"
    /// What the result is about, where it is known: says whether it has the members for a secret.
    const schema::Resource* resource = nullptr;
    Value module_args{};       ///< null where the parameters could not be read
    schema::Section section{}; ///< what these parameters are
    std::vector<std::string> warnings{};
    bool is_root = true; ///< else a file that may not be touched is answered by become
};

/// `answer` is what engine::Session::run() gives. The key's fields stand at the top level;
/// `changed` and `failed` are booleans; a failure has no empty members; all free text is masked
/// (schema/mask.h), and the parameters are (no_log.h). The new `secret` stands in its own member
/// and nowhere else. No member is called
/// `_ansible_*` or `__ansible_type`.
Value ansible_result(const Value& answer, const Envelope& envelope, Masker& masker);

/// One side of a diff as text that ends with a line break, or "" for nothing.
std::string diff_text(const Value& side);

} // namespace infrastate::module
