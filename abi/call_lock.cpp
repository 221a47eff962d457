// SPDX-License-Identifier: Apache-2.0
#include "call_lock.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace infrastate::abi {

CallLock::CallLock() : bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!bell_.is_open()) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void CallLock::take() noexcept {
    holder_.store(std::this_thread::get_id(), std::memory_order_release);
}

CallLock::Outcome CallLock::lock(const transport::Deadline& deadline) noexcept {
    if (deadline.cancelled()) return Outcome::cancelled;
    State seen = free;
    if (state_.compare_exchange_strong(seen, held)) return take(), Outcome::locked;
    for (;;) {
        // Whoever holds it sees `awaited` when it leaves, and rings. Others may wait, too, so this
        // thread leaves `awaited` behind when it gets the lock.
        if (state_.exchange(awaited) == free) return take(), Outcome::locked;
        if (deadline.cancelled()) return Outcome::cancelled;
        if (deadline.expired()) return Outcome::expired;
        std::array<pollfd, 2> wait{
            {{bell_.get(), POLLIN, 0},
             {deadline.cancel() != nullptr ? deadline.cancel()->descriptor() : -1, POLLIN, 0}}};
        // Waits a day at most, because poll counts in an int.
        const auto most = std::min<std::int64_t>(deadline.remaining().count(), 86'400'000);
        ::poll(wait.data(), wait.size(), static_cast<int>(most));
        std::uint64_t rung = 0;
        // The ring may be another waiting thread's. That one tries the lock after this one has it,
        // and waits for the ring of this one's unlock().
        [[maybe_unused]] const auto got = ::read(bell_.get(), &rung, sizeof rung);
    }
}

void CallLock::unlock() noexcept {
    holder_.store(std::thread::id(), std::memory_order_release);
    if (state_.exchange(free) != awaited) return;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(bell_.get(), &one, sizeof one);
}

bool CallLock::held_by_this_thread() const noexcept {
    return holder_.load(std::memory_order_acquire) == std::this_thread::get_id();
}

bool CallLock::was_held_at_fork() const noexcept {
    // The child's copy is as it was at the fork.
    return holder_.load(std::memory_order_acquire) != std::thread::id();
}

} // namespace infrastate::abi
