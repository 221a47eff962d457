// SPDX-License-Identifier: Apache-2.0
// The `_ansible_*` members that Ansible adds to a module's parameters.
// They steer a run (check mode, diff, logging) and are never parameters; unknown ones are accepted.
#pragma once

#include "infrastate/types/error.h"
#include "infrastate/types/value.h"

#include <string>

namespace infrastate::module {

struct Internals {
    bool check_mode = false;
    bool diff = false;
    bool no_log = false;
    /// Whether the result must repeat the parameters. Newer versions of Ansible may not want that.
    bool inject_invocation = true;
    std::string
        module_name{}; ///< as the task names it, often with its namespace; empty if not given
    std::string syslog_facility{}; ///< "LOG_USER", or empty
    std::string target_log_info{}; ///< written before each line of the log; may be empty
};

/// Removes all members whose names begin with "_ansible_" from `arguments`, an object. Unknown ones
/// are accepted. If the check mode is no boolean, it is an error: the run must not change anything
/// by mistake.
Result<Internals> take_internals(Value& arguments);

} // namespace infrastate::module
