// SPDX-License-Identifier: Apache-2.0
// The times at which something is due in a key's life: its renewal and the end of an overlap.
// Computed only from the row's own times. plan.cpp decides whether something is done then.
#pragma once

#include "infrastate/plan/access_key.h"

namespace infrastate::plan {

/// When renew_before and the splay make a new key due. Empty if they never do.
std::optional<Timestamp> renewal_time(const Desired& desired, const AccessKeyRow& row);

/// When the predecessors of `successor` may be deleted.
Timestamp retirement_time(const Desired& desired, const AccessKeyRow& successor);

} // namespace infrastate::plan
