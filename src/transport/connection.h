// SPDX-License-Identifier: Apache-2.0
// One TLS connection to the endpoint, direct or through a proxy. It opens, verifies, reads, writes
// and closes, always within the deadline that was given last.
#pragma once

#include "byte_source.h"
#include "dialer.h"
#include "proxy.h"
#include "stages.h"
#include "tls_session.h"

#include <memory>

namespace infrastate::transport {

class Connection final : public ByteSource {
public:
    /// Opens and verifies a connection. After success the certificate was verified (unless
    /// skipped), and no byte of a request was sent yet. `opened` counts TCP connections.
    static Result<std::unique_ptr<Connection>> open(const Endpoint& endpoint,
                                                    const std::optional<Proxy>& proxy,
                                                    TlsContext& tls, const Deadline& deadline,
                                                    std::uint64_t& opened);
    /// The same over a connected, non-blocking socket on which the endpoint speaks next.
    static Result<std::unique_ptr<Connection>> over(Descriptor descriptor, const Endpoint& endpoint,
                                                    TlsContext& tls, const Deadline& deadline);
    ~Connection() override;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Sets the deadline, which is borrowed until the next call. The stage (send, head or body)
    /// determines the words of errors.
    void use(const Deadline& deadline, Stage stage) noexcept;
    /// Detaches the deadline. Until the next use() no call may wait.
    void end_use() noexcept { deadline_ = nullptr; }

    Result<void> write(std::string_view bytes);
    /// Waits until the peer has sent something. To be called before anything was read; costs less
    /// than a read that finds nothing.
    Result<void> await();
    /// Returns 0 only at a clean end (close_notify). A connection that was cut is an error.
    Result<std::size_t> read(char* into, std::size_t size) override;

    /// True if the peer has neither closed nor sent anything, so that a request can be sent safely.
    bool idle() noexcept;
    /// Closes the connection: with close_notify, or quietly, without sending a byte.
    void close(bool quiet) noexcept;
    /// Does for this connection what HttpClient::abandon() promises.
    void abandon() noexcept;
    /// Borrowed: the connection owns it.
    int descriptor() const noexcept { return session_.descriptor(); }

private:
    Connection(const Endpoint& endpoint, TlsContext& tls, Descriptor descriptor);
    Result<void> handshake();
    const Deadline& deadline() const noexcept;
    Error broken(Stage stage) const;

    const Endpoint& endpoint_;
    TlsContext& tls_;
    TlsSession session_;
    const Deadline* deadline_ = nullptr;
    Stage stage_ = Stage::handshake;
    bool healthy_ = false;
    bool answered_ = false; ///< a byte of an answer has come
};

} // namespace infrastate::transport
