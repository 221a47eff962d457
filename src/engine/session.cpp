// SPDX-License-Identifier: Apache-2.0
#include "config.h"
#include "mask.h"
#include "resource.h"
#include "run_host.h"

#include "infrastate/client/infra_client.h"
#include "infrastate/engine/engine.h"
#include "infrastate/wire/access_key.h"

#include <algorithm>

namespace infrastate::engine {
struct Session::Impl {
    Config config;
    transport::HttpClient http;

    Impl(Config&& settings, transport::HttpClient&& client)
        : config(std::move(settings)), http(std::move(client)) {}

    Value run(const Resource& resource, Mode mode, const Value& desired, const Call& call);
    Value run_logged_in(const Resource& resource, Mode mode, const Value& desired,
                        client::InfraClient& api, Workplace& place);
};

namespace {

void add_warnings(Value& result, const std::vector<std::string>& texts) {
    Value* warnings = result.find("warnings");
    for (const std::string& text : texts)
        warnings->push(text);
}

} // namespace

Result<Session> Session::open(const Value& config, const Surroundings& around) {
    auto settings = read_config(config, around);
    if (!settings) return std::move(settings).error();
    auto http = transport::HttpClient::create(settings->endpoint, copy_of(settings->tls),
                                              copy_of(settings->proxy));
    if (!http) return std::move(http).error();
    return Session(std::make_unique<Impl>(std::move(*settings), std::move(*http)));
}

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Value Session::Impl::run_logged_in(const Resource& resource, Mode mode, const Value& desired,
                                   client::InfraClient& api, Workplace& place) {
    auto login = api.login(config.username, config.password);
    if (!login) return wire::failed_result(login.error());
    api.use_token(login->token);
    Value result;
    try {
        result = resource.run(mode, desired, place);
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
    const auto files = store::system_files();
    const Site site{config.endpoint.url(), *files};
    if (auto checked = resource.check(desired, site); !checked)
        return wire::failed_result(checked.error());
    client::RunBudget budget;
    budget.timeout = std::min(config.timeout, call.timeout.value_or(config.timeout));
    budget.cancel = call.cancel;
    budget.retries = config.retries;
    client::InfraClient api(http, config.token, budget);
    RunHost host(api);
    const bool logs_in = !config.username.empty();
    std::vector<Secret> learned;
    Workplace place{site, api, host, logs_in ? nullptr : &config.token, learned};
    Value result = logs_in ? run_logged_in(resource, mode, desired, api, place)
                           : resource.run(mode, desired, place);
    std::vector<std::string_view> shown;
    for (const Secret& secret : learned)
        shown.push_back(secret.reveal());
    mask_result(result, shown);
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
    mask_result(result, secrets_of(impl_->config));
    return result;
}

void Session::abandon() noexcept {
    impl_->http.close(true);
}

std::vector<std::string_view> Session::secrets() const {
    return secrets_of(impl_->config);
}

Value failure(const Error& error) {
    return wire::failed_result(error);
}

} // namespace infrastate::engine
