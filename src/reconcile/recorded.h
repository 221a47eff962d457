// SPDX-License-Identifier: Apache-2.0
// What lies beside a secret file, believed only as far as it is of this machine and of this server:
// a copy of another machine's disk, another server's file, members that were damaged.
#pragma once

#include "infrastate/plan/desired.h"
#include "infrastate/plan/observed.h"
#include "infrastate/reconcile/access_key.h"

namespace infrastate::reconcile {

/// A task without a name is called as its record says, if that was made on this machine. What
/// another machine made is a copy: it is as if it were not there, with a warning. Before the first
/// request; once a look at the disk.
Result<void> settle_whose_it_is(plan::Desired& desired, const Context& context,
                                plan::Observed& seen);

/// After the listings: the file of another server is refused.
Result<void> of_this_server(const plan::Desired& desired, const plan::Observed& seen);

/// What the listed rows do not bear out is not believed: an id that names another key than the one
/// that it was written down for. After of_this_server().
void believe(plan::Observed& seen);

/// What the listed rows tell better than the record does, and times that are not known.
Result<void> mend(plan::Desired& desired, plan::Observed& seen);

} // namespace infrastate::reconcile
