// SPDX-License-Identifier: Apache-2.0
// Neutral values to and from the state logic of an access key: parameters in, result out.
// The result's shape is the contract of both doors; it only ever grows.
#pragma once

#include "infrastate/plan/access_key.h"
#include "infrastate/reconcile/access_key.h"
#include "infrastate/types/error.h"
#include "infrastate/types/value.h"

namespace infrastate::wire {

/// Reads parameters that the schema has checked. Errors: code argument with `field`, one sentence
/// that names the parameter and what would be right.
Result<plan::Desired> desired_access_key(const Value& parameters);

/// The result object, as engine.h describes it. Takes the secret out of the report.
Value access_key_result(reconcile::Report report);

/// A key as results show it; `time` is the server's, for what remains of its life.
Value key_value(const AccessKeyRow& row, const std::optional<ServerTime>& time);

/// The result object of a call that failed with nothing observed.
Value failed_result(const Error& error);

/// {code, detail, message, field, http_status, retryable}; nothing is left out, unknown is null.
Value error_value(const Error& error);

} // namespace infrastate::wire
