// SPDX-License-Identifier: Apache-2.0
// The reading half of a run: which listings are asked for, and which rows of them count.
// Changes nothing, on the server or here.
#pragma once

#include "infrastate/plan/access_key.h"
#include "infrastate/ports/key_api.h"

#include <optional>

namespace infrastate::reconcile {

/// Rows of the desired name (present) or of its whole family (absent) and user.
/// One request, but for organisations whose keys do not fit one page, or callers who may not list
/// everybody's keys: there, absence costs three.
Result<plan::Observed> observe(const plan::Desired& desired, ports::KeyApi& api);

/// Asks the server which of the rows it still counts as live.
Result<void> confirm_dead(const plan::Desired& desired, ports::KeyApi& api,
                          plan::Observed& observed);

} // namespace infrastate::reconcile
