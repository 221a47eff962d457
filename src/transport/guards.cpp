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

SigpipeBlocked::SigpipeBlocked() noexcept {
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigemptyset(&before_);
    pthread_sigmask(SIG_BLOCK, &pipe, &before_);
    was_blocked_ = sigismember(&before_, SIGPIPE) == 1;
    // otherwise the signal would have been delivered
    was_pending_ = was_blocked_ && sigpipe_pending();
}

SigpipeBlocked::~SigpipeBlocked() {
    // Also if it was blocked before: otherwise the host process would get the signal when it
    // unblocks it.
    if (!was_pending_ && sigpipe_pending()) {
        sigset_t pipe;
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        const timespec none{};
        while (sigtimedwait(&pipe, nullptr, &none) == -1 && errno == EINTR) {
        }
    }
    if (!was_blocked_) pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void CleanTlsErrors::clear() noexcept {
    errno = 0;
    if (ERR_peek_error() != 0) ERR_clear_error(); // clearing is slow even if the queue is empty
}

} // namespace infrastate::transport
