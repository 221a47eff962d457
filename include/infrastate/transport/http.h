// SPDX-License-Identifier: Apache-2.0
// One HTTPS endpoint: requests go out, whole answers or Errors come back, all inside a Deadline.
// Knows TLS, proxies, HTTP/1.1 and limits; knows nothing of Infra. Never follows a redirect, never
// sends a request twice on its own unless it is certain that the server has not seen it.
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

/// Where to connect: only https is possible. Made from what a person wrote; cannot hold control
/// characters, a user name, a query or a fragment.
class Endpoint {
public:
    /// "https://host[:port][/prefix]" or a bare "host[:port]". The error is a sentence without the
    /// parameter's name; http:// is refused.
    static Result<Endpoint> parse(std::string_view url);

    /// Lower-cased host name or IP literal without brackets.
    const std::string& host() const noexcept { return host_; }
    std::uint16_t port() const noexcept { return port_; }
    /// "" or "/prefix" without a trailing slash: put before every request's path.
    const std::string& prefix() const noexcept { return prefix_; }
    bool is_ip_literal() const noexcept { return ip_literal_; }
    /// "host", "host:8443" or "[::1]:8443": what a Host header carries.
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

/// Where this machine keeps the certificates of its authorities; each may be empty.
struct SystemAuthorities {
    std::string bundle{}; ///< one file with all of them
    std::string
        directory{}; ///< looked up by hash; several, as OpenSSL reads SSL_CERT_DIR, with ':'
    bool found() const noexcept { return !bundle.empty() || !directory.empty(); }
};

/// The arguments are the values of SSL_CERT_FILE and SSL_CERT_DIR, or empty; where both are empty
/// the places of Debian, Ubuntu, Alpine, RHEL, Fedora and SUSE are searched. Error (argument): the
/// file named cannot be read. Finding nothing is no error.
Result<SystemAuthorities> find_system_authorities(std::string_view ssl_cert_file,
                                                  std::string_view ssl_cert_dir);

struct TlsSettings {
    bool skip_verify = false;
    /// PEM text, any number of certificates, added to the system's authorities; "" is none. Any of
    /// them is an anchor: an authority, an intermediate or the server's own certificate.
    std::string extra_ca_pem{};
    std::string client_certificate_pem{}; ///< the client's own first, then its chain
    Secret client_key_pem{};
    Secret client_key_passphrase{};
    /// SSL_CERT_FILE and SSL_CERT_DIR of the caller's environment: HttpClient reads none itself.
    std::string ssl_cert_file{};
    std::string ssl_cert_dir{};
    /// The parameter that extra_ca_pem comes from: for messages.
    std::string extra_ca_field = "server_certificate";
};

/// An argument error: the parameter `field` should hold certificates in PEM form.
Error no_certificate(std::string_view field, std::string_view text);

struct ProxySettings {
    /// "http://[user:password@]host:port", or empty for a direct connection. May hold a password.
    Secret url{};
    /// Hosts that are reached directly, as current Go programs read NO_PROXY: names with all below
    /// them, ".name", "*.name", addresses, ranges, each but a range with or without a port; or "*".
    std::string no_proxy{};
};

struct ResponseLimits {
    std::size_t max_head_bytes = 64u << 10;
    /// A full page of Infra's lists, 1,000 rows, is about 0.5 MiB.
    std::size_t max_body_bytes = 2u << 20;
};

enum class Method { get, post, put, patch, del };
std::string_view method_name(Method method) noexcept;
/// POST, PUT and PATCH carry a body, if only an empty one; GET and DELETE never do.
bool carries_body(Method method) noexcept;

struct Header {
    std::string name, value;
};

struct Request {
    Method method = Method::get;
    /// Path and query as they stand on the wire, starting with '/'; the endpoint's prefix is added.
    std::string target;
    std::vector<Header> headers{};
    /// Sent as "Authorization: Bearer ..." to the endpoint only, never to a proxy; empty: not sent.
    const Secret* bearer = nullptr;
    std::string body{};
    std::string content_type = "application/json"; ///< of the body; not sent without one
    /// Overwrites the body: a login's holds a password.
    ~Request();
};

/// A whole answer. Its length was checked: a cut body is an Error, never a Response.
struct Response {
    int status = 0;
    std::vector<Header> headers{}; ///< without Set-Cookie, which may carry a session
    std::string body{};

    Response() = default;
    Response(const Response&) = default;
    Response& operator=(const Response&) = default;
    Response(Response&& other) noexcept;
    Response& operator=(Response&& other) noexcept;
    /// Overwrites the body, which may hold a secret.
    ~Response();

    /// The first header of that name, compared without case, or nullptr. Borrowed.
    const std::string* header(std::string_view name) const noexcept;
};

struct Statistics {
    std::uint64_t requests = 0;    ///< requests whose head was sent in full
    std::uint64_t connections = 0; ///< TCP connections opened
};

/// What a protocol client needs of a connection; HttpClient for real, scripts in tests.
class HttpSender {
public:
    virtual ~HttpSender() = default;
    /// As HttpClient::send.
    virtual Result<Response> send(const Request& request, const Deadline& deadline) = 0;
    virtual const Endpoint& endpoint() const noexcept = 0;
};

/// Not thread-safe: one thread at a time. Cancelling is what other threads may do.
class HttpClient final : public HttpSender {
public:
    /// Reads no environment and opens no connection. Errors: a CA, certificate or key that cannot
    /// be used (`field` names server_certificate, client_cert, client_key, proxy ...).
    static Result<HttpClient> create(Endpoint endpoint, TlsSettings tls, ProxySettings proxy = {},
                                     ResponseLimits limits = {});
    HttpClient(HttpClient&&) noexcept;
    HttpClient& operator=(HttpClient&&) noexcept;
    ~HttpClient() override;

    /// Sends one request and reads the whole answer. Any status is a success here. On an Error,
    /// `effect` is none only if no byte of the request can have reached the server. A kept
    /// connection is used again only if it is seen to be open and idle just before.
    Result<Response> send(const Request& request, const Deadline& deadline) override;

    /// Closes the connection politely (TLS close_notify).
    void close() noexcept;
    /// For a child after fork(), where a thread that the child does not have may hold a lock of
    /// OpenSSL: closes the child's copy of the descriptor, says nothing to the peer, and leaves the
    /// memory of OpenSSL's objects to the end of the process. Only destruction may follow.
    void abandon() noexcept;

    const Endpoint& endpoint() const noexcept override;
    Statistics statistics() const noexcept;
    /// What a person should know: skipped verification, for instance. Stable for the client's life.
    const std::vector<std::string>& warnings() const noexcept;

private:
    struct Impl;
    explicit HttpClient(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace infrastate::transport
