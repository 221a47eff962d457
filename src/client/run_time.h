// SPDX-License-Identifier: Apache-2.0
// How the requests of one run share out its time: reading, changing, finishing what a DELETE has
// begun, cleaning up, logging out. See the comment of InfraClient.
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
    const Clock::time_point end; ///< of everything
    std::optional<Clock::time_point> cleanup_end{};
    bool session_open = false;
    bool change_begun = false;
    bool completing = false;

    bool cancelled() const;
    bool may_start_change() const;
    /// Until the last moment at which the POST of a completion may begin; never negative.
    std::int64_t completion_left_ms() const;

    transport::Deadline deadline_of_cleanup() const;
    transport::Deadline deadline_of_change() const;
    transport::Deadline deadline_of_reading() const;

    /// The error of a POST or DELETE that may not begin any more; nothing while it may.
    std::optional<Error> too_late(std::string_view doing) const;

private:
    std::chrono::milliseconds kept_for_logout() const;
    /// Of a completion: one look-up still fits behind it.
    Clock::time_point completion_end() const;
};

} // namespace infrastate::client
