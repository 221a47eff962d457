// SPDX-License-Identifier: Apache-2.0
// The cancel token and the deadline of a run. Every wait in the transport checks both. They are
// shared by reference, and neither has a thread of its own.
#pragma once

#include "infrastate/types/descriptor.h"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace infrastate::transport {

/// A flag that any thread or a signal handler sets once; it stays set. poll() can wait for it
/// through descriptor().
class CancelToken {
public:
    /// Throws std::system_error if the kernel gives no eventfd.
    CancelToken();
    CancelToken(const CancelToken&) = delete;
    CancelToken& operator=(const CancelToken&) = delete;

    /// Async-signal-safe; never fails.
    void set() noexcept;
    bool is_set() const noexcept { return flag_.load(std::memory_order_acquire); }
    /// Becomes readable when the token is set. Close-on-exec; the token owns it.
    int descriptor() const noexcept { return descriptor_.get(); }

private:
    std::atomic<bool> flag_{false};
    Descriptor descriptor_;
};

/// A time on the monotonic clock by which everything must have ended, with an optional cancel
/// token. A plain value. The token is borrowed and must outlive it.
class Deadline {
public:
    using Clock = std::chrono::steady_clock;

    static Deadline after(std::chrono::milliseconds span, const CancelToken* cancel = nullptr);
    static Deadline at(Clock::time_point end, const CancelToken* cancel = nullptr);

    Clock::time_point end() const noexcept { return end_; }
    /// Never negative.
    std::chrono::milliseconds remaining() const noexcept;
    bool expired() const noexcept { return Clock::now() >= end_; }
    bool cancelled() const noexcept { return cancel_ != nullptr && cancel_->is_set(); }
    const CancelToken* cancel() const noexcept { return cancel_; }
    /// The earlier of this deadline and now + span, with the same token.
    Deadline capped(std::chrono::milliseconds span) const noexcept;

private:
    Deadline(Clock::time_point end, const CancelToken* cancel) : end_(end), cancel_(cancel) {}
    Clock::time_point end_;
    const CancelToken* cancel_;
};

} // namespace infrastate::transport
