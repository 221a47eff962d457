// SPDX-License-Identifier: Apache-2.0
// Applies the actions of a plan in order, each once. Also decides what a run does and reports if an
// action fails.
#pragma once

#include "run.h"

namespace infrastate::reconcile {

Step apply(Run& run);

} // namespace infrastate::reconcile
