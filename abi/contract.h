// SPDX-License-Identifier: Apache-2.0
// The JSON of the C interface as data: what a configuration and a request may hold and what a
// result holds. It is what is promised for a major version; abi/describe-1.x.json keeps each.
#pragma once

#include "infrastate/types/value.h"

namespace infrastate::abi {

/// What infrastate_describe() answers: the schema, and `abi` with the shapes of all that goes in
/// and out.
Value contract();

/// The result of a successful infrastate_client_open().
Value opened();

} // namespace infrastate::abi
