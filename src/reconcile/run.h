// SPDX-License-Identifier: Apache-2.0
// What the steps of one run share: what is asked for, what was seen and planned, what to report.
// The loop (access_key.cpp) owns it; the checks before a change and the changes work on it.
#pragma once

#include "holder.h"

#include "infrastate/plan/access_key.h"
#include "infrastate/reconcile/access_key.h"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace infrastate::reconcile {

/// How a change ended. After `failed` the report has the error; after `waited`
/// the plan is made again as often as there is time.
enum class Step { done, failed, plan_again, waited };

struct Run {
    Run(const plan::Desired& asked, Mode how, Context& in)
        : desired(asked), mode(how), context(in), ports(in.ports), holder(in) {}

    /// Whether an action of one of these kinds is planned.
    bool plans(std::initializer_list<plan::ActionKind> kinds) const;
    /// The first error decides the report; what was changed before it stays on record.
    void fail(Error error);
    bool passed(Result<void>&& result);

    plan::Desired desired; ///< as asked, but for a name that the record knows better
    const Mode mode;
    Context& context;
    ports::Ports& ports; ///< of the context
    Holder holder;
    plan::Observed seen{.rows = {}, .time = {Timestamp::from_unix(0), false}};
    std::vector<AccessKeyRow> rows_to_go{}; ///< of keys that any plan deletes, as last listed
    std::int64_t left_when_seen = 0; ///< seconds until the deadline when `seen.time` was told
    plan::Plan current{};
    Report report{};
    std::optional<ServerId> user_id{};      ///< of the user that a key is to be made for
    std::optional<ports::NewKey> new_key{}; ///< what the POST of the current plan sends
    std::optional<Error> ambiguous{};       ///< of a POST without a clear answer
    /// Between a DELETE and the POST that makes the key's successor.
    struct Completing {
        bool begun = false;
        bool refused_once = false; ///< a 401
        bool last_try = false;     ///< there is no time for another
        int waits = 0;
    };
    Completing completing{};
    bool version_checked = false;
    bool own_key_sought = false; ///< the key that authenticates
    bool lock_held = false;
    std::optional<Error> no_lock{}; ///< why there is none; matters only where something is changed
    bool conflict_seen = false;     ///< a 409: another run made the name since it was observed
};

} // namespace infrastate::reconcile
