// SPDX-License-Identifier: Apache-2.0
// The port to a run's own time: whether a change may still begin, and how much of the time a
// request may use.
#pragma once

#include <cstdint>

namespace infrastate::ports {

/// How much time a run has left to finish what its first DELETE began.
struct Completion {
    std::int64_t left_ms = 0; ///< until the last moment at which a POST may begin; never negative
    /// how long the last answer asked to wait (Retry-After); 0: it did not ask
    std::int64_t asked_ms = 0;
};

/// Not thread-safe.
class RunControl {
public:
    virtual ~RunControl() = default;

    /// False if less than the clean-up reserve is left or the run was cancelled. Then a run must
    /// not start any further change, except to clean up.
    virtual bool may_start_change() const = 0;
    /// Called after a DELETE of a key that is to be created again. From then on calls may also use
    /// the reserve, except the part that one look-up needs. Cancelling still ends them.
    virtual void enter_completion() = 0;
    virtual Completion completion() const = 0;
    /// From then on calls may use the reserve: the run cleans up after an ambiguous or failed
    /// change.
    virtual void enter_cleanup() = 0;
};

} // namespace infrastate::ports
