// SPDX-License-Identifier: Apache-2.0
#include "tls_fixture.h"

#include <random>
#include <stdexcept>
#include <sys/resource.h>

namespace infrastate::test {

using namespace transport;

const Identity& test_authority() {
    static const Identity authority = make_authority("infrastate test authority");
    return authority;
}

const Identity& good_identity() {
    static const Identity identity = issued_by(
        test_authority(),
        {.common_name = "good",
         .alternative_names = std::string("DNS:localhost,IP:127.0.0.1,IP:::1,DNS:") + good_name});
    return identity;
}

ServerTls good_tls() {
    ServerTls tls;
    tls.identity = &good_identity();
    return tls;
}

const Secret& token() {
    static const Secret made = [] {
        constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
        std::random_device random;
        std::string text;
        for (int i = 0; i < 35; ++i)
            text += i == 10 ? '.' : letters[random() % letters.size()];
        return Secret::adopt(std::move(text));
    }();
    return made;
}

TlsSettings trusting(const Identity& authority) {
    TlsSettings settings;
    settings.extra_ca_pem = authority.certificate_pem();
    return settings;
}

HttpClient client_for(const std::string& authority, ProxySettings proxy, ResponseLimits limits) {
    auto endpoint = Endpoint::parse("https://" + authority);
    if (!endpoint) throw std::runtime_error(endpoint.error().message);
    auto client = HttpClient::create(std::move(*endpoint), trusting(test_authority()),
                                     std::move(proxy), limits);
    if (!client) throw std::runtime_error(client.error().message);
    return std::move(*client);
}

Request get(std::string target) {
    Request request;
    request.target = std::move(target);
    request.bearer = &token();
    return request;
}

Request post(std::string body) {
    Request request;
    request.method = Method::post;
    request.target = "/api/access-keys";
    request.bearer = &token();
    request.body = std::move(body);
    return request;
}

Deadline ample(const CancelToken* cancel) {
    return Deadline::after(milliseconds(15'000), cancel);
}

std::string verdict(const Result<Response>& answer) {
    return answer ? std::to_string(answer->status) : answer.error().detail;
}

long peak_kib() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

HostileServer::Script answering(std::string answer) {
    return [answer = std::move(answer)](Peer& peer) {
        if (!peer.handshake()) return;
        while (!peer.read_request().empty() && peer.write(answer)) {
        }
    };
}

} // namespace infrastate::test
