// SPDX-License-Identifier: Apache-2.0
// A client for one HTTPS endpoint: it sends requests and returns whole answers or Errors, all
// within a Deadline. It knows TLS, proxies, HTTP/1.1 and limits, but nothing of Infra. It never
// follows a redirect. It repeats a request only if the server has certainly not seen it.
#pragma once

#include "infrastate/transport/cancel.h"
#include "infrastate/types/error.h"
#include "infrastate/types/secret.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::transport {

/// The address of a server, read from a person's text. Only https is possible. It cannot hold
/// control characters, a user name, a query or a fragment.
class Endpoint {
public:
    /// Reads "https://host[:port][/prefix]" or "host[:port]". Refuses http://. The error is a
    /// sentence without the parameter's name.
    static Result<Endpoint> parse(std::string_view url);

    /// The host name in lower case, or an IP literal without brackets.
    const std::string& host() const noexcept { return host_; }
    std::uint16_t port() const noexcept { return port_; }
    /// "" or "/prefix" without a trailing slash. It precedes the path of every request.
    const std::string& prefix() const noexcept { return prefix_; }
    bool is_ip_literal() const noexcept { return ip_literal_; }
    /// "host", "host:8443" or "[::1]:8443", as in a Host header.
    std::string authority() const;
    /// "https://" + authority + prefix.
    std::string url() const;

private:
    Endpoint() = default;
    std::string host_;
    std::uint16_t port_ = 443;
    std::string prefix_;
    bool ip_literal_ = false;
};

/// Where this machine keeps the certificates of authorities. Each may be empty.
struct SystemAuthorities {
    std::string bundle{}; ///< one file with all of them
    std::string
        directory{}; ///< hashed directories; several are separated by ':', as in SSL_CERT_DIR
    bool found() const noexcept { return !bundle.empty() || !directory.empty(); }
};

/// The arguments are the values of SSL_CERT_FILE and SSL_CERT_DIR, or empty. If both are empty,
/// searches the places of Debian, Ubuntu, Alpine, RHEL, Fedora and SUSE. Error (argument): the
/// named file cannot be read. It is no error if nothing is found.
Result<SystemAuthorities> find_system_authorities(std::string_view ssl_cert_file,
                                                  std::string_view ssl_cert_dir);

struct TlsSettings {
    bool skip_verify = false;
    /// PEM text with any number of certificates; they are added to the system's authorities. May be
    /// empty. Each of them is a trust anchor: an authority, an intermediate or the server's own
    /// certificate.
    std::string extra_ca_pem{};
    std::string client_certificate_pem{}; ///< the client's own certificate, then its chain
    Secret client_key_pem{};
    Secret client_key_passphrase{};
    /// SSL_CERT_FILE and SSL_CERT_DIR of the caller's environment. HttpClient itself reads no
    /// environment.
    std::string ssl_cert_file{};
    std::string ssl_cert_dir{};
    /// The parameter that extra_ca_pem comes from, for messages.
    std::string extra_ca_field = "server_certificate";
};

/// The argument error for a text in the parameter `field` that should hold PEM certificates but
/// holds none.
Error no_certificate(std::string_view field, std::string_view text);

struct ProxySettings {
    /// "http://[user:password@]host:port", or empty for a direct connection. May hold a password.
    Secret url{};
    /// Hosts that are reached directly, in the syntax of NO_PROXY in current Go programs: "*", a
    /// name (with all names below it), ".name", "*.name", an address or a range. All but ranges may
    /// have a port.
    std::string no_proxy{};
};

struct ResponseLimits {
    std::size_t max_head_bytes = 64u << 10;
    /// A full page of Infra's lists (1,000 rows) has about 0.5 MiB.
    std::size_t max_body_bytes = 2u << 20;
};

enum class Method { get, post, put, patch, del };
std::string_view method_name(Method method) noexcept;
/// POST, PUT and PATCH have a body, possibly an empty one. GET and DELETE never have one.
bool carries_body(Method method) noexcept;

struct Header {
    std::string name, value;
};

struct Request {
    Method method = Method::get;
    /// Path and query as they are sent, starting with '/'. The endpoint's prefix is put before
    /// them.
    std::string target;
    std::vector<Header> headers{};
    /// Sent as "Authorization: Bearer ..." to the endpoint, never to a proxy. Not sent if nullptr
    /// or empty.
    const Secret* bearer = nullptr;
    std::string body{};
    std::string content_type = "application/json"; ///< of the body; not sent without a body
    /// Overwrites the body, which may hold a password (login).
    ~Request();
};

/// A whole answer. Its length was checked: a truncated body is an Error, never a Response.
struct Response {
    int status = 0;
    std::vector<Header> headers{}; ///< without Set-Cookie, which may contain a session
    std::string body{};

    Response() = default;
    Response(const Response&) = default;
    Response& operator=(const Response&) = default;
    Response(Response&& other) noexcept;
    Response& operator=(Response&& other) noexcept;
    /// Overwrites the body, which may hold a secret.
    ~Response();

    /// The first header of that name, borrowed; the case of letters does not matter. nullptr if
    /// there is none.
    const std::string* header(std::string_view name) const noexcept;
};

struct Statistics {
    std::uint64_t requests = 0;    ///< requests whose bytes were all sent
    std::uint64_t connections = 0; ///< TCP connections opened
};

/// What a protocol client needs of a connection. HttpClient implements it; tests use scripts.
class HttpSender {
public:
    virtual ~HttpSender() = default;
    /// The same as HttpClient::send.
    virtual Result<Response> send(const Request& request, const Deadline& deadline) = 0;
    virtual const Endpoint& endpoint() const noexcept = 0;
};

/// Not thread-safe: one thread at a time. Other threads may only cancel.
class HttpClient final : public HttpSender {
public:
    /// Reads no environment and opens no connection. Errors: a CA, certificate, key or proxy that
    /// cannot be used (`field` names server_certificate, client_cert, client_key, proxy ...).
    static Result<HttpClient> create(Endpoint endpoint, TlsSettings tls, ProxySettings proxy = {},
                                     ResponseLimits limits = {});
    HttpClient(HttpClient&&) noexcept;
    HttpClient& operator=(HttpClient&&) noexcept;
    ~HttpClient() override;

    /// Sends one request and reads the whole answer. Every HTTP status is a success here. On an
    /// Error, `effect` is none only if no byte of the request can have reached the server. A kept
    /// connection is used again only if it was open and silent just before.
    Result<Response> send(const Request& request, const Deadline& deadline) override;

    /// Closes the connection politely (TLS close_notify).
    void close() noexcept;
    /// For a child after fork(). A thread that the child does not have may hold a lock of OpenSSL.
    /// So this closes only the child's copy of the descriptor, sends nothing to the peer, and does
    /// not free OpenSSL's objects. After it, the client may only be destroyed.
    void abandon() noexcept;
    /// The same where a thread of the parent was inside send() at the fork. Closes the child's copy
    /// of a connection's descriptor, and nothing else: the rest may be half changed. After it, the
    /// client may not be used and not be destroyed.
    void abandon_in_use() noexcept;

    const Endpoint& endpoint() const noexcept override;
    Statistics statistics() const noexcept;
    /// What a person should know, for instance that verification is skipped. Does not change later.
    const std::vector<std::string>& warnings() const noexcept;

private:
    struct Impl;
    explicit HttpClient(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace infrastate::transport
