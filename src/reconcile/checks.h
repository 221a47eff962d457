// SPDX-License-Identifier: Apache-2.0
// What must hold before the first change. Every problem that can be found early is found here, in
// check mode too. Nothing on the server is changed.
#pragma once

#include "run.h"

namespace infrastate::reconcile {

/// Returns false if the run failed; then nothing of the current plan may be done.
bool ready_to_change(Run& run);

/// The error if the caller has cancelled the run. Time that is over is no cancelling.
std::optional<Error> cancelled_by_caller(const ports::Ports& ports);

} // namespace infrastate::reconcile
