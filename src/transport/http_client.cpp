// SPDX-License-Identifier: Apache-2.0
#include "connection.h"
#include "http_head.h"
#include "http_response.h"
#include "no_proxy.h"

#include "infrastate/types/descriptor.h"
#include "infrastate/types/text.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <new>

namespace infrastate::transport {

Request::~Request() {
    wipe(body);
}

Response::Response(Response&& other) noexcept
    : status(other.status), headers(std::move(other.headers)), body(std::move(other.body)) {
    wipe(other.body); // a short string was copied, not moved
}

Response& Response::operator=(Response&& other) noexcept {
    if (this == &other) return *this;
    status = other.status;
    headers = std::move(other.headers);
    wipe(body);
    body = std::move(other.body);
    wipe(other.body);
    return *this;
}

Response::~Response() {
    wipe(body);
}

const std::string* Response::header(std::string_view name) const noexcept {
    const auto found = std::find_if(headers.begin(), headers.end(), [&](const Header& header) {
        return equal_without_case(header.name, name);
    });
    return found == headers.end() ? nullptr : &found->value;
}

struct HttpClient::Impl {
    Impl(Endpoint where, TlsContext context, std::optional<Proxy> through, ResponseLimits most)
        : endpoint(std::move(where)), tls(std::move(context)), proxy(std::move(through)),
          limits(most) {}

    Result<void> connect(const Deadline& deadline);
    Result<ReadAnswer> exchange(std::string_view bytes, const Deadline& deadline);
    void drop(bool quiet) noexcept;

    Endpoint endpoint;
    TlsContext tls;
    std::optional<Proxy> proxy;
    ResponseLimits limits;
    Statistics statistics;
    std::vector<std::string> warnings;
    /// The descriptor of `connection`, for abandon_in_use(). -1 if no connection is open; it
    /// becomes -1 before the connection is closed.
    std::atomic<int> descriptor{-1};
    std::unique_ptr<Connection> connection; // last, because it borrows from the members above
};

void HttpClient::Impl::drop(bool quiet) noexcept {
    descriptor = -1;
    if (connection) connection->close(quiet);
    connection.reset();
}

/// Uses a kept connection only if it is open and silent. Nothing was sent yet, so a new connection
/// can replace it.
Result<void> HttpClient::Impl::connect(const Deadline& deadline) {
    if (connection && connection->idle()) return {};
    drop(true);
    auto opened = Connection::open(endpoint, proxy, tls, deadline, statistics.connections);
    if (!opened) return opened.error();
    connection = std::move(*opened);
    descriptor = connection->descriptor();
    return {};
}

Result<ReadAnswer> HttpClient::Impl::exchange(std::string_view bytes, const Deadline& deadline) {
    connection->use(deadline, Stage::send);
    auto written = connection->write(bytes);
    if (!written) return written.error();
    ++statistics.requests;
    connection->use(deadline, Stage::head);
    // No data waits inside TLS, because the connection was silent before the request.
    if (auto waited = connection->await(); !waited) return waited.error();
    struct Next {
        Connection& connection;
        const Deadline& deadline;
    } next{*connection, deadline};
    return read_answer(
        *connection, limits,
        [](void* context) {
            auto& now = *static_cast<Next*>(context);
            now.connection.use(now.deadline, Stage::body);
        },
        &next);
}

HttpClient::HttpClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() {
    if (impl_) close();
}

Result<HttpClient> HttpClient::create(Endpoint endpoint, TlsSettings tls, ProxySettings proxy,
                                      ResponseLimits limits) {
    auto through = parse_proxy(proxy.url);
    if (!through) return through.error();
    const NoProxy direct(proxy.no_proxy);
    const bool has_proxy = through->has_value();
    if (direct.exempts(endpoint)) through->reset();
    auto context = TlsContext::create(endpoint, tls);
    if (!context) return context.error();
    auto impl = std::make_unique<Impl>(std::move(endpoint), std::move(*context),
                                       std::move(*through), limits);
    if (has_proxy)
        for (const std::string& entry : direct.not_understood())
            impl->warnings.push_back("no_proxy: " + in_quotes(entry, 128) +
                                     " matches no host: entries are names, .names, addresses, "
                                     "ranges like 192.0.2.0/24, or *");
    if (tls.skip_verify) {
        impl->warnings.push_back("skip_tls_verify is set: the certificate of " +
                                 impl->endpoint.authority() +
                                 " is not checked, and whoever stands in between can read the "
                                 "access key");
    }
    return HttpClient(std::move(impl));
}

Result<Response> HttpClient::send(const Request& request, const Deadline& deadline) {
    auto bytes = write_request(impl_->endpoint, request);
    if (!bytes) return bytes.error();
    bool started = false;
    try {
        auto connected = impl_->connect(deadline);
        if (!connected) return connected.error();
        if (deadline.cancelled() || deadline.expired()) { // after this point an effect is possible
            const Waited waited = deadline.cancelled() ? Waited::cancelled : Waited::expired;
            return wait_error(waited, Stage::send, impl_->endpoint.authority());
        }
        started = true;
        auto answer = impl_->exchange(bytes->view(), deadline);
        if (!answer) {
            impl_->drop(true);
            Error error = std::move(answer).error();
            error.effect = Effect::unknown;
            return error;
        }
        impl_->connection->end_use();
        if (!answer->reusable) impl_->drop(false);
        return std::move(answer->response);
    } catch (const std::exception& problem) {
        impl_->drop(true);
        const bool memory = dynamic_cast<const std::bad_alloc*>(&problem) != nullptr;
        Error error = memory ? lack_of(ENOMEM, "for what a request needs")
                             : error_of(problem, "the conversation with the server");
        error.effect = started ? Effect::unknown : Effect::none;
        return error;
    }
}

void HttpClient::close() noexcept {
    impl_->drop(false);
}

void HttpClient::abandon() noexcept {
    if (impl_->connection) impl_->connection->abandon();
    impl_->tls.abandon();
}

void HttpClient::abandon_in_use() noexcept {
    const Descriptor copy(impl_->descriptor.load()); // closes it
}

const Endpoint& HttpClient::endpoint() const noexcept {
    return impl_->endpoint;
}
Statistics HttpClient::statistics() const noexcept {
    return impl_->statistics;
}
const std::vector<std::string>& HttpClient::warnings() const noexcept {
    return impl_->warnings;
}

} // namespace infrastate::transport
