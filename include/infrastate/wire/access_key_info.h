// SPDX-License-Identifier: Apache-2.0
// A question about access keys and its answer, to and from neutral values.
// The answer's shape is a contract that only grows; it never holds a secret.
#pragma once

#include "infrastate/reconcile/access_key_info.h"
#include "infrastate/types/error.h"
#include "infrastate/types/value.h"

namespace infrastate::wire {

/// Reads parameters that the schema has checked. Errors: code argument with `field`.
Result<reconcile::KeyQuery> access_key_query(const Value& parameters);

/// {ok, code, outcome, changed, keys: [{id, name, user, ..., status, usage, idle_seconds}],
/// server_time, warnings}, or a failed_result(); `status` is "live", "expired" or "inactive", `usage` "in_use" or
/// "never_used".
Value access_key_info_result(const Result<reconcile::KeysFound>& found);

} // namespace infrastate::wire
