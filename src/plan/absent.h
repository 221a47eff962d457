// SPDX-License-Identifier: Apache-2.0
// The plan for `state: absent`: the whole family and the recorded former names, then the file.
// Who is dead does not matter here, nor does any policy.
#pragma once

#include "observed_keys.h"

#include "infrastate/plan/access_key.h"

namespace infrastate::plan {

Plan plan_absent(const Desired& desired, const Observed& observed);

/// Intents that must stay: their request may still act, or its row is still listed. Without
/// `by_age` none is closed on grounds of time.
std::vector<Intent> open_intents(const ObservedKeys& keys, bool by_age = true);

} // namespace infrastate::plan
