// SPDX-License-Identifier: Apache-2.0
// What a run sends to create a key: its name and its times. With a store also the intent, by which
// a later run recognizes the key if no answer comes.
#pragma once

#include "run.h"

namespace infrastate::reconcile {

/// Sets run.new_key, and `intent` if a store keeps intents. Returns false if the run failed.
bool describe_new_key(Run& run, std::optional<Intent>& intent);

} // namespace infrastate::reconcile
