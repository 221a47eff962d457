// SPDX-License-Identifier: Apache-2.0
// The moments in a key's life at which something falls due: renewal, and the end of an overlap.
// Pure arithmetic on a row's own times; whether it is done then is decided in plan.cpp.
#pragma once

#include "infrastate/plan/access_key.h"

namespace infrastate::plan {

/// When renew_before and the splay ask for a new key; nothing where they do not.
std::optional<Timestamp> renewal_time(const Desired& desired, const AccessKeyRow& row);

/// From when on the predecessors of `successor` may go.
Timestamp retirement_time(const Desired& desired, const AccessKeyRow& successor);

} // namespace infrastate::plan
