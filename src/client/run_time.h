// SPDX-License-Identifier: Apache-2.0
// How the requests of one run share its time: reading, changing, finishing what a DELETE began,
// cleaning up, logging out. The rules are in the comment of InfraClient.
#pragma once

#include "infrastate/client/run_budget.h"
#include "infrastate/transport/cancel.h"
#include "infrastate/types/error.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace infrastate::client {

struct RunTime {
    using Clock = transport::Deadline::Clock;

    explicit RunTime(RunBudget given) : budget(given), end(Clock::now() + given.timeout) {}

    const RunBudget budget;
    const Clock::time_point end; ///< the end of the whole run
    std::optional<Clock::time_point> cleanup_end{};
    bool session_open = false;
    bool change_begun = false;
    bool completing = false;

    bool cancelled() const;
    bool may_start_change() const;
    /// Time until the last moment at which the POST of a completion may begin; never negative.
    std::int64_t completion_left_ms() const;

    transport::Deadline deadline_of_cleanup() const;
    transport::Deadline deadline_of_change() const;
    transport::Deadline deadline_of_reading() const;

    /// The error of a POST or DELETE that may no longer begin. Empty while it may.
    std::optional<Error> too_late(std::string_view doing) const;

private:
    std::chrono::milliseconds kept_for_logout() const;
    /// End of a completion. One look-up still fits after it.
    Clock::time_point completion_end() const;
};

} // namespace infrastate::client
