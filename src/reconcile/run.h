// SPDX-License-Identifier: Apache-2.0
// What the steps of one run share: what is asked for, what was observed and planned, what to
// report. The loop (access_key.cpp) owns it. The checks before a change and the changes work on it.
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

/// How a change ended. After `failed` the report has the error. After `waited` the run plans again,
/// as often as time allows.
enum class Step { done, failed, plan_again, waited };

struct Run {
    Run(const plan::Desired& asked, Mode how, Context& in)
        : desired(asked), mode(how), context(in), ports(in.ports), holder(in) {}

    /// Whether an action of one of these kinds is planned.
    bool plans(std::initializer_list<plan::ActionKind> kinds) const;
    /// Sets the report's error. What was changed before stays in the report.
    void fail(Error error);
    bool passed(Result<void>&& result);

    plan::Desired desired; ///< as asked, except a name that the record replaces
    const Mode mode;
    Context& context;
    ports::Ports& ports; ///< of the context
    Holder holder;
    plan::Observed seen{.rows = {}, .time = {Timestamp::from_unix(0), false}};
    /// rows that any plan of the run deletes, as last listed
    std::vector<AccessKeyRow> rows_to_go{};
    std::int64_t left_when_seen = 0; ///< seconds to the deadline when `seen.time` was read
    plan::Plan current{};
    Report report{};
    std::optional<ServerId> user_id{};      ///< of the user that a key is to be made for
    std::optional<ports::NewKey> new_key{}; ///< what the POST of the current plan sends
    std::optional<Error> ambiguous{};       ///< the error of a POST without a clear answer
    /// State between a DELETE and the POST that creates the key's successor.
    struct Completing {
        bool begun = false;
        bool refused_once = false; ///< the server answered 401 once
        bool last_try = false;     ///< no time is left for another try
        int waits = 0;
    };
    Completing completing{};
    bool version_checked = false;
    bool own_key_sought = false; ///< the run has looked for the key that authenticates
    bool lock_held = false;
    /// why there is no lock; matters only if something is to be changed
    std::optional<Error> no_lock{};
    bool conflict_seen = false; ///< 409: another run created the name after it was observed
};

} // namespace infrastate::reconcile
