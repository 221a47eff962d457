// SPDX-License-Identifier: Apache-2.0
// One TLS session of OpenSSL over a connected descriptor. Every wait of a handshake, read or write
// checks the deadline and the cancel token.
#pragma once

#include "socket_bio.h"
#include "tls_context.h"
#include "wait.h"

#include <memory>
#include <string_view>

namespace infrastate::transport {

/// How one step ended.
struct TlsStep {
    enum class End {
        done,
        closed,    ///< by the peer, with close_notify
        broken,    ///< the connection, or the peer's TLS
        no_answer, ///< the wait ended before the peer acted: `waited`
    };
    End end = End::done;
    std::size_t size = 0;
    Waited waited = Waited::ready;
};

class TlsSession {
public:
    /// Takes a connected, non-blocking descriptor. The context must outlive the session. Sends
    /// `server_name` in the handshake if it is not empty.
    TlsSession(TlsContext& tls, Descriptor descriptor, const std::string& server_name);
    ~TlsSession();
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    TlsStep handshake(const Deadline& deadline);
    /// Sends all of it.
    TlsStep write(std::string_view bytes, const Deadline& deadline);
    /// Reads at least one byte.
    TlsStep read(char* into, std::size_t size, const Deadline& deadline);
    /// Whether OpenSSL holds bytes of the peer, because it reads ahead. The next read() needs no
    /// wait for them, unless they are a part of a record.
    bool holds_input() const noexcept { return ssl_ && SSL_has_pending(ssl_.get()) != 0; }
    /// Whether the peer has sent neither data nor an end. Does not wait. TLS 1.3 tickets may have
    /// arrived, and are taken.
    bool silent() noexcept;
    /// Whether OpenSSL itself says that it verified the peer's certificate.
    bool verified() const noexcept;
    /// errno of the last call of the system that failed.
    int problem() const noexcept { return socket_ ? socket_->problem : 0; }
    /// -1 after close() and abandon().
    int descriptor() const noexcept { return socket_ ? socket_->descriptor.get() : -1; }

    /// Ends the session without waiting. Only with `polite` anything is sent: close_notify.
    void close(bool polite) noexcept;
    /// Closes the descriptor. Calls no function of OpenSSL, and leaks what is OpenSSL's.
    void abandon() noexcept;

private:
    template <typename Call>
    TlsStep until_done(const Deadline& deadline, Call call);

    struct SslFree {
        void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
    };
    TlsObserver& observer_;
    std::unique_ptr<BioSocket> socket_; // OpenSSL holds its address
    std::unique_ptr<SSL, SslFree> ssl_;
};

} // namespace infrastate::transport
