// SPDX-License-Identifier: Apache-2.0
// The reading half of a run: which listings it asks for, and which of their rows count. Changes
// nothing on the server or on disk.
#pragma once

#include "infrastate/plan/access_key.h"
#include "infrastate/ports/ports.h"

namespace infrastate::reconcile {

/// Fills in rows and time of an observation; record and intents must be set already. Requests:
/// - one, if a record names the user, if a key without a holder is looked up by name, or if all
///   keys fit on one page;
/// - otherwise a look-up of the user and up to four listings;
/// - one more for each recorded name of another user, and one of all keys if a recorded name is
///   missing.
Result<void> observe(plan::Desired& desired, const ports::Ports& ports, plan::Observed& seen);

/// Asks the server which of the rows that look dead it still lists as live.
Result<void> confirm_dead(const plan::Desired& desired, const ports::Ports& ports,
                          plan::Observed& seen);

} // namespace infrastate::reconcile
