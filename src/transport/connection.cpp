// SPDX-License-Identifier: Apache-2.0
#include "connection.h"

#include "guards.h"
#include "tls_errors.h"

namespace infrastate::transport {
namespace {

using End = TlsStep::End;

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

// An IP literal must not be sent as a server name (RFC 6066).
Connection::Connection(const Endpoint& endpoint, TlsContext& tls, Descriptor descriptor)
    : endpoint_(endpoint), tls_(tls),
      session_(tls, std::move(descriptor), endpoint.is_ip_literal() ? "" : endpoint.host()) {}

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
    connection->use(deadline, Stage::handshake);
    auto done = connection->handshake();
    if (!done) return done.error();
    return connection;
}

Result<void> Connection::handshake() {
    const CleanTlsErrors clean;
    const TlsStep step = session_.handshake(deadline());
    if (step.end == End::no_answer)
        return wait_error(step.waited, Stage::handshake, endpoint_.authority());
    if (step.end != End::done) return handshake_error(tls_, endpoint_, session_.problem());
    // OpenSSL verifies the certificate itself, as the SSL_CTX tells it to. This checks that it
    // really did.
    if (tls_.verifies() && !(tls_.observer().leaf_accepted && session_.verified())) {
        return Error{Code::internal, "the TLS handshake ended without a verified certificate"};
    }
    healthy_ = true;
    return {};
}

void Connection::use(const Deadline& deadline, Stage stage) noexcept {
    deadline_ = &deadline;
    stage_ = stage;
}

/// Outside of a use nothing may wait, so the time is over.
const Deadline& Connection::deadline() const noexcept {
    static const Deadline over = Deadline::at(Deadline::Clock::time_point::min());
    return deadline_ != nullptr ? *deadline_ : over;
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
    if (!std::exchange(healthy_, false)) return broken(Stage::send);
    const TlsStep step = session_.write(bytes, deadline());
    if (step.end == End::no_answer) return wait_error(step.waited, stage_, endpoint_.authority());
    if (step.end != End::done) return broken(Stage::send);
    healthy_ = true;
    return {};
}

Result<void> Connection::await() {
    if (session_.holds_input()) return {};
    const Waited waited = wait_for(session_.descriptor(), POLLIN, deadline());
    if (waited == Waited::ready) return {};
    healthy_ = false;
    return wait_error(waited, stage_, endpoint_.authority());
}

Result<std::size_t> Connection::read(char* into, std::size_t size) {
    if (!std::exchange(healthy_, false)) return broken(stage_);
    const TlsStep step = session_.read(into, size, deadline());
    if (step.end == End::no_answer) return wait_error(step.waited, stage_, endpoint_.authority());
    if (step.end == End::broken) return broken(stage_);
    healthy_ = step.end == End::done;
    answered_ = answered_ || healthy_;
    return step.size;
}

bool Connection::idle() noexcept {
    if (!healthy_) return false;
    healthy_ = session_.silent();
    return healthy_;
}

void Connection::abandon() noexcept {
    session_.abandon();
}

void Connection::close(bool quiet) noexcept {
    const bool polite = std::exchange(healthy_, false) && !quiet;
    session_.close(polite);
}

} // namespace infrastate::transport
