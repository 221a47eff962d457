// SPDX-License-Identifier: Apache-2.0
// The whole schema as one JSON value. `--schema` and infrastate_describe print it, the
// documentation is generated from it, and it is compared with that of a released version. Members
// are added but never removed.
#pragma once

#include "infrastate/schema/schema.h"
#include "infrastate/types/value.h"

namespace infrastate::schema {

/// {"schema_version", "version", "resources": [...], "connection": {...}, "codes": [...]}.
Value describe();

/// One table as {"params": [...], "rules": [...]}. A parameter that is a list of objects has
/// "fields" and "rules" of the same form.
Value describe(const Section& section);

} // namespace infrastate::schema
