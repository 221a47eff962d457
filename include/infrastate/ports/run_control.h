// SPDX-License-Identifier: Apache-2.0
// The port to a run's own time: whether a change may still begin, and which part of the time a
// request may use.
#pragma once

#include <cstdint>

namespace infrastate::ports {

/// How long a run may go on finishing what its first DELETE has begun.
struct Completion {
    std::int64_t left_ms = 0;  ///< until the last moment at which a POST may begin; never negative
    std::int64_t asked_ms = 0; ///< what the last answer asked to wait (Retry-After); 0: nothing
};

/// Not thread-safe.
class RunControl {
public:
    virtual ~RunControl() = default;

    /// False once less than the clean-up reserve is left, or the run was cancelled: then no request
    /// that changes something may be started that is not part of cleaning up.
    virtual bool may_start_change() const = 0;
    /// After a DELETE whose key is to be made anew: from here on calls may use the reserve, too,
    /// but for the part that one look-up needs. Cancelling still ends them.
    virtual void enter_completion() = 0;
    virtual Completion completion() const = 0;
    /// From here on calls may use the reserve (cleaning up after an ambiguous or failed change).
    virtual void enter_cleanup() = 0;
};

} // namespace infrastate::ports
