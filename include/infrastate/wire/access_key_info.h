// SPDX-License-Identifier: Apache-2.0
// A question about access keys and its answer, to and from neutral values.
// The answer's shape is a contract that only grows; it never holds a secret.
#pragma once

#include "infrastate/reconcile/access_key_info.h"
#include "infrastate/types/error.h"
#include "infrastate/types/value.h"

namespace infrastate::wire {

/// Reads parameters that the schema has checked; holder and host are the engine's to add. Errors:
/// code argument with `field`.
Result<plan::InfoQuery> access_key_query(const Value& parameters);

/// {ok, code, outcome, changed, explanation, access_keys: [{id, name, user, ..., status, usage,
/// idle_seconds, family, rotation, held}], unheld, server_time, warnings}, with `error` where
/// fail_if_expiring_within complains; or a failed_result().
Value access_key_info_result(const Result<plan::KeysInfo>& found);

} // namespace infrastate::wire
