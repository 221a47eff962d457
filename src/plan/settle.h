// SPDX-License-Identifier: Apache-2.0
// The step before a key is judged. It settles what an unfinished run left behind, and which copy of
// a secret opens which row. The result is an observation in which this is settled.
#pragma once

#include "infrastate/plan/access_key.h"

#include <optional>
#include <string>
#include <vector>

namespace infrastate::plan {

struct Settled {
    /// Borrows what was observed, which must outlive it.
    explicit Settled(const Observed& observed) : observed_(&observed) {}

    /// What was observed, as it will be after `actions`.
    const Observed& seen() const noexcept { return changed_ ? *changed_ : *observed_; }
    /// The same, to be changed. References into seen() from before are not to be used after it.
    Observed& change() {
        if (!changed_) changed_ = *observed_;
        return *changed_;
    }

    std::vector<Action> actions{}; ///< hand_over, store
    Need need = Need::nothing;
    bool blocked = false; ///< something could not be verified, so nothing else may be changed
    bool untried = false; ///< a dry run did not try a copy on which a real run depends
    bool drop_leftover = false;
    bool handed_over = false; ///< one of the actions writes the secret file
    std::vector<std::string> warnings{};
    std::optional<Error> obstacle{}; ///< if blocked: the error to give if a change is needed
    std::optional<Error> refusal{};

private:
    const Observed* observed_;
    std::optional<Observed> changed_{}; ///< most runs settle nothing, and need no copy
};

Settled settle(const Desired& desired, const Observed& observed);

/// A record for a row whose secret was shown to be kept here. The digest stays empty; the code that
/// has the secret fills it in.
Record record_for(const Desired& desired, const Observed& seen, const AccessKeyRow& row,
                  const std::optional<Timestamp>& tried);

} // namespace infrastate::plan
