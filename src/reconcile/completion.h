// SPDX-License-Identifier: Apache-2.0
// What a DELETE has begun is finished: until the successor is made, answers
// that show that the server did not act are waited out (docs/adr/0116).
#pragma once

#include "run.h"

namespace infrastate::reconcile {

/// A key was deleted whose successor is still to be made.
void begin_completion(Run& run);

/// True after a wait: the request is to be sent again. False: the error stands,
/// as it may be for good, no time is left, or the run was cancelled while
/// waiting, which it says then. Only for errors that show that the server did
/// not act, or of requests that only read or may be repeated.
bool waits_out(Run& run, Error& error);

} // namespace infrastate::reconcile
