// SPDX-License-Identifier: Apache-2.0
// The only place where the transport waits: for descriptors, the cancel token and the deadline at
// the same time.
#pragma once

#include "infrastate/transport/cancel.h"

#include <poll.h>
#include <span>

namespace infrastate::transport {

enum class Waited {
    ready,     ///< at least one descriptor has an event (revents is set)
    expired,   ///< the deadline has passed
    cancelled, ///< the token is set
    failed,    ///< the system does not let this process wait: a limit, or no memory
};

/// Waits until one of `descriptors` (at most 17) has an event. The cancel token and the deadline
/// take precedence over events, so a peer that always sends another byte cannot hold the caller.
/// Restarts after signals. Leaves errno at 0. If it failed, it did not wait.
Waited wait_for(std::span<pollfd> descriptors, const Deadline& deadline) noexcept;

/// The same for one descriptor with POLLIN or POLLOUT.
Waited wait_for(int descriptor, short events, const Deadline& deadline) noexcept;

} // namespace infrastate::transport
