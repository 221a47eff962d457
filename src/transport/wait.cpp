// SPDX-License-Identifier: Apache-2.0
#include "wait.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

namespace infrastate::transport {
namespace {

timespec left_until(Deadline::Clock::time_point end) {
    using namespace std::chrono;
    const auto left = std::clamp<Deadline::Clock::duration>(
        end - Deadline::Clock::now(), Deadline::Clock::duration::zero(), hours(24));
    const auto whole = duration_cast<seconds>(left);
    timespec spec{};
    spec.tv_sec = static_cast<time_t>(whole.count());
    spec.tv_nsec = static_cast<long>(duration_cast<nanoseconds>(left - whole).count());
    return spec;
}

} // namespace

Waited wait_for(std::span<pollfd> descriptors, const Deadline& deadline) noexcept {
    constexpr std::size_t most = 17; // c-ares uses up to 16
    std::array<pollfd, most + 1> all{};
    const std::size_t count = std::min(descriptors.size(), most);
    std::copy_n(descriptors.begin(), count, all.begin());
    std::size_t used = count;
    if (deadline.cancel() != nullptr) {
        all[used++] = pollfd{deadline.cancel()->descriptor(), POLLIN, 0};
    }
    for (;;) {
        if (deadline.cancelled()) return errno = 0, Waited::cancelled;
        if (deadline.expired()) return errno = 0, Waited::expired;
        const timespec left = left_until(deadline.end());
        const int ready = ::ppoll(all.data(), used, &left, nullptr);
        if (ready < 0 && errno != EINTR && errno != EAGAIN) return errno = 0, Waited::failed;
        // a signal, or the time has passed: checked at the beginning of the loop
        if (ready <= 0) continue;
        if (deadline.cancelled()) continue;
        std::copy_n(all.begin(), count, descriptors.begin());
        errno = 0;
        return Waited::ready;
    }
}

Waited wait_for(int descriptor, short events, const Deadline& deadline) noexcept {
    pollfd one{descriptor, events, 0};
    return wait_for(std::span(&one, 1), deadline);
}

} // namespace infrastate::transport
