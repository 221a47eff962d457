// SPDX-License-Identifier: Apache-2.0
// The socket under Poco's TLS. Every wait of a handshake, read or write calls poll() here, which
// checks the deadline and the cancel token. Poco's own timeouts are not used.
#pragma once

#include "wait.h"

#include <Poco/Exception.h>
#include <Poco/Net/StreamSocketImpl.h>

#include <utility>

namespace infrastate::transport {

/// Thrown through Poco's frames (all of them C++) if a wait ended before the socket was ready.
class WaitEnded : public Poco::Exception {
public:
    explicit WaitEnded(Waited waited) : Poco::Exception("wait ended"), waited_(waited) {}
    Waited waited() const noexcept { return waited_; }

private:
    Waited waited_;
};

/// Owns a connected, non-blocking descriptor. It tells Poco that it blocks. So Poco waits through
/// poll() and tries again, and never uses the single-shot handshake, which skips verification.
class DeadlineSocket final : public Poco::Net::StreamSocketImpl {
public:
    /// void up to Poco 1.13, int since 1.14.
    using ShutdownResult = decltype(std::declval<Poco::Net::StreamSocketImpl&>().shutdown());

    explicit DeadlineSocket(int descriptor) : StreamSocketImpl(descriptor) {}

    /// Borrowed until the next call. nullptr: no call may wait.
    void use_deadline(const Deadline* deadline) noexcept { deadline_ = deadline; }
    /// From now on no call waits. With `quiet` nothing is sent to the peer either, because another
    /// process (the parent of a fork) may still use the connection.
    void begin_close(bool quiet) noexcept;
    /// With false, a read that would wait returns at once.
    void report_blocking(bool flag) noexcept { blocking_ = flag; }

    /// Throws WaitEnded if the deadline has passed or the run was cancelled.
    void check_time() const;
    bool readable_now() const noexcept;

    bool poll(const Poco::Timespan& timeout, int mode) override;
    void connectNB(const Poco::Net::SocketAddress& address) override;
    ShutdownResult shutdown() override;
    /// Poco 1.14 calls this after the TLS shutdown.
    ShutdownResult shutdownSend() override;
    bool getBlocking() const override { return blocking_; }
    void setBlocking(bool) override {}
    Poco::Timespan getReceiveTimeout() override { return span(); }
    Poco::Timespan getSendTimeout() override { return span(); }
    void setReceiveTimeout(const Poco::Timespan&) override {}
    void setSendTimeout(const Poco::Timespan&) override {}

private:
    ~DeadlineSocket() override = default; // reference counted by Poco
    ShutdownResult shut_down(int how);
    /// Poco 1.13 and later stop after this time. It is very long, because only our deadline counts.
    Poco::Timespan span() const {
        return closing_ ? Poco::Timespan(0) : Poco::Timespan(365, 0, 0, 0, 0);
    }

    const Deadline* deadline_ = nullptr;
    bool closing_ = false;
    bool quiet_ = false;
    bool blocking_ = true;
};

} // namespace infrastate::transport
