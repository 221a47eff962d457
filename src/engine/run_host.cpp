// SPDX-License-Identifier: Apache-2.0
#include "run_host.h"

#include <cerrno>
#include <chrono>
#include <sys/random.h>
#include <system_error>

namespace infrastate::engine {

Result<void> RunHost::pause(std::int64_t milliseconds) {
    return client_.pause(std::chrono::milliseconds(milliseconds));
}

std::uint32_t RunHost::random() {
    std::uint32_t out = 0;
    while (true) {
        const ssize_t got = ::getrandom(&out, sizeof out, 0);
        if (got == static_cast<ssize_t>(sizeof out)) return out;
        if (got < 0 && errno != EINTR)
            throw std::system_error(errno, std::generic_category(), "getrandom");
    }
}

std::int64_t RunHost::seconds_left() {
    // Rounded up: a request may act until the very end, and its intent must still be open then.
    return std::chrono::ceil<std::chrono::seconds>(client_.time_left()).count();
}

bool RunHost::may_go_on() {
    return client_.control().may_start_change();
}

} // namespace infrastate::engine
