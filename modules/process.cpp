// SPDX-License-Identifier: Apache-2.0
#include "process.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

// The leak checker attaches to its own process, which an undumpable one does not let it do.
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
    // A core pattern that pipes to a program is not bound by the limit, but by this.
    if (!INFRASTATE_SANITIZED) ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    std::signal(SIGPIPE, SIG_IGN);
}

void cancel_on_signals(transport::CancelToken& token) noexcept {
    cancelled_by_signals.store(&token);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
        struct sigaction action {};
        // What the caller told us to ignore (nohup) stays ignored.
        if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) continue;
        action = {};
        action.sa_handler = on_signal;
        action.sa_flags = static_cast<int>(SA_RESETHAND);
        sigemptyset(&action.sa_mask);
        ::sigaction(number, &action, nullptr);
    }
}

bool write_all(int descriptor, std::string_view text) noexcept {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

} // namespace infrastate::module
