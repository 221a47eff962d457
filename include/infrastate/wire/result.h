// SPDX-License-Identifier: Apache-2.0
// The parts of a result that are the same for every resource: its errors, and the result of a run
// that failed before it observed anything.
#pragma once

#include "infrastate/schema/schema.h"
#include "infrastate/types/error.h"
#include "infrastate/types/value.h"

namespace infrastate::wire {

/// {code, detail, message, field, http_status, retryable}. No member is left out; an unknown value
/// is null.
Value error_value(const Error& error);

/// The result of a run that failed before it observed anything: all members of the resource's
/// results (schema/result.h), empty.
Value failed_result(const Error& error, const schema::Resource& resource);
/// The same if the resource is not known: only the members that all results of the kind have.
Value failed_result(const Error& error, schema::ResourceKind kind);

} // namespace infrastate::wire
