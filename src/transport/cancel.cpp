// SPDX-License-Identifier: Apache-2.0
#include "infrastate/transport/cancel.h"

#include <algorithm>
#include <cerrno>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace infrastate::transport {

CancelToken::CancelToken() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!descriptor_.is_open()) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void CancelToken::set() noexcept {
    const int saved = errno; // a signal handler must not change it
    flag_.store(true, std::memory_order_release);
    const std::uint64_t one = 1;
    // EAGAIN means that the counter is full, so the descriptor is already readable.
    [[maybe_unused]] const auto written = ::write(descriptor_.get(), &one, sizeof one);
    errno = saved;
}

Deadline Deadline::after(std::chrono::milliseconds span, const CancelToken* cancel) {
    const auto now = Clock::now();
    const auto most =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::time_point::max() - now);
    return Deadline(now + std::clamp(span, std::chrono::milliseconds::zero(), most), cancel);
}

Deadline Deadline::at(Clock::time_point end, const CancelToken* cancel) {
    return Deadline(end, cancel);
}

std::chrono::milliseconds Deadline::remaining() const noexcept {
    const auto left = end_ - Clock::now();
    if (left <= Clock::duration::zero()) return std::chrono::milliseconds::zero();
    return std::chrono::ceil<std::chrono::milliseconds>(left);
}

Deadline Deadline::capped(std::chrono::milliseconds span) const noexcept {
    return Deadline(std::min(end_, after(span).end_), cancel_);
}

} // namespace infrastate::transport
