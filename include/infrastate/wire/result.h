// SPDX-License-Identifier: Apache-2.0
// The result of a run as a value, as far as it is the same for every resource: its errors, and the
// result of a run that failed before there was anything to tell.
#pragma once

#include "infrastate/schema/schema.h"
#include "infrastate/types/error.h"
#include "infrastate/types/value.h"

namespace infrastate::wire {

/// {code, detail, message, field, http_status, retryable}; nothing is left out, unknown is null.
Value error_value(const Error& error);

/// The result of a run that failed with nothing observed: all members of the resource's results
/// (schema/result.h), empty.
Value failed_result(const Error& error, const schema::Resource& resource);
/// The same where nobody knows of which resource: only what all results of the kind have.
Value failed_result(const Error& error, schema::ResourceKind kind);

} // namespace infrastate::wire
