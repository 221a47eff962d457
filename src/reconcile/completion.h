// SPDX-License-Identifier: Apache-2.0
// Finishes what a DELETE has begun. Until the successor is created, the run waits and repeats
// requests whose answers show that the server did not act (docs/adr/0116).
#pragma once

#include "run.h"

namespace infrastate::reconcile {

/// Call this when a key was deleted and its successor is still to be created.
void begin_completion(Run& run);

/// Returns true after a wait: the caller must send the request again. Returns false if the error is
/// final: it may be permanent, no time is left, or the run was cancelled during the wait (then the
/// error says so). Only for errors that show that the server did not act, and for requests that
/// only read or that may be repeated.
bool waits_out(Run& run, Error& error);

} // namespace infrastate::reconcile
