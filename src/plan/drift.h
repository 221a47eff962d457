// SPDX-License-Identifier: Apache-2.0
// Which attributes of a row differ from what the caller set (STATE-LOGIC: drift and time).
// Defaults never take part: an attribute that the caller left out cannot drift.
#pragma once

#include "infrastate/plan/access_key.h"

#include <vector>

namespace infrastate::plan {

std::vector<Change> drift(const Desired& desired, const AccessKeyRow& row);

} // namespace infrastate::plan
