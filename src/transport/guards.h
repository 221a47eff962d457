// SPDX-License-Identifier: Apache-2.0
// Guards that keep a call from touching its host process: no SIGPIPE, no stale errno, no OpenSSL
// error left behind or taken over.
#pragma once

#include <csignal>

namespace infrastate::transport {

/// While it lives, a write to a closed connection raises no signal in this thread; OpenSSL's
/// socket BIO uses write(), which cannot be told so. A SIGPIPE that was pending before stays.
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

/// Clears errno and OpenSSL's error queue of this thread on entry (Poco reads both as if they
/// belonged to the call just made) and the queue on exit.
class CleanTlsErrors {
public:
    CleanTlsErrors() noexcept { clear(); }
    ~CleanTlsErrors() { clear(); }
    CleanTlsErrors(const CleanTlsErrors&) = delete;
    CleanTlsErrors& operator=(const CleanTlsErrors&) = delete;
    static void clear() noexcept;
};

} // namespace infrastate::transport
