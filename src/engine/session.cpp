// SPDX-License-Identifier: Apache-2.0
#include "config.h"
#include "mask.h"
#include "resource.h"

#include "infrastate/client/infra_client.h"
#include "infrastate/engine/engine.h"
#include "infrastate/wire/access_key.h"

#include <algorithm>

namespace infrastate::engine {
namespace {

/// As it stands in "http://user:password@host:port"; a part of `url`.
std::string_view url_password(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
    const auto at = url.substr(0, url.find('/')).rfind('@');
    if (at == std::string_view::npos) return {};
    const auto colon = url.substr(0, at).find(':');
    return colon == std::string_view::npos ? std::string_view{}
                                           : url.substr(colon + 1, at - colon - 1);
}

} // namespace

struct Session::Impl {
    Config config;
    transport::HttpClient http;

    Impl(Config&& settings, transport::HttpClient&& client)
        : config(std::move(settings)), http(std::move(client)) {}

    std::vector<std::string_view> secrets() const {
        std::vector<std::string_view> out;
        for (const Secret* secret : {&config.token, &config.password, &config.tls.client_key_pem,
                                     &config.tls.client_key_passphrase})
            if (!secret->empty()) out.push_back(secret->reveal());
        // Of a proxy's URL the password alone: its address belongs into messages.
        if (const auto password = url_password(config.proxy.url.reveal()); !password.empty())
            out.push_back(password);
        return out;
    }

    Value run(const Resource& resource, Mode mode, const Value& desired, const Call& call);
    Value run_logged_in(const Resource& resource, Mode mode, const Value& desired,
                        client::InfraClient& api);
};

namespace {

void add_warnings(Value& result, const std::vector<std::string>& texts) {
    Value* warnings = result.find("warnings");
    for (const std::string& text : texts)
        warnings->push(text);
}

} // namespace

Result<Session> Session::open(const Value& config, const Surroundings& around) {
    auto settings = read_config(config);
    if (!settings) return std::move(settings).error();
    transport::TlsSettings tls{settings->tls.skip_verify,
                               settings->tls.extra_ca_pem,
                               settings->tls.client_certificate_pem,
                               settings->tls.client_key_pem.clone(),
                               settings->tls.client_key_passphrase.clone(),
                               around.ssl_cert_file,
                               around.ssl_cert_dir};
    transport::ProxySettings proxy{settings->proxy.url.clone(), settings->proxy.no_proxy};
    auto http = transport::HttpClient::create(settings->endpoint, std::move(tls), std::move(proxy));
    if (!http) return std::move(http).error();
    return Session(std::make_unique<Impl>(std::move(*settings), std::move(*http)));
}

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Value Session::Impl::run_logged_in(const Resource& resource, Mode mode, const Value& desired,
                                   client::InfraClient& api) {
    auto login = api.login(config.username, config.password);
    if (!login) return wire::failed_result(login.error());
    api.use_token(login->token);
    Value result;
    try {
        result = resource.run(mode, desired, api);
    } catch (...) { // a defect, or no memory: no reason to leave a session open
        static_cast<void>(api.logout());
        throw;
    }
    std::vector<std::string> warnings;
    if (auto out = api.logout(); !out)
        warnings.push_back("the session opened for username could not be logged out: " +
                           out.error().message);
    add_warnings(result, warnings);
    mask_result(result, {login->token.reveal()});
    return result;
}

Value Session::Impl::run(const Resource& resource, Mode mode, const Value& desired,
                         const Call& call) {
    // What can be refused without a request is refused before a login.
    if (auto checked = resource.check(desired); !checked)
        return wire::failed_result(checked.error());
    client::RunBudget budget;
    budget.timeout = std::min(config.timeout, call.timeout.value_or(config.timeout));
    budget.cancel = call.cancel;
    budget.retries = config.retries;
    client::InfraClient api(http, config.token, budget);
    Value result = config.username.empty() ? resource.run(mode, desired, api)
                                           : run_logged_in(resource, mode, desired, api);
    add_warnings(result, config.warnings);
    add_warnings(result, http.warnings());
    return result;
}

Value Session::run(std::string_view resource, Mode mode, const Value& desired, const Call& call) {
    const Resource* kind = find_resource(resource);
    if (kind == nullptr) {
        std::string known;
        for (std::string_view name : resource_names())
            known += (known.empty() ? "" : ", ") + std::string(name);
        return wire::failed_result(argument_error("resource", "resource: must be one of " + known));
    }
    Value result = impl_->run(*kind, mode, desired, call);
    if (!call.diff) result.set("diff", nullptr);
    mask_result(result, impl_->secrets());
    return result;
}

void Session::abandon() noexcept {
    impl_->http.close(true);
}

std::vector<std::string_view> Session::secrets() const {
    return impl_->secrets();
}

Value failure(const Error& error) {
    return wire::failed_result(error);
}

} // namespace infrastate::engine
