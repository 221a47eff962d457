// SPDX-License-Identifier: Apache-2.0
// The changes of a plan, in its order: each of them once.
// What is done and said when one of them fails is decided here, too.
#pragma once

#include "run.h"

namespace infrastate::reconcile {

Step apply(Run& run);

} // namespace infrastate::reconcile
