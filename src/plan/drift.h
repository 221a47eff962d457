// SPDX-License-Identifier: Apache-2.0
// Which attributes of a row differ from what the caller set (docs/state-logic.md, "Drift and
// time"). Attributes that the caller left out have defaults, and a default never counts as drift.
#pragma once

#include "infrastate/plan/access_key.h"

#include <optional>
#include <vector>

namespace infrastate::plan {

/// What the record says was asked for, as far as it fits the row, because the record may be
/// damaged. `expires_at` depends on how long the request took, so it is not checked.
std::optional<AskedFor> fitting(const std::optional<AskedFor>& asked, const AccessKeyRow& row);

/// `asked`: what the record says the row was asked for with, or nullptr. Values that were asked for
/// are compared exactly. A row without such a record is compared within the tolerance.
std::vector<Change> drift(const Desired& desired, const AccessKeyRow& row, const AskedFor* asked);

/// The changes that create a key: its attributes, with defaults filled in.
std::vector<Change> creation_changes(const Desired& desired);

} // namespace infrastate::plan
