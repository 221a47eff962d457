// SPDX-License-Identifier: Apache-2.0
// Whose secret is this? Uses a kept secret once or a few times and draws only what is certain from
// the answers (docs/state-logic.md).
#pragma once

#include "infrastate/plan/observed.h"
#include "infrastate/ports/ports.h"

namespace infrastate::reconcile {

/// Refused: two refusals at least 1 s apart, with a successful request of the caller between.
/// Accepted: of the row `recorded`, where the record's digest is this secret's and that row was
/// used just now (docs/adr/0105); else of the one live row that was used at each of up to three
/// tries, 5 s apart. Not where a live key of that user went meanwhile, as it may have been the one.
/// `rows` and `before`: what the run has observed, and when. Errors: only deadline and cancelled of
/// the caller's own requests; whatever else goes wrong is `unverified`.
Result<plan::Tried> try_copy(const Secret& secret, const std::optional<ServerId>& recorded,
                             const std::vector<AccessKeyRow>& rows, const ServerTime& before,
                             const ports::Ports& ports);

} // namespace infrastate::reconcile
