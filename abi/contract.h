// SPDX-License-Identifier: Apache-2.0
// The JSON of the C interface as data: what a configuration and a request may hold, and what a
// result holds. It is promised for a major version; abi/describe-1.x.json keeps each version.
#pragma once

#include "infrastate/types/value.h"

namespace infrastate::abi {

/// What infrastate_describe() answers: the schema, and in `abi` the shapes of everything that goes
/// in and out.
Value contract();

/// The result of a successful infrastate_client_open().
Value opened();

} // namespace infrastate::abi
