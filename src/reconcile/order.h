// SPDX-License-Identifier: Apache-2.0
// The order of a plan's deletions and creations. A check that can forbid a deletion is made before
// it (docs/adr/0114, 0115). Check mode uses the same order, except for checks that only a change
// can make.
#pragma once

#include "run.h"

namespace infrastate::reconcile {

/// Sorts run.current.actions. Returns false if the run failed; then nothing was changed.
bool order_changes(Run& run);

/// Whether the POST must first be sent while its name is still taken, to learn whether the caller
/// may create the key. That is so if a live key is deleted before the creation, and its user is one
/// for whom not every access key can create keys.
bool must_ask_first(const Run& run);

} // namespace infrastate::reconcile
