// SPDX-License-Identifier: Apache-2.0
#include "guards.h"

#include <openssl/err.h>

#include <cerrno>
#include <ctime>
#include <pthread.h>

namespace infrastate::transport {
namespace {

bool sigpipe_pending() noexcept {
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
}

} // namespace

SigpipeBlocked::SigpipeBlocked() noexcept : was_pending_(sigpipe_pending()) {
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigemptyset(&before_);
    pthread_sigmask(SIG_BLOCK, &pipe, &before_);
}

SigpipeBlocked::~SigpipeBlocked() {
    if (sigismember(&before_, SIGPIPE) == 1) return; // blocked before: nothing to undo
    if (!was_pending_ && sigpipe_pending()) {
        sigset_t pipe;
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        const timespec none{};
        while (sigtimedwait(&pipe, nullptr, &none) == -1 && errno == EINTR) {
        }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void CleanTlsErrors::clear() noexcept {
    errno = 0;
    ERR_clear_error();
}

} // namespace infrastate::transport
