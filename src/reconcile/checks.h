// SPDX-License-Identifier: Apache-2.0
// What must hold before the first change. Everything that can be found wrong is found here, in
// check mode too; nothing is changed on the server.
#pragma once

#include "run.h"

namespace infrastate::reconcile {

/// False: the run failed, and nothing of the current plan may be done.
bool ready_to_change(Run& run);

} // namespace infrastate::reconcile
