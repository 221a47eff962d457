// SPDX-License-Identifier: Apache-2.0
// How one run uses the server: how much time it has, and how often it repeats a request that is
// safe to repeat.
#pragma once

#include "infrastate/transport/cancel.h"

#include <chrono>

namespace infrastate::client {

struct RunBudget {
    /// For work and clean-up together.
    std::chrono::milliseconds timeout{30'000};
    const transport::CancelToken* cancel = nullptr;
    /// How often a GET or a DELETE by id is repeated after a retryable failure. A POST is never
    /// repeated.
    int retries = 2;
    /// The pause before the first repetition. Doubled before each further one, with jitter.
    std::chrono::milliseconds first_pause{250};
    /// The part of `timeout` that is kept for cleaning up: min(5 s, 25 %).
    std::chrono::milliseconds reserve() const noexcept;
};

} // namespace infrastate::client
