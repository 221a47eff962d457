// SPDX-License-Identifier: Apache-2.0
// The port to the machine that a run is on: waiting inside the run's deadline, and chance.
// There is no clock here: the server's time decides.
#pragma once

#include "infrastate/types/error.h"

#include <cstdint>

namespace infrastate::ports {

class Host {
public:
    virtual ~Host() = default;

    /// Errors: deadline (it would pass before), cancelled.
    virtual Result<void> pause(std::int64_t milliseconds) = 0;
    /// Evenly spread; from the system's source of secure random numbers.
    virtual std::uint32_t random() = 0;
    /// Until the run's deadline, never negative.
    virtual std::int64_t seconds_left() = 0;
    /// True while the run has time for work and was not cancelled (waiting for a lock, retrying).
    virtual bool may_go_on() = 0;
};

} // namespace infrastate::ports
