// SPDX-License-Identifier: Apache-2.0
// How one run uses the server: the time it has, and how often a request that is safe to repeat is
// repeated.
#pragma once

#include "infrastate/transport/cancel.h"

#include <chrono>

namespace infrastate::client {

struct RunBudget {
    /// Work and clean-up together.
    std::chrono::milliseconds timeout{30'000};
    const transport::CancelToken* cancel = nullptr;
    /// How often a GET or a DELETE by id is sent again after a failure that may pass; a POST never.
    int retries = 2;
    /// Before the first repetition; doubled for each further one, with jitter.
    std::chrono::milliseconds first_pause{250};
    /// Of `timeout`, kept for cleaning up: min(5 s, 25 %).
    std::chrono::milliseconds reserve() const noexcept;
};

} // namespace infrastate::client
