// SPDX-License-Identifier: Apache-2.0
// What is sent to make a key: its name, its times, and on disk the intent by which a later run
// knows the key again if no answer comes.
#pragma once

#include "run.h"

namespace infrastate::reconcile {

/// Sets run.new_key, and `intent` where a store keeps intents. False: the run failed.
bool describe_new_key(Run& run, std::optional<Intent>& intent);

} // namespace infrastate::reconcile
