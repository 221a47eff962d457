// SPDX-License-Identifier: Apache-2.0
// Converts neutral values to and from the state logic of an access key: parameters in, result out.
// The result's shape is the contract of both doors; members are only added.
#pragma once

#include "infrastate/plan/access_key.h"
#include "infrastate/reconcile/access_key.h"
#include "infrastate/types/error.h"
#include "infrastate/types/value.h"

#include <string>
#include <string_view>

namespace infrastate::wire {

/// Where a run takes place, as far as it affects what is desired.
struct DesiredContext {
    std::string host{};        ///< the server, as Endpoint::url() spells it
    std::string machine_id{};  ///< of this machine; empty if it has none
    std::string secret_file{}; ///< the canonical path; not used without a file
};

/// The name that a task without a name gets there for a server and a user. Empty if the machine has
/// no id.
std::string name_derived_at(const DesiredContext& where, std::string_view host,
                            std::string_view user);

/// Reads parameters that the schema has checked. Derives a name if none was given, and applies
/// plan::check_desired(). Errors: code argument with `field`; one sentence that names the parameter
/// and what would be right.
Result<plan::Desired> desired_access_key(const Value& parameters, const DesiredContext& where = {});

/// The result object, in the shape of schema/result.h. Moves the secret out of the report.
Value access_key_result(reconcile::Report report);

} // namespace infrastate::wire
