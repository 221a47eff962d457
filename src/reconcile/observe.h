// SPDX-License-Identifier: Apache-2.0
// The reading half of a run: which listings are asked for, and which rows of them count.
// Changes nothing, on the server or here.
#pragma once

#include "infrastate/plan/access_key.h"
#include "infrastate/ports/ports.h"

namespace infrastate::reconcile {

/// Rows and time for an observation whose record and intents are filled in already.
/// One request where a record names the user, where a key without a holder is looked up by name,
/// and where all keys fit one page; else up to three, and one for each recorded name of another
/// user.
Result<void> observe(plan::Desired& desired, const ports::Ports& ports, plan::Observed& seen);

/// Asks the server which of the rows that look dead it still counts as live.
Result<void> confirm_dead(const plan::Desired& desired, const ports::Ports& ports,
                          plan::Observed& seen);

} // namespace infrastate::reconcile
