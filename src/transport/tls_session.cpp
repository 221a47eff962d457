// SPDX-License-Identifier: Apache-2.0
#include "tls_session.h"

#include "guards.h"

#include <openssl/err.h>

#include <algorithm>
#include <climits>
#include <sys/socket.h>

namespace infrastate::transport {
namespace {

constexpr int max_tickets = 8;

/// What SSL_set_tlsext_host_name() does, without its cast.
bool set_server_name(SSL* ssl, std::string name) {
    return name.empty() ||
           SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1;
}

int bounded(std::size_t size) noexcept {
    return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
}

} // namespace

TlsSession::TlsSession(TlsContext& tls, Descriptor descriptor, const std::string& server_name)
    : observer_(tls.observer()), socket_(new BioSocket{std::move(descriptor)}) {
    const CleanTlsErrors clean;
    observer_.reset();
    ssl_.reset(SSL_new(tls.openssl()));
    BIO* bio = ssl_ ? new_socket_bio(tls.bio_method(), *socket_) : nullptr;
    if (bio == nullptr || !set_server_name(ssl_.get(), server_name)) { // handshake() reports it
        observer_.failure = ERR_peek_last_error();
        BIO_free(bio);
        ssl_.reset();
        return;
    }
    SSL_set_bio(ssl_.get(), bio, bio); // owns it now
    SSL_set_connect_state(ssl_.get());
    observer_.ssl = ssl_.get();
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
        const Waited waited = wait_for(socket_->descriptor.get(), event, deadline);
        if (waited != Waited::ready) return {TlsStep::End::no_answer, 0, waited};
    }
}

TlsStep TlsSession::handshake(const Deadline& deadline) {
    const TlsStep step = until_done(deadline, [](SSL* ssl) { return SSL_do_handshake(ssl); });
    observer_.not_tls = socket_ && socket_->peer == BioSocket::Peer::speaks_otherwise;
    return step;
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
    pollfd one{socket_->descriptor.get(), POLLIN, 0};
    for (int left = max_tickets; holds_input() || ::poll(&one, 1, 0) > 0; --left) {
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
    if (!socket_) return;
    const CleanTlsErrors clean;
    if (polite && ssl_) {
        SSL_set_quiet_shutdown(ssl_.get(), 0);
        SSL_shutdown(ssl_.get());
        ::shutdown(socket_->descriptor.get(), SHUT_RDWR);
    }
    observer_.ssl = nullptr;
    ssl_.reset();
    socket_.reset();
}

void TlsSession::abandon() noexcept {
    if (!socket_) return;
    socket_->descriptor = Descriptor();
    static_cast<void>(ssl_.release());
    static_cast<void>(socket_.release());
}

} // namespace infrastate::transport
