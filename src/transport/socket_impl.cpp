// SPDX-License-Identifier: Apache-2.0
#include "socket_impl.h"

#include "guards.h"

#include <array>
#include <sys/socket.h>

namespace infrastate::transport {

void DeadlineSocket::begin_close(bool quiet) noexcept {
    closing_ = true;
    quiet_ = quiet_ || quiet;
}

void DeadlineSocket::check_time() const {
    if (deadline_ == nullptr || deadline_->expired()) throw WaitEnded(Waited::expired);
    if (deadline_->cancelled()) throw WaitEnded(Waited::cancelled);
}

bool DeadlineSocket::readable_now() const noexcept {
    pollfd one{sockfd(), POLLIN, 0};
    return ::poll(&one, 1, 0) > 0;
}

bool DeadlineSocket::poll(const Poco::Timespan&, int mode) {
    if (closing_) return true;
    if (deadline_ == nullptr) throw WaitEnded(Waited::expired);
    const bool reads = (mode & SELECT_READ) != 0;
    const bool writes = (mode & SELECT_WRITE) != 0;
    const auto events = static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
    const Waited waited = wait_for(sockfd(), events, *deadline_);
    if (waited != Waited::ready) throw WaitEnded(waited);
    CleanTlsErrors::clear(); // with the EAGAIN of before, Poco would loop without waiting
    return true;
}

// the dialer has already connected it
void DeadlineSocket::connectNB(const Poco::Net::SocketAddress&) {}

DeadlineSocket::ShutdownResult DeadlineSocket::shut_down(int how) {
    return static_cast<ShutdownResult>(quiet_ ? 0 : ::shutdown(sockfd(), how));
}

DeadlineSocket::ShutdownResult DeadlineSocket::shutdown() {
    return shut_down(SHUT_RDWR);
}

DeadlineSocket::ShutdownResult DeadlineSocket::shutdownSend() {
    return shut_down(SHUT_WR);
}

} // namespace infrastate::transport
