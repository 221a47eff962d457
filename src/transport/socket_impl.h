// SPDX-License-Identifier: Apache-2.0
// The socket under Poco's TLS: every wait of a handshake, read or write lands in poll() here,
// which looks at the deadline and the cancel token. Poco's own time-outs are not used at all.
#pragma once

#include "wait.h"

#include <Poco/Exception.h>
#include <Poco/Net/StreamSocketImpl.h>

#include <utility>

namespace infrastate::transport {

/// Thrown through Poco's frames (C++ all of them) when a wait ended without readiness.
class WaitEnded : public Poco::Exception {
public:
    explicit WaitEnded(Waited waited) : Poco::Exception("wait ended"), waited_(waited) {}
    Waited waited() const noexcept { return waited_; }

private:
    Waited waited_;
};

/// Owns a connected, non-blocking descriptor. Tells Poco that it blocks, so that Poco waits through
/// poll() and tries again, and never takes the single-shot handshake that skips verification.
class DeadlineSocket final : public Poco::Net::StreamSocketImpl {
public:
    /// void up to Poco 1.13, int from 1.14.
    using ShutdownResult = decltype(std::declval<Poco::Net::StreamSocketImpl&>().shutdown());

    explicit DeadlineSocket(int descriptor) : StreamSocketImpl(descriptor) {}

    /// Borrowed until the next call; nullptr: nothing may wait.
    void use_deadline(const Deadline* deadline) noexcept { deadline_ = deadline; }
    /// From now on nothing waits; with `quiet`, nothing is said to the peer either, since another
    /// process (the parent of a fork) may still use the connection.
    void begin_close(bool quiet) noexcept;
    /// false: a read that would wait returns at once.
    void report_blocking(bool flag) noexcept { blocking_ = flag; }

    /// Throws WaitEnded if the time is up or the run cancelled.
    void check_time() const;
    bool readable_now() const noexcept;

    bool poll(const Poco::Timespan& timeout, int mode) override;
    void connectNB(const Poco::Net::SocketAddress& address) override;
    ShutdownResult shutdown() override;
    /// What Poco 1.14 calls after the TLS shutdown.
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
    /// Poco 1.13 and later stop when this much has passed; the deadline is ours alone.
    Poco::Timespan span() const {
        return closing_ ? Poco::Timespan(0) : Poco::Timespan(365, 0, 0, 0, 0);
    }

    const Deadline* deadline_ = nullptr;
    bool closing_ = false;
    bool quiet_ = false;
    bool blocking_ = true;
};

} // namespace infrastate::transport
