// SPDX-License-Identifier: Apache-2.0
// The order in which a plan's keys go and come: nothing is deleted before what
// shows that it must not be (docs/adr/0114, 0115). The same in check mode, but
// for what only a change can show.
#pragma once

#include "run.h"

namespace infrastate::reconcile {

/// Orders run.current.actions. False: the run failed, and nothing was changed.
bool order_changes(Run& run);

/// Whether the coming POST must be sent while its name is still taken, to hear
/// whether the caller may send it at all: a live key goes first, of a user for
/// whom not every access key makes keys.
bool must_ask_first(const Run& run);

} // namespace infrastate::reconcile
