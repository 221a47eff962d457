// SPDX-License-Identifier: Apache-2.0
// Finds out which key a kept secret opens. Uses the secret once or a few times and concludes only
// what is certain (docs/state-logic.md).
#pragma once

#include "infrastate/plan/observed.h"
#include "infrastate/ports/ports.h"

namespace infrastate::reconcile {

struct TriedCopy {
    plan::Tried tried;
    bool waited = false; ///< between two tries, so what was observed before is seconds old
};

/// Tries the secret.
/// - Refused: two refusals at least 1 s apart, with a successful request of the caller between
///   them.
/// - Accepted as the secret of the row `recorded`: the record's digest fits this secret, and that
///   row was used just now (docs/adr/0105).
/// - Accepted otherwise: exactly one live row was used at each of up to eight tries. The pauses
///   between them are random, 2 to 10 s, and end early enough to leave 5 s for the run's changes.
/// - A key of that user that disappeared meanwhile may be the one, until the server accepts the
///   secret again (docs/adr/0151).
///
/// `rows` and `before` are what the run has observed, and when. Errors: only deadline and cancelled
/// of the caller's own requests. Any other failure gives `unverified`.
Result<TriedCopy> try_copy(const Secret& secret, const std::optional<ServerId>& recorded,
                           const std::vector<AccessKeyRow>& rows, const ServerTime& before,
                           const ports::Ports& ports);

} // namespace infrastate::reconcile
