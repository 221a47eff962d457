// SPDX-License-Identifier: Apache-2.0
// Neutral values to and from the state logic of an access key: parameters in, result out.
// The result's shape is the contract of both doors; it only ever grows.
#pragma once

#include "infrastate/plan/access_key.h"
#include "infrastate/reconcile/access_key.h"
#include "infrastate/types/error.h"
#include "infrastate/types/value.h"

#include <string>
#include <string_view>

namespace infrastate::wire {

/// Where a run takes place, as far as what is desired depends on it.
struct DesiredContext {
    std::string host{};        ///< the server, as Endpoint::url() spells it
    std::string machine_id{};  ///< of this machine; empty where it has none
    std::string secret_file{}; ///< the canonical path; unused where there is none
};

/// The name that a task without one has there, for a server and a user; empty where the machine has
/// no id.
std::string name_derived_at(const DesiredContext& where, std::string_view host,
                            std::string_view user);

/// Reads parameters that the schema has checked, derives a name where none was given, and applies
/// plan::check_desired(). Errors: code argument with `field`, one sentence that names the parameter
/// and what would be right.
Result<plan::Desired> desired_access_key(const Value& parameters, const DesiredContext& where = {});

/// The result object, as engine.h describes it. Takes the secret out of the report.
Value access_key_result(reconcile::Report report);

} // namespace infrastate::wire
