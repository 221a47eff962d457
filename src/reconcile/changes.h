// SPDX-License-Identifier: Apache-2.0
// The changes of a plan, in its order: each once, and what is done when one of them fails.
#pragma once

#include "run.h"

namespace infrastate::reconcile {

Step apply(Run& run);

} // namespace infrastate::reconcile
