// SPDX-License-Identifier: Apache-2.0
// The plan for `state: absent`: delete the whole family and the recorded former names, then the
// file. Policies do not matter here, and dead keys are deleted like live ones.
#pragma once

#include "observed_keys.h"

#include "infrastate/plan/access_key.h"

namespace infrastate::plan {

Plan plan_absent(const Desired& desired, const Observed& observed);

/// Intents that must stay open: their request may still act, or their row is still listed. Without
/// `by_age` no intent is closed because of its age.
std::vector<Intent> open_intents(const ObservedKeys& keys, bool by_age = true);

} // namespace infrastate::plan
