// SPDX-License-Identifier: Apache-2.0
// The first half of a plan for state: present: which row is the current key, and what is wrong with
// it. The second half (plan.cpp) decides what to do about it.
#pragma once

#include "observed_keys.h"
#include "settle.h"

#include <utility>

namespace infrastate::plan {

inline constexpr std::int64_t fresh_seconds = 5 * 60;

/// The plan for a key while it is being made. What earlier runs left behind is settled already.
struct PlanDraft {
    /// Borrows both.
    PlanDraft(const Desired& wanted, const Settled& done)
        : desired(wanted), settled(done), keys(desired, settled.seen()),
          live_family(keys.live_family()) {}

    const Observed& seen() const { return settled.seen(); }
    const AccessKeyRow& row() const { return *out.current; }
    bool held_by_record() const { return seen().record && seen().record->id == row().id; }
    bool real_run() const { return seen().may_try; }
    /// A renewal deletes a key because of time, and only the server's clock may decide that.
    bool time_is_known() const { return seen().time.exact; }

    const Desired& desired;
    const Settled& settled;
    const ObservedKeys keys;
    const std::vector<const AccessKeyRow*> live_family;
    Plan out{};
    /// With current_secret alone: a younger key beside the held one that was never used. A rotation
    /// made it, and its secret did not reach the caller's store.
    const AccessKeyRow* lost_successor = nullptr;
    /// The successor is so young that somebody may be storing its secret right now.
    bool fresh_successor = false;
};

bool is_dead(Reason reason) noexcept;

/// Sets what the plan says of the key: current, reason(s), changes, secret_state, warnings. Returns
/// false and sets the plan's refusal if the arguments name a key that does not exist.
bool diagnose(PlanDraft& found);

} // namespace infrastate::plan
