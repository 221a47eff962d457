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

CallLock::CallLock() : semaphore_(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE)) {
    if (!semaphore_.is_open()) throw std::system_error(errno, std::generic_category(), "eventfd");
}

CallLock::Outcome CallLock::lock(const transport::Deadline& deadline) noexcept {
    for (;;) {
        if (deadline.cancelled()) return Outcome::cancelled;
        std::uint64_t one = 0;
        if (::read(semaphore_.get(), &one, sizeof one) == sizeof one) {
            holder_.store(std::this_thread::get_id(), std::memory_order_release);
            return Outcome::locked;
        }
        if (deadline.expired()) return Outcome::expired;
        std::array<pollfd, 2> wait{
            {{semaphore_.get(), POLLIN, 0},
             {deadline.cancel() != nullptr ? deadline.cancel()->descriptor() : -1, POLLIN, 0}}};
        // Waits a day at most, because poll counts in an int.
        const auto most = std::min<std::int64_t>(deadline.remaining().count(), 86'400'000);
        ::poll(wait.data(), wait.size(), static_cast<int>(most));
    }
}

void CallLock::unlock() noexcept {
    holder_.store(std::thread::id(), std::memory_order_release);
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(semaphore_.get(), &one, sizeof one);
}

bool CallLock::held_by_this_thread() const noexcept {
    return holder_.load(std::memory_order_acquire) == std::this_thread::get_id();
}

bool CallLock::was_held_at_fork() const noexcept {
    // The child shares the semaphore with the parent, which may have changed it since. The child's
    // holder_ is as it was at the fork.
    return holder_.load(std::memory_order_acquire) != std::thread::id();
}

} // namespace infrastate::abi
