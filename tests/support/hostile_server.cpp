// SPDX-License-Identifier: Apache-2.0
#include "hostile_server.h"

#include <openssl/err.h>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace infrastate::test {
namespace {

int stall(SSL*, void* server_tls) {
    std::this_thread::sleep_for(static_cast<ServerTls*>(server_tls)->stall_inside);
    return 1;
}

SSL_CTX* make_context(ServerTls& tls) {
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    const Identity& identity = *tls.identity;
    if (tls.min_version != 0 || !tls.ciphers.empty()) SSL_CTX_set_security_level(context, 0);
    SSL_CTX_use_certificate(context, identity.certificate.get());
    SSL_CTX_use_PrivateKey(context, identity.key.get());
    for (const Identity* one : tls.chain) {
        SSL_CTX_add1_chain_cert(context, one->certificate.get());
    }
    SSL_CTX_set_min_proto_version(context, tls.min_version);
    SSL_CTX_set_max_proto_version(context, tls.max_version);
    if (!tls.ciphers.empty()) SSL_CTX_set_cipher_list(context, tls.ciphers.c_str());
    if (!tls.groups.empty()) SSL_CTX_set1_groups_list(context, tls.groups.c_str());
    if (tls.client_authority != nullptr) {
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context),
                            tls.client_authority->certificate.get());
    }
    if (tls.stall_inside.count() > 0) SSL_CTX_set_cert_cb(context, &stall, &tls);
    return context;
}

std::size_t announced_length(std::string_view head) {
    constexpr std::string_view name = "\r\nContent-Length: ";
    const std::size_t at = head.find(name);
    if (at == std::string_view::npos) return 0;
    return std::stoul(std::string(head.substr(at + name.size(), 10)));
}

} // namespace

int listen_on(const std::string& address, std::uint16_t& port, int backlog) {
    sockaddr_storage storage{};
    socklen_t size = 0;
    if (address.find(':') != std::string::npos) {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        ::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr);
        std::memcpy(&storage, &v6, size = sizeof v6);
    } else {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        ::inet_pton(AF_INET, address.c_str(), &v4.sin_addr);
        std::memcpy(&storage, &v4, size = sizeof v4);
    }
    const int listener = ::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || ::bind(listener, reinterpret_cast<sockaddr*>(&storage), size) != 0 ||
        ::listen(listener, backlog) != 0 ||
        ::getsockname(listener, reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
        if (listener >= 0) ::close(listener);
        throw std::runtime_error("cannot listen on " + address + ": " + std::strerror(errno));
    }
    sockaddr_in v4{}; // the port is at the same place in both families
    std::memcpy(&v4, &storage, sizeof v4);
    port = ntohs(v4.sin_port);
    return listener;
}

std::string plain_answer(std::string_view body) {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

Peer::Peer(HostileServer& server, int descriptor, int number)
    : server_(server), descriptor_(descriptor), number_(number), ssl_(nullptr, &SSL_free) {}

bool Peer::stopping() const noexcept {
    return server_.stopping_;
}

bool Peer::handshake() {
    ssl_.reset(SSL_new(server_.context_.get()));
    SSL_set_fd(ssl_.get(), descriptor_);
    return SSL_accept(ssl_.get()) == 1;
}

std::string Peer::read_some() {
    std::array<char, 4096> buffer{};
    const auto size = static_cast<int>(buffer.size());
    const auto got = ssl_ ? SSL_read(ssl_.get(), buffer.data(), size)
                          : static_cast<int>(::recv(descriptor_, buffer.data(), buffer.size(), 0));
    if (got <= 0) return {};
    std::string bytes(buffer.data(), static_cast<std::size_t>(got));
    server_.remember(bytes);
    return bytes;
}

std::string Peer::read_request() {
    std::string request = std::exchange(pending_, {});
    for (;;) {
        const std::size_t end = request.find("\r\n\r\n");
        if (end != std::string::npos) {
            const std::size_t whole = end + 4 + announced_length(request.substr(0, end + 2));
            if (request.size() >= whole) {
                pending_ = request.substr(whole);
                request.resize(whole);
                return request;
            }
        }
        const std::string more = read_some();
        if (more.empty()) return {};
        request += more;
    }
}

bool Peer::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t part = std::min<std::size_t>(bytes.size(), 1u << 20);
        const auto sent =
            ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(part))
                 : static_cast<int>(::send(descriptor_, bytes.data(), part, MSG_NOSIGNAL));
        if (sent <= 0 || stopping()) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool Peer::drip(std::string_view bytes, milliseconds span) {
    for (const char byte : bytes) {
        if (!pause(span) || !write({&byte, 1})) return false;
    }
    return true;
}

bool Peer::pause(milliseconds span) {
    std::unique_lock lock(server_.mutex_);
    return !server_.stop_signal_.wait_for(lock, span, [&] { return server_.stopping_.load(); });
}

void Peer::linger() {
    while (!read_some().empty()) {
    }
}

void Peer::close_notify() {
    if (ssl_) SSL_shutdown(ssl_.get());
}

void Peer::send_tickets(int count) {
    for (int i = 0; i < count && SSL_new_session_ticket(ssl_.get()) == 1; ++i)
        SSL_do_handshake(ssl_.get());
}

bool Peer::was_notified() const {
    return ssl_ && (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

void Peer::reset() {
    const ::linger hard{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

HostileServer::HostileServer(const std::string& address, ServerTls tls, Script script)
    : address_(address), tls_(std::move(tls)), script_(std::move(script)),
      context_(nullptr, &SSL_CTX_free) {
    if (tls_.identity != nullptr) context_.reset(make_context(tls_));
    listener_ = listen_on(address, port_);
    threads_.emplace_back([this] { accept_loop(); });
}

HostileServer::~HostileServer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        for (const int one : open_)
            ::shutdown(one, SHUT_RDWR);
        ::shutdown(listener_, SHUT_RDWR);
    }
    stop_signal_.notify_all();
    for (;;) { // the accepting thread may have added another one
        std::list<std::thread> all;
        {
            const std::lock_guard lock(mutex_);
            all.swap(threads_);
        }
        if (all.empty()) break;
        for (std::thread& one : all)
            one.join();
    }
    ::close(listener_);
}

std::string HostileServer::authority() const {
    const std::string host =
        address_.find(':') == std::string::npos ? address_ : "[" + address_ + "]";
    return host + ":" + std::to_string(port_);
}

std::string HostileServer::received() const {
    const std::lock_guard lock(mutex_);
    return received_;
}

void HostileServer::remember(std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    received_.append(bytes);
}

void HostileServer::accept_loop() {
    sigset_t pipe; // OpenSSL writes with write(); the threads made here inherit this
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    for (;;) {
        const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (descriptor < 0) return;
        const int on = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const std::lock_guard lock(mutex_);
        if (stopping_) {
            ::close(descriptor);
            return;
        }
        const int number = ++connections_;
        open_.push_back(descriptor);
        threads_.emplace_back([this, descriptor, number] {
            {
                Peer peer(*this, descriptor, number);
                script_(peer);
            }
            const std::lock_guard closing(mutex_);
            open_.remove(descriptor);
            ::close(descriptor);
            ERR_clear_error();
        });
    }
}

} // namespace infrastate::test
