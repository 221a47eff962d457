// SPDX-License-Identifier: Apache-2.0
// Converts a question about destinations and its answer to and from neutral values. The answer's
// shape is a contract to which members are only added.
#pragma once

#include "infrastate/reconcile/destination_info.h"
#include "infrastate/types/error.h"
#include "infrastate/types/value.h"

namespace infrastate::wire {

/// Reads parameters that the schema has checked. Errors: code argument with `field`.
Result<plan::DestinationQuery> destination_query(const Value& parameters);

/// {ok, code, outcome, changed, explanation, destinations: [{id, name, kind, ...}], connected,
/// waited_seconds, server_time, warnings}. Also `error` if the destination is not in the expected
/// state. After a failure: a failed_result().
Value destination_info_result(const plan::DestinationQuery& query,
                              const Result<plan::DestinationsInfo>& found);

} // namespace infrastate::wire
