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
    /// Whether the result shall repeat the parameters; newer versions of Ansible may not want it.
    bool inject_invocation = true;
    std::string module_name{};     ///< as asked for, often with its namespace; empty if not given
    std::string syslog_facility{}; ///< "LOG_USER", or empty
    std::string target_log_info{}; ///< put before each line of the log, or empty
};

/// Takes all members whose names begin with "_ansible_" out of `arguments`, an object. Unknown ones
/// are accepted. A check mode that is no boolean is an error, not a real run.
Result<Internals> take_internals(Value& arguments);

} // namespace infrastate::module
