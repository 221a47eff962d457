// SPDX-License-Identifier: Apache-2.0
// Guards that keep a call from affecting its host process: no SIGPIPE, no stale errno, and no
// OpenSSL error that is left behind or taken over.
#pragma once

#include <csignal>

namespace infrastate::transport {

/// While it exists, a write to a closed connection raises no signal in this thread. It is needed
/// because c-ares writes to a name server over TCP without suppressing the signal. A SIGPIPE that
/// was pending before stays pending.
class SigpipeBlocked {
public:
    SigpipeBlocked() noexcept;
    ~SigpipeBlocked();
    SigpipeBlocked(const SigpipeBlocked&) = delete;
    SigpipeBlocked& operator=(const SigpipeBlocked&) = delete;

private:
    sigset_t before_;
    bool was_blocked_ = false;
    bool was_pending_ = false;
};

/// Clears errno and this thread's queue of OpenSSL errors at the beginning, because SSL_get_error()
/// takes what is in the queue for a result of the latest call. Clears them again at the end.
class CleanTlsErrors {
public:
    CleanTlsErrors() noexcept { clear(); }
    ~CleanTlsErrors() { clear(); }
    CleanTlsErrors(const CleanTlsErrors&) = delete;
    CleanTlsErrors& operator=(const CleanTlsErrors&) = delete;
    static void clear() noexcept;
};

} // namespace infrastate::transport
