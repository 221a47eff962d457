// SPDX-License-Identifier: Apache-2.0
// The step before judging a key: what an unfinished run left behind, and which copy of a secret
// opens which row. Its outcome is an observation in which these things are settled.
#pragma once

#include "infrastate/plan/access_key.h"

#include <optional>
#include <string>
#include <vector>

namespace infrastate::plan {

struct Settled {
    Observed seen;                 ///< as it will be once `actions` are done
    std::vector<Action> actions{}; ///< hand_over, store
    Need need = Need::nothing;
    bool blocked = false; ///< something could not be verified: nothing else may be changed
    bool untried = false; ///< a dry run tries no copy: what a real run does depends on it
    bool drop_leftover = false;
    bool handed_over = false; ///< the secret file is written by one of the actions
    std::vector<std::string> warnings{};
    std::optional<Error> obstacle{}; ///< blocked: the error where a change is needed all the same
    std::optional<Error> refusal{};
};

Settled settle(const Desired& desired, const Observed& observed);

/// A record for the row of a claim that was shown by its secret. The digest is left empty, for
/// whoever holds the secret to fill in.
Record record_for(const Desired& desired, const Observed& seen, const AccessKeyRow& row,
                  const std::optional<Timestamp>& tried);

} // namespace infrastate::plan
