// SPDX-License-Identifier: Apache-2.0
#include "connection.h"

#include "guards.h"
#include "tls_errors.h"

#include <algorithm>
#include <cerrno>
#include <climits>

namespace infrastate::transport {
namespace {

constexpr int max_tickets = 8;

int bounded(std::size_t size) {
    return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
}

/// For an error on the way to the proxy: names the parameter `proxy` in it, because the parameter
/// `host` names another host.
Error of_the_proxy(Error error) {
    error.field = "proxy";
    if (error.detail.starts_with("dns_")) error.message = "proxy: " + error.message;
    error.message += "; the proxy comes from the parameter proxy or the environment (https_proxy), "
                     "and use_proxy: false or no_proxy goes without it";
    return error;
}

} // namespace

Connection::Connection(const Endpoint& endpoint, TlsContext& tls, Descriptor descriptor)
    : endpoint_(endpoint), tls_(tls), socket_(new DeadlineSocket(descriptor.get())) {
    static_cast<void>(descriptor.release()); // socket_ owns it now
    tls_.observer().reset();
    // The second owner of socket_; Poco counts its own reference.
    secure_ = new Poco::Net::SecureStreamSocketImpl(socket_.get(), tls_.poco());
}

Connection::~Connection() {
    close(true);
}

Result<std::unique_ptr<Connection>> Connection::open(const Endpoint& endpoint,
                                                     const std::optional<Proxy>& proxy,
                                                     TlsContext& tls, const Deadline& deadline,
                                                     std::uint64_t& opened) {
    const HostPort target{endpoint.host(), endpoint.port(), endpoint.is_ip_literal()};
    auto dialed = proxy ? dial(proxy->address, "the proxy ", deadline) : dial(target, "", deadline);
    if (!dialed) return proxy ? of_the_proxy(std::move(dialed).error()) : std::move(dialed).error();
    ++opened;
    if (proxy) {
        auto tunnel = open_tunnel(dialed->descriptor.get(), *proxy, endpoint, deadline);
        if (!tunnel) return tunnel.error();
    }
    return over(std::move(dialed->descriptor), endpoint, tls, deadline);
}

Result<std::unique_ptr<Connection>> Connection::over(Descriptor descriptor,
                                                     const Endpoint& endpoint, TlsContext& tls,
                                                     const Deadline& deadline) {
    std::unique_ptr<Connection> connection(new Connection(endpoint, tls, std::move(descriptor)));
    auto done = connection->handshake(deadline);
    if (!done) return done.error();
    return connection;
}

Result<void> Connection::handshake(const Deadline& deadline) {
    use(deadline, Stage::handshake);
    const CleanTlsErrors clean;
    TlsObserver& seen = tls_.observer();
    bool finished = false;
    try {
        secure_->setLazyHandshake(true);
        // An IP literal must not be sent as a server name (RFC 6066).
        if (!endpoint_.is_ip_literal()) secure_->setPeerHostName(endpoint_.host());
        secure_->connectNB(Poco::Net::SocketAddress());
        finished = secure_->completeHandshake() == 1;
    } catch (const WaitEnded& ended) {
        return wait_error(ended.waited(), Stage::handshake, endpoint_.authority());
    } catch (const Poco::Exception&) { // the observer has the cause
    }
    const int problem = errno;
    if (!finished) return handshake_error(tls_, endpoint_, problem);
    // OpenSSL verifies the certificate itself, as the SSL_CTX tells it to. This checks that it
    // really did.
    const bool verified =
        seen.ssl != nullptr && seen.leaf_accepted && SSL_get_verify_result(seen.ssl) == X509_V_OK;
    if (tls_.verifies() && !verified) {
        return Error{Code::internal, "the TLS handshake ended without a verified certificate"};
    }
    healthy_ = true;
    return {};
}

void Connection::use(const Deadline& deadline, Stage stage) noexcept {
    socket_->use_deadline(&deadline);
    stage_ = stage;
}

Error Connection::broken(Stage stage) const {
    if (auto alert = alert_error(tls_.observer(), endpoint_)) return *alert;
    // With TLS 1.3 the client's handshake ends before the server has checked the client
    // certificate.
    const std::string why = answered_ ? std::string() : about_identity(tls_.observer());
    const std::string_view when = stage == Stage::send ? " broke while the request was sent"
                                                       : " broke before its answer was complete";
    return transport_error("connection_lost",
                           "the connection to " + endpoint_.authority() + std::string(when) + why,
                           true);
}

Result<void> Connection::write(std::string_view bytes) {
    const CleanTlsErrors clean;
    const bool was_healthy = std::exchange(healthy_, false);
    if (!was_healthy) return broken(Stage::send);
    while (!bytes.empty()) {
        CleanTlsErrors::clear();
        try {
            socket_->check_time();
            const int sent = secure_->sendBytes(bytes.data(), bounded(bytes.size()));
            if (sent <= 0) return broken(Stage::send);
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } catch (const WaitEnded& ended) {
            return wait_error(ended.waited(), stage_, endpoint_.authority());
        } catch (const Poco::Exception&) {
            return broken(Stage::send);
        }
    }
    healthy_ = true;
    return {};
}

Result<void> Connection::await() {
    try {
        socket_->poll({}, DeadlineSocket::SELECT_READ);
        return {};
    } catch (const WaitEnded& ended) {
        healthy_ = false;
        return wait_error(ended.waited(), stage_, endpoint_.authority());
    }
}

Result<std::size_t> Connection::read(char* into, std::size_t size) {
    const CleanTlsErrors clean;
    const bool was_healthy = std::exchange(healthy_, false);
    if (!was_healthy) return broken(stage_);
    try {
        socket_->check_time(); // data that has arrived needs no wait and may never end
        const int got = secure_->receiveBytes(into, bounded(size));
        if (got < 0) return broken(stage_);
        healthy_ = got > 0;
        answered_ = answered_ || got > 0;
        return static_cast<std::size_t>(got);
    } catch (const WaitEnded& ended) {
        return wait_error(ended.waited(), stage_, endpoint_.authority());
    } catch (const Poco::Exception&) {
        return broken(stage_);
    }
}

bool Connection::idle() noexcept {
    if (!healthy_) return false;
    const CleanTlsErrors clean;
    socket_->report_blocking(false);
    bool open = false;
    try {
        // TLS 1.3 tickets may have arrived. Each read consumes one. A connection with nothing but
        // tickets is silent.
        bool silent = secure_->available() == 0;
        for (int left = max_tickets; silent && socket_->readable_now(); --left) {
            char unexpected = 0;
            silent = left > 0 && secure_->receiveBytes(&unexpected, 1) < 0;
        }
        open = silent;
    } catch (const std::exception&) { // the connection has ended
    }
    socket_->report_blocking(true);
    healthy_ = open;
    return open;
}

void Connection::abandon() noexcept {
    if (!secure_) return;
    secure_.duplicate(); // a reference that is never released, so nothing calls OpenSSL
    secure_ = nullptr;
    try {
        socket_->close();
    } catch (...) { // the connection is gone in any case
    }
}

void Connection::close(bool quiet) noexcept {
    if (!secure_) return;
    const CleanTlsErrors clean;
    const SigpipeBlocked no_signal;
    socket_->begin_close(quiet);
    TlsObserver& seen = tls_.observer();
    const bool polite = !quiet && healthy_ && seen.ssl != nullptr;
    if (polite) SSL_set_quiet_shutdown(seen.ssl, 0);
    seen.ssl = nullptr;
    healthy_ = false;
    try {
        secure_->close();
        secure_ = nullptr;
    } catch (...) { // the connection is gone in any case
    }
}

} // namespace infrastate::transport
