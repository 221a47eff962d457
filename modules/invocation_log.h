// SPDX-License-Identifier: Apache-2.0
// The line that a module writes to the system's log: the module and its parameters, without
// secrets. It has the form of Ansible's own modules, so the same searches find it.
#pragma once

#include "ansible_internals.h"

#include "infrastate/schema/schema.h"
#include "infrastate/types/masker.h"
#include "infrastate/types/value.h"

#include <string>

namespace infrastate::module {

struct LogLine {
    std::string identity; ///< "ansible-infra_access_key"
    int facility;         ///< a LOG_* value of syslog.h
    std::string text;     ///< one line
};

/// "Invoked with name=my-cluster access_key=NOT_LOGGING_PARAMETER ..."
LogLine invocation_line(const schema::Section& section, const Value& module_args,
                        const Internals& internals, std::string_view module, const Masker& masker);

/// Passes the line to syslog(3). Without a logger on this machine nothing happens.
void write_to_syslog(const LogLine& line);

} // namespace infrastate::module
