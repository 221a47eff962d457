// SPDX-License-Identifier: Apache-2.0
// Decides what to believe of the files beside a secret file. They may be a copy from another
// machine's disk, belong to another server, or have damaged members.
#pragma once

#include "infrastate/plan/desired.h"
#include "infrastate/plan/observed.h"
#include "infrastate/reconcile/access_key.h"

namespace infrastate::reconcile {

/// If the record was made on this machine, a task without a name uses the record's name. Files that
/// another machine made are a copy: they count as absent, with a warning. Called before the first
/// request, once for each look at the disk.
Result<void> settle_whose_it_is(plan::Desired& desired, const Context& context,
                                plan::Observed& seen);

/// Refuses the file of another server. Called after the listings.
Result<void> of_this_server(const plan::Desired& desired, const plan::Observed& seen);

/// Drops ids that the listed rows contradict: an id that names another key than the one for which
/// it was written. Called after of_this_server().
void believe(plan::Observed& seen);

/// Corrects the record from the listed rows, and replaces times that are not known.
Result<void> mend(plan::Desired& desired, plan::Observed& seen);

} // namespace infrastate::reconcile
