// SPDX-License-Identifier: Apache-2.0
#include "process.h"

#include "infrastate/types/descriptor.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

// The leak checker attaches to its own process. It cannot do so if the process may not be dumped.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define INFRASTATE_SANITIZED 1
#else
#define INFRASTATE_SANITIZED 0
#endif

namespace infrastate::module {
namespace {

std::atomic<transport::CancelToken*> cancelled_by_signals{nullptr};
static_assert(std::atomic<transport::CancelToken*>::is_always_lock_free,
              "a signal handler may only use atomics that never lock");

extern "C" void on_signal(int) {
    if (auto* token = cancelled_by_signals.load()) token->set();
}

} // namespace

void protect_process() noexcept {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    // This prevents a core dump also where the core pattern pipes to a program, which ignores the
    // limit.
    if (!INFRASTATE_SANITIZED) ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
}

void cancel_on_signals(transport::CancelToken& token) noexcept {
    cancelled_by_signals.store(&token);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
        struct sigaction action {};
        // A signal that the caller told this process to ignore (nohup) stays ignored.
        if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) continue;
        action = {};
        action.sa_handler = on_signal;
        action.sa_flags = static_cast<int>(SA_RESETHAND);
        sigemptyset(&action.sa_mask);
        ::sigaction(number, &action, nullptr);
    }
}

bool hold_standard_streams() noexcept {
    const bool open = ::fcntl(STDOUT_FILENO, F_GETFD) >= 0;
    for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(number, F_GETFD) < 0) {
            Descriptor made(::open("/dev/null", number == STDIN_FILENO ? O_RDONLY : O_WRONLY));
            // open() returns the lowest free number, so this always holds.
            if (made.get() == number) static_cast<void>(made.release());
        }
    return open;
}

int cannot_take_output(int descriptor) noexcept {
    const int flags = ::fcntl(descriptor, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) return EBADF;
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return errno;
    constexpr unsigned memory_devices = 1, full = 7;
    if (S_ISCHR(status.st_mode) && major(status.st_rdev) == memory_devices &&
        minor(status.st_rdev) == full)
        return ENOSPC;
    if (S_ISREG(status.st_mode)) {
        rlimit limit{};
        const off_t at =
            (flags & O_APPEND) != 0 ? status.st_size : ::lseek(descriptor, 0, SEEK_CUR);
        if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && at >= 0 &&
            static_cast<rlim_t>(at) >= limit.rlim_cur)
            return EFBIG;
        return 0;
    }
    pollfd state{descriptor, POLLOUT, 0};
    const bool gone = ::poll(&state, 1, 0) > 0 && (state.revents & (POLLERR | POLLHUP)) != 0;
    return gone ? EPIPE : 0;
}

namespace {

/// An errno, or 0. Quotas and network file systems report a full disk only at a sync or a close.
/// The descriptor stays open: this closes a copy of it.
int lost_by_file(int descriptor) noexcept {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return 0;
    int synced = 0;
    while ((synced = ::fsync(descriptor)) != 0 && errno == EINTR)
        continue;
    if (synced != 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP && errno != ENOSYS)
        return errno;
    Descriptor copy(::fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    return copy.close() ? 0 : errno;
}

} // namespace

Written write_within(int descriptor, std::string_view text, std::chrono::milliseconds patience,
                     const transport::CancelToken* cancel) noexcept {
    // A pipe that poll() reports as ready takes this much without blocking.
    constexpr std::size_t piece = 4096;
    const auto deadline = transport::Deadline::after(patience, nullptr);
    while (!text.empty()) {
        pollfd ready[]{{descriptor, POLLOUT, 0},
                       {cancel != nullptr ? cancel->descriptor() : -1, POLLIN, 0}};
        const auto most = std::min<std::int64_t>(deadline.remaining().count(), 86'400'000);
        if (::poll(ready, 2, static_cast<int>(most)) < 0 && errno != EINTR) return {false, errno};
        if (ready[0].revents == 0) {
            if (cancel != nullptr && cancel->is_set()) return {false, ECANCELED};
            if (deadline.expired()) return {false, ETIMEDOUT};
            continue;
        }
        const ssize_t written = ::write(descriptor, text.data(), std::min(text.size(), piece));
        if (written < 0 && errno != EINTR && errno != EAGAIN) return {false, errno};
        if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
    }
    const int lost = lost_by_file(descriptor);
    return {lost == 0, lost};
}

bool write_all(int descriptor, std::string_view text) noexcept {
    constexpr std::chrono::seconds patience{30};
    return write_within(descriptor, text, patience).whole;
}

} // namespace infrastate::module
