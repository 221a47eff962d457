// SPDX-License-Identifier: Apache-2.0
// What a run reports: the plan's share of the report, and the words of failures.
// Nothing is decided here.
#pragma once

#include "run.h"

namespace infrastate::reconcile {

/// The report's share of a new plan. The first plan stays the one that `reason` speaks of, unless
/// nothing was done for it.
void take_over_plan(Run& run, bool first);
/// An action that was done.
void record(Report& report, const plan::Action& action);
/// The last of a run: the sentence in its tense, and the secret that a holder keeps.
void conclude(Run& run);

Error contended(Run& run);
Error made_by_another_run(const Run& run);
Error not_deleted(const Run& run, const plan::Action& action, Error error);
/// The key that this action deletes is the one that authenticates.
Error own_key(const plan::Action& action);
/// A clear refusal of the POST.
Error not_created(const Run& run, Error error);
/// No clear answer to the POST. What is known of its key is for the caller to add.
Error create_ambiguous(const Run& run, Error error);
/// What an unanswered POST has done could not be looked up.
Error not_looked_up(Error ambiguous, const Error& cause);
/// Adds to the error what a failed run leaves behind, where it has changed something.
void say_what_is_left(const Report& report, Error& error);

} // namespace infrastate::reconcile
