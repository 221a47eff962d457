// SPDX-License-Identifier: Apache-2.0
// Converts a question about access keys and its answer to and from neutral values. The answer's
// shape is a contract to which members are only added; it never holds a secret.
#pragma once

#include "infrastate/reconcile/access_key_info.h"
#include "infrastate/types/error.h"
#include "infrastate/types/value.h"

namespace infrastate::wire {

/// Reads parameters that the schema has checked. The engine adds holder and host. Errors: code
/// argument with `field`.
Result<plan::InfoQuery> access_key_query(const Value& parameters);

/// {ok, code, outcome, changed, explanation, access_keys: [{id, name, user, ..., status, usage,
/// idle_seconds, family, rotation, held}], unheld, server_time, warnings}. Also `error` if
/// fail_if_expiring_within complains. After a failure: a failed_result().
Value access_key_info_result(const Result<plan::KeysInfo>& found);

} // namespace infrastate::wire
