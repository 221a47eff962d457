// SPDX-License-Identifier: Apache-2.0
#include "run_time.h"

#include <algorithm>
#include <string>

namespace infrastate::client {

using std::chrono::milliseconds;
using transport::Deadline;

milliseconds RunBudget::reserve() const noexcept {
    return std::min(milliseconds(5'000), timeout / 4);
}

bool RunTime::cancelled() const {
    return budget.cancel != nullptr && budget.cancel->is_set();
}

milliseconds RunTime::kept_for_logout() const {
    return session_open ? budget.reserve() / 4 : milliseconds(0);
}

RunTime::Clock::time_point RunTime::completion_end() const {
    return end - budget.reserve() / 4 - kept_for_logout();
}

bool RunTime::may_start_change() const {
    if (cancelled()) return false;
    if (completing) return Clock::now() < completion_end();
    return Clock::now() + budget.reserve() <= end;
}

std::int64_t RunTime::completion_left_ms() const {
    // The last try needs this much time for its answer.
    const auto last = completion_end() - budget.reserve() / 4;
    const auto left = std::chrono::duration_cast<milliseconds>(last - Clock::now());
    return std::max<std::int64_t>(0, left.count());
}

Deadline RunTime::deadline_of_cleanup() const {
    return Deadline::at(std::min(*cleanup_end, end - kept_for_logout()));
}

Deadline RunTime::deadline_of_change() const {
    if (cleanup_end) return deadline_of_cleanup();
    if (completing) return Deadline::at(completion_end(), budget.cancel);
    const auto least = Clock::now() + budget.reserve() / 2;
    return Deadline::at(std::min(end, std::max(end - budget.reserve(), least)), budget.cancel);
}

Deadline RunTime::deadline_of_reading() const {
    if (cleanup_end || session_open || change_begun) return deadline_of_change();
    return Deadline::at(end, budget.cancel);
}

std::optional<Error> RunTime::too_late(std::string_view doing) const {
    if (cleanup_end || may_start_change()) return std::nullopt;
    Error out;
    out.code = cancelled() ? Code::cancelled : Code::deadline;
    out.detail = cancelled() ? "cancelled" : "no_time_left";
    out.field = cancelled() ? "" : "timeout";
    out.retryable = true;
    out.message =
        std::string(doing) + ": not begun, as " +
        (cancelled()
             ? "the run was cancelled"
             : "less of the timeout is left than the " +
                   std::to_string((completing ? budget.reserve() / 4 : budget.reserve()).count()) +
                   " ms kept for cleaning up");
    return out;
}

} // namespace infrastate::client
