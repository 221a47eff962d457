// SPDX-License-Identifier: Apache-2.0
// One TLS connection to the endpoint, direct or through a proxy: opened, verified, read, written
// and closed, always inside the deadline given last.
#pragma once

#include "byte_source.h"
#include "dialer.h"
#include "proxy.h"
#include "socket_impl.h"
#include "stages.h"
#include "tls_context.h"

#include <Poco/AutoPtr.h>
#include <Poco/Net/SecureStreamSocketImpl.h>

#include <memory>

namespace infrastate::transport {

class Connection final : public ByteSource {
public:
    /// After success the certificate was verified (unless skipped) and no byte of a request was
    /// sent; on an error neither. `opened` counts TCP connections.
    static Result<std::unique_ptr<Connection>> open(const Endpoint& endpoint,
                                                    const std::optional<Proxy>& proxy,
                                                    TlsContext& tls, const Deadline& deadline,
                                                    std::uint64_t& opened);
    /// The same over a connected, non-blocking socket whose next byte is the endpoint's.
    static Result<std::unique_ptr<Connection>> over(Descriptor descriptor, const Endpoint& endpoint,
                                                    TlsContext& tls, const Deadline& deadline);
    ~Connection() override;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Borrowed: valid until the next call. Stage::send, head or body words the errors.
    void use(const Deadline& deadline, Stage stage) noexcept;
    /// Ends the loan: until the next use() nothing may wait.
    void end_use() noexcept { socket_->use_deadline(nullptr); }

    Result<void> write(std::string_view bytes);
    /// Waits until the peer has sent something, where nothing of it was read yet: less work than a
    /// read that finds nothing.
    Result<void> await();
    /// 0 at a clean end (close_notify) only; a cut connection is an error.
    Result<std::size_t> read(char* into, std::size_t size) override;

    /// True if the peer has neither closed nor sent anything: safe to send on.
    bool idle() noexcept;
    /// Ends it: with close_notify, or without a byte to the peer.
    void close(bool quiet) noexcept;
    /// HttpClient::abandon() of this connection.
    void abandon() noexcept;

private:
    Connection(const Endpoint& endpoint, TlsContext& tls, Descriptor descriptor);
    Result<void> handshake(const Deadline& deadline);
    Error broken(Stage stage) const;

    const Endpoint& endpoint_;
    TlsContext& tls_;
    Poco::AutoPtr<DeadlineSocket> socket_;
    Poco::AutoPtr<Poco::Net::SecureStreamSocketImpl> secure_;
    Stage stage_ = Stage::handshake;
    bool healthy_ = false;
    bool answered_ = false; ///< a byte of an answer has come
};

} // namespace infrastate::transport
