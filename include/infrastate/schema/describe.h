// SPDX-License-Identifier: Apache-2.0
// The whole schema as one JSON value: what `--schema` and infrastate_describe print, what the
// documentation is generated from, and what a released version is compared with. Members are only
// ever added.
#pragma once

#include "infrastate/schema/schema.h"
#include "infrastate/types/value.h"

namespace infrastate::schema {

/// {"schema_version", "version", "resources": [...], "connection": {...}, "codes": [...]}.
Value describe();

/// {"params": [...], "rules": [...]} of one table. A parameter that is a list of objects has
/// "fields" and "rules" in the same form.
Value describe(const Section& section);

} // namespace infrastate::schema
