// SPDX-License-Identifier: Apache-2.0
// The one place where the transport waits: for descriptors, the cancel token and the deadline at
// once. Everything that takes time goes through here.
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

/// Waits until one of `descriptors` (at most 17) has an event. Cancelling and the deadline win over
/// readiness, so that a peer which always has another byte cannot hold the caller. Restarts after
/// signals. Leaves errno at 0. Where it failed, nothing was waited.
Waited wait_for(std::span<pollfd> descriptors, const Deadline& deadline) noexcept;

/// The same for one descriptor and POLLIN / POLLOUT.
Waited wait_for(int descriptor, short events, const Deadline& deadline) noexcept;

} // namespace infrastate::transport
