// SPDX-License-Identifier: Apache-2.0
// Lets one call at a time into a client. Unlike a mutex, this lock stops waiting at a deadline or
// when a cancel token is set. Without another call it needs no system call.
#pragma once

#include "infrastate/transport/cancel.h"
#include "infrastate/types/descriptor.h"

#include <atomic>
#include <thread>

namespace infrastate::abi {

class CallLock {
public:
    /// Throws std::system_error if the kernel gives no descriptor.
    CallLock();
    CallLock(const CallLock&) = delete;
    CallLock& operator=(const CallLock&) = delete;

    enum class Outcome { locked, expired, cancelled };
    Outcome lock(const transport::Deadline& deadline) noexcept;
    void unlock() noexcept;
    /// Whether this thread is inside a call, and therefore in that call's log callback.
    bool held_by_this_thread() const noexcept;
    /// In a forked child: whether a thread of the parent was inside a call at the fork.
    bool was_held_at_fork() const noexcept;
    /// In a forked child: closes its copy of the descriptor. The lock may not be used after it.
    void abandon() noexcept { bell_.close(); }

private:
    enum State { free, held, awaited };
    void take() noexcept;

    std::atomic<State> state_{free};
    Descriptor bell_; ///< an eventfd; unlock() rings it if a call may be waiting
    std::atomic<std::thread::id> holder_{};
};

} // namespace infrastate::abi
