// SPDX-License-Identifier: Apache-2.0
// The port to the machine of a run: waiting within the run's deadline, and random numbers. It has
// no clock, because the server's time decides.
#pragma once

#include "infrastate/types/error.h"

#include <cstdint>

namespace infrastate::ports {

class Host {
public:
    virtual ~Host() = default;

    /// Waits. Errors: deadline (it would pass during the wait), cancelled.
    virtual Result<void> pause(std::int64_t milliseconds) = 0;
    /// Evenly distributed, from the system's source of secure random numbers.
    virtual std::uint32_t random() = 0;
    /// Seconds until the run's deadline, never negative.
    virtual std::int64_t seconds_left() = 0;
    /// True while the run has time left for work and is not cancelled. Loops that wait for a lock
    /// ask it.
    virtual bool may_go_on() = 0;
};

} // namespace infrastate::ports
