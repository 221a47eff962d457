// SPDX-License-Identifier: Apache-2.0
// Which attributes of a row differ from what the caller set (docs/state-logic.md, "Drift and
// time"). Defaults never take part: an attribute that the caller left out cannot drift.
#pragma once

#include "infrastate/plan/access_key.h"

#include <optional>
#include <vector>

namespace infrastate::plan {

/// What was recorded to have been asked for, as far as it fits the row: the record may be damaged.
/// (`expires_at` depends on how long the request took, and is believed.)
std::optional<AskedFor> fitting(const std::optional<AskedFor>& asked, const AccessKeyRow& row);

/// `asked`: what the row is recorded to have been made with, or nullptr. Asked is compared with
/// asked exactly; a row that somebody else made is compared within the tolerance.
std::vector<Change> drift(const Desired& desired, const AccessKeyRow& row, const AskedFor* asked);

/// Of a key that is to be made: what it will be, defaults filled in.
std::vector<Change> creation_changes(const Desired& desired);

} // namespace infrastate::plan
