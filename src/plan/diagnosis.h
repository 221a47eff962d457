// SPDX-License-Identifier: Apache-2.0
// Which row is the key, and what is wrong with it: the first half of a plan for state: present.
// The second half (plan.cpp) says what to do about it.
#pragma once

#include "observed_keys.h"
#include "settle.h"

#include <utility>

namespace infrastate::plan {

inline constexpr std::int64_t fresh_seconds = 5 * 60;

/// A key whose leftovers are settled, and the plan that is being made for it.
struct PlanDraft {
    PlanDraft(const Desired& wanted, Settled done)
        : desired(wanted), settled(std::move(done)), keys(desired, settled.seen) {}
    PlanDraft(const PlanDraft&) = delete; // the keys looks into `settled`
    PlanDraft& operator=(const PlanDraft&) = delete;

    const Observed& seen() const { return settled.seen; }
    const AccessKeyRow& row() const { return *out.current; }
    bool held_by_record() const { return seen().record && seen().record->id == row().id; }
    bool real_run() const { return seen().may_try; }
    /// Renewal is a deletion on grounds of time, which the server's clock alone decides.
    bool time_is_known() const { return seen().time.exact; }

    const Desired& desired;
    const Settled settled;
    const ObservedKeys keys;
    Plan out{};
    /// With current_secret alone: a younger key beside the one that is held, never used: a rotation
    /// whose secret did not reach the caller's store.
    const AccessKeyRow* lost_successor = nullptr;
    /// ... and so young that somebody may be storing its secret just now.
    bool fresh_successor = false;
};

bool is_dead(Reason reason) noexcept;

/// Sets what the plan says of the key: current, reason(s), changes, secret_state, warnings. False
/// where the arguments name a key that is not there: then the plan's refusal is set.
bool diagnose(PlanDraft& found);

} // namespace infrastate::plan
