// SPDX-License-Identifier: Apache-2.0
// What a run reports: what it takes from the plan, and the words of failures.
// Decides nothing.
#pragma once

#include "run.h"

namespace infrastate::reconcile {

/// Copies into the report what it takes from a new plan. `reason` comes from the first plan, unless
/// nothing was done for it.
void take_over_plan(Run& run, bool first);
/// Adds an action that was done.
void record(Report& report, const plan::Action& action);
/// Completes the report at the end of a run: the sentence in its tense, and the secret that a
/// holder keeps.
void conclude(Run& run);

Error contended(Run& run);
Error made_by_another_run(const Run& run);
Error not_deleted(const Run& run, const plan::Action& action, Error error);
/// The error if this action would delete the key that authenticates.
Error own_key(const plan::Action& action);
/// The error of a POST that was clearly refused.
Error not_created(const Run& run, Error error);
/// The error of a POST without a clear answer. The caller adds what is known of the key.
Error create_ambiguous(const Run& run, Error error);
/// The error if nobody could look up what an unanswered POST did.
Error not_looked_up(Error ambiguous, const Error& cause);
/// If the run has changed something, adds to the error how many live keys are left.
void say_what_is_left(const Report& report, Error& error);

} // namespace infrastate::reconcile
