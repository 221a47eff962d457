// SPDX-License-Identifier: Apache-2.0
#include "tls_session.h"

#include "guards.h"

#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <sys/socket.h>

namespace infrastate::transport {
namespace {

constexpr int max_tickets = 8;

Wire& wire_of(BIO* bio) noexcept {
    return *static_cast<Wire*>(BIO_get_data(bio));
}

/// After a call of the system that failed: whether OpenSSL is to try it again, or why it failed.
void note_failure(BIO* bio, Wire& wire, int direction) noexcept {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        BIO_set_flags(bio, direction | BIO_FLAGS_SHOULD_RETRY);
    else
        wire.problem = errno;
}

/// Looks at the peer's first bytes before OpenSSL reads them. OpenSSL itself would wait for a whole
/// record header, which a peer that sends "{}" never completes. Returns false if OpenSSL must not
/// read now.
bool looks_like_tls(BIO* bio, Wire& wire) noexcept {
    std::array<unsigned char, 2> first{};
    const auto seen =
        ::recv(wire.descriptor.get(), first.data(), first.size(), MSG_PEEK | MSG_DONTWAIT);
    if (seen == 0) return true; // the end; OpenSSL sees it itself
    if (seen < 0) {
        note_failure(bio, wire, BIO_FLAGS_READ);
        return false;
    }
    const bool record = first[0] >= 20 && first[0] <= 24; // from change_cipher_spec to heartbeat
    wire.looked = record && (seen == 1 || first[1] == 3);
    wire.observer.not_tls = !wire.looked;
    return wire.looked;
}

int read_wire(BIO* bio, char* into, int size) noexcept {
    Wire& wire = wire_of(bio);
    BIO_clear_retry_flags(bio);
    if (!wire.looked && !looks_like_tls(bio, wire)) return -1;
    const auto got = ::recv(wire.descriptor.get(), into, static_cast<std::size_t>(size), 0);
    wire.ended = got == 0;
    if (got < 0) note_failure(bio, wire, BIO_FLAGS_READ);
    return static_cast<int>(got);
}

int write_wire(BIO* bio, const char* bytes, int size) noexcept {
    Wire& wire = wire_of(bio);
    BIO_clear_retry_flags(bio);
    const auto sent =
        ::send(wire.descriptor.get(), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (sent < 0) note_failure(bio, wire, BIO_FLAGS_WRITE);
    return static_cast<int>(sent);
}

long control_wire(BIO* bio, int what, long, void*) noexcept {
    if (what == BIO_CTRL_FLUSH) return 1;
    if (what == BIO_CTRL_EOF) return wire_of(bio).ended ? 1 : 0;
    return 0;
}

/// What SSL_set_tlsext_host_name() does, without its cast.
bool set_server_name(SSL* ssl, std::string name) {
    return name.empty() ||
           SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1;
}

int bounded(std::size_t size) noexcept {
    return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
}

} // namespace

BIO_METHOD* new_wire_method() noexcept {
    BIO_METHOD* method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "infrastate");
    if (method == nullptr) return nullptr;
    BIO_meth_set_read(method, &read_wire);
    BIO_meth_set_write(method, &write_wire);
    BIO_meth_set_ctrl(method, &control_wire);
    return method;
}

TlsSession::TlsSession(TlsContext& tls, Descriptor descriptor, const std::string& server_name)
    : wire_(new Wire{std::move(descriptor), tls.observer()}) {
    const CleanTlsErrors clean;
    TlsObserver& observer = wire_->observer;
    observer.reset();
    ssl_.reset(SSL_new(tls.openssl()));
    BIO* bio = ssl_ ? BIO_new(tls.wire_method()) : nullptr;
    if (bio == nullptr || !set_server_name(ssl_.get(), server_name)) { // handshake() reports it
        observer.failure = ERR_peek_last_error();
        BIO_free(bio);
        ssl_.reset();
        return;
    }
    BIO_set_data(bio, wire_.get());
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio); // owns it now
    SSL_set_connect_state(ssl_.get());
    observer.ssl = ssl_.get();
}

TlsSession::~TlsSession() {
    close(false);
}

/// Calls OpenSSL until it is done. It says when it needs the peer to act first.
template <typename Call>
TlsStep TlsSession::until_done(const Deadline& deadline, Call call) {
    if (!ssl_) return {TlsStep::End::broken};
    CleanTlsErrors::clear(); // what the host left in the queue would count as a result
    for (;;) {
        // Data that has arrived needs no wait, and may never end.
        if (deadline.cancelled()) return {TlsStep::End::no_answer, 0, Waited::cancelled};
        if (deadline.expired()) return {TlsStep::End::no_answer, 0, Waited::expired};
        const int result = call(ssl_.get());
        if (result > 0) return {TlsStep::End::done, static_cast<std::size_t>(result)};
        const int why = SSL_get_error(ssl_.get(), result);
        CleanTlsErrors::clear();
        short event = 0;
        switch (why) {
        case SSL_ERROR_WANT_READ:
            event = POLLIN;
            break;
        case SSL_ERROR_WANT_WRITE:
            event = POLLOUT;
            break;
        case SSL_ERROR_ZERO_RETURN:
            return {TlsStep::End::closed};
        default:
            return {TlsStep::End::broken};
        }
        const Waited waited = wait_for(wire_->descriptor.get(), event, deadline);
        if (waited != Waited::ready) return {TlsStep::End::no_answer, 0, waited};
    }
}

TlsStep TlsSession::handshake(const Deadline& deadline) {
    return until_done(deadline, [](SSL* ssl) { return SSL_do_handshake(ssl); });
}

TlsStep TlsSession::write(std::string_view bytes, const Deadline& deadline) {
    TlsStep step;
    while (!bytes.empty() && step.end == TlsStep::End::done) {
        step = until_done(deadline, [&](SSL* ssl) {
            return SSL_write(ssl, bytes.data(), bounded(bytes.size()));
        });
        bytes.remove_prefix(step.size);
    }
    return step;
}

TlsStep TlsSession::read(char* into, std::size_t size, const Deadline& deadline) {
    return until_done(deadline, [&](SSL* ssl) { return SSL_read(ssl, into, bounded(size)); });
}

bool TlsSession::silent() noexcept {
    if (!ssl_ || SSL_pending(ssl_.get()) != 0) return false;
    pollfd one{wire_->descriptor.get(), POLLIN, 0};
    for (int left = max_tickets; ::poll(&one, 1, 0) > 0; --left) {
        if (left == 0) return false;
        CleanTlsErrors::clear();
        char unexpected = 0; // each read takes one ticket
        const int got = SSL_read(ssl_.get(), &unexpected, 1);
        const int why = SSL_get_error(ssl_.get(), got);
        CleanTlsErrors::clear();
        if (got > 0 || why != SSL_ERROR_WANT_READ) return false;
    }
    return true;
}

bool TlsSession::verified() const noexcept {
    return ssl_ && SSL_get_verify_result(ssl_.get()) == X509_V_OK;
}

void TlsSession::close(bool polite) noexcept {
    if (!wire_) return;
    const CleanTlsErrors clean;
    if (polite && ssl_) {
        SSL_set_quiet_shutdown(ssl_.get(), 0);
        SSL_shutdown(ssl_.get());
        ::shutdown(wire_->descriptor.get(), SHUT_RDWR);
    }
    wire_->observer.ssl = nullptr;
    ssl_.reset();
    wire_.reset();
}

void TlsSession::abandon() noexcept {
    if (!wire_) return;
    wire_->descriptor = Descriptor();
    static_cast<void>(ssl_.release());
    static_cast<void>(wire_.release());
}

} // namespace infrastate::transport
