// SPDX-License-Identifier: Apache-2.0
// A cancel token and the deadline of a run: what every wait in the transport looks at.
// Both are shared by reference; neither owns a thread.
#pragma once

#include "infrastate/types/descriptor.h"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace infrastate::transport {

/// Set once, from any thread or a signal handler; stays set. Readable by poll() through
/// descriptor().
class CancelToken {
public:
    /// Throws std::system_error where the kernel gives no eventfd.
    CancelToken();
    CancelToken(const CancelToken&) = delete;
    CancelToken& operator=(const CancelToken&) = delete;

    /// Async-signal-safe; never fails.
    void set() noexcept;
    bool is_set() const noexcept { return flag_.load(std::memory_order_acquire); }
    /// Becomes readable with set(); close-on-exec; owned by the token.
    int descriptor() const noexcept { return descriptor_.get(); }

private:
    std::atomic<bool> flag_{false};
    Descriptor descriptor_;
};

/// A point on the monotonic clock by which everything must have ended, with an optional cancel
/// token. A value; the token is borrowed and must outlive it.
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
    /// The earlier of this end and now + span, with the same token.
    Deadline capped(std::chrono::milliseconds span) const noexcept;

private:
    Deadline(Clock::time_point end, const CancelToken* cancel) : end_(end), cancel_(cancel) {}
    Clock::time_point end_;
    const CancelToken* cancel_;
};

} // namespace infrastate::transport
