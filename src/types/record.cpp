// SPDX-License-Identifier: Apache-2.0
#include "infrastate/types/record.h"

namespace infrastate {

Timestamp unknown_time() noexcept {
    constexpr std::int64_t end_of_years = 253'402'300'799; // 9999-12-31T23:59:59Z
    return Timestamp::from_unix(end_of_years);
}

void add_former_name(Record& next, FormerName was) {
    constexpr std::size_t most_names = 16;
    // An unknown name or user is not a renaming.
    const FormerName now{next.name, next.user};
    if (now == was || now.name.empty() || now.user.empty() || was.name.empty() || was.user.empty())
        return;
    std::erase(next.former, now);
    std::erase(next.former, was);
    next.former.push_back(std::move(was));
    if (next.former.size() > most_names) next.former.erase(next.former.begin());
    next.quiet_runs_due = quiet_runs_after_renaming;
}

void inherit_names(Record& next, const Record& before) {
    next.former = before.former;
    next.quiet_runs_due = before.quiet_runs_due;
    add_former_name(next, {before.name, before.user});
}

} // namespace infrastate
