// SPDX-License-Identifier: Apache-2.0
// A TLS server that does exactly what its script says, mostly wrong things. It remembers every byte
// that it received after the handshake.
#pragma once

#include "tls_certificates.h"

#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace infrastate::test {

using std::chrono::milliseconds;

/// How the server speaks TLS.
struct ServerTls {
    const Identity* identity = nullptr;
    std::vector<const Identity*> chain{};       ///< intermediates to send
    const Identity* client_authority = nullptr; ///< set: a client certificate is required
    int min_version = 0, max_version = 0;       ///< 0: OpenSSL's
    std::string ciphers{};
    std::string groups{};         ///< for the key exchange, as OpenSSL lists them; empty: its own
    milliseconds stall_inside{0}; ///< between the ClientHello and the server's answer
};

class HostileServer;

/// One connection, in its own thread. Each function returns false (or "") when the peer has
/// disconnected or the server stops.
class Peer {
public:
    bool handshake();
    /// Reads up to the end of a request (head, and a body by its Content-Length).
    std::string read_request();
    bool write(std::string_view bytes);
    /// Sends the bytes one by one, with a pause before each.
    bool drip(std::string_view bytes, milliseconds pause);
    bool pause(milliseconds span);
    /// Waits until the peer or the server ends. Remembers what the peer still sends.
    void linger();
    void close_notify();
    /// Sends so many more tickets of TLS 1.3.
    void send_tickets(int count);
    /// True if the peer ended with close_notify, and did not just disconnect.
    bool was_notified() const;
    /// Ends with RST instead of FIN.
    void reset();
    int descriptor() const noexcept { return descriptor_; }
    bool stopping() const noexcept;
    /// The number of the connection at this server, from 1.
    int number() const noexcept { return number_; }

private:
    friend class HostileServer;
    Peer(HostileServer& server, int descriptor, int number);
    std::string read_some();
    HostileServer& server_;
    int descriptor_;
    int number_;
    std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
    std::string pending_;
};

class HostileServer {
public:
    using Script = std::function<void(Peer&)>;

    /// Listens on the loopback address of the family ("127.0.0.1" or "::1") at a free port. Throws
    /// std::runtime_error if the machine does not have that family.
    HostileServer(const std::string& address, ServerTls tls, Script script);
    ~HostileServer();
    HostileServer(const HostileServer&) = delete;
    HostileServer& operator=(const HostileServer&) = delete;

    std::uint16_t port() const noexcept { return port_; }
    /// "127.0.0.1:port" or "[::1]:port".
    std::string authority() const;
    /// All plaintext received after handshakes on all connections; without TLS, all bytes.
    std::string received() const;
    int connections() const noexcept { return connections_; }

private:
    friend class Peer;
    void accept_loop();
    void remember(std::string_view bytes);

    std::string address_;
    ServerTls tls_;
    Script script_;
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_{0};
    mutable std::mutex mutex_;
    std::condition_variable stop_signal_;
    std::atomic<bool> stopping_{false};
    std::string received_;
    std::list<int> open_;
    std::list<std::thread> threads_;
};

/// A listening socket on a free port, closed at the end. For servers without TLS.
int listen_on(const std::string& address, std::uint16_t& port, int backlog = 16);

/// "HTTP/1.1 200 OK" with a Content-Length and this body.
std::string plain_answer(std::string_view body);

} // namespace infrastate::test
