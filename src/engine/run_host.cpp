// SPDX-License-Identifier: Apache-2.0
#include "run_host.h"

#include <cerrno>
#include <chrono>
#include <fstream>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace infrastate::engine {
namespace {

/// Bytes from the kernel, or a negative number and errno. glibc has no getrandom() before 2.25, and
/// Linux no such call before 3.17.
long kernel_random(void* out, std::size_t size) {
    const long got = ::syscall(SYS_getrandom, out, size, 0);
    if (got >= 0 || errno != ENOSYS) return got;
    std::ifstream device("/dev/urandom", std::ios::binary);
    if (device.read(static_cast<char*>(out), static_cast<std::streamsize>(size)))
        return static_cast<long>(size);
    errno = ENOSYS;
    return -1;
}

} // namespace

Result<void> RunHost::pause(std::int64_t milliseconds) {
    return client_.pause(std::chrono::milliseconds(milliseconds));
}

std::uint32_t RunHost::random() {
    std::uint32_t out = 0;
    while (true) {
        const long got = kernel_random(&out, sizeof out);
        if (got == static_cast<long>(sizeof out)) return out;
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
