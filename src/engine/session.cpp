// SPDX-License-Identifier: Apache-2.0
#include "batch.h"
#include "config.h"
#include "renewed_key.h"
#include "single.h"

#include "infrastate/engine/engine.h"
#include "infrastate/store/files.h"
#include "infrastate/wire/result.h"

#include <mutex>

namespace infrastate::engine {

struct Session::Impl {
    Config config;
    transport::HttpClient http;

    Impl(Config&& settings, transport::HttpClient&& client)
        : config(std::move(settings)), http(std::move(client)), known_(masker_of(config)) {}

    std::shared_ptr<const Masker> known() const {
        const std::lock_guard lock(guard_);
        return known_;
    }

    /// Called after a credential was read again. Calls that have begun keep the masker that they
    /// use.
    void know_anew() {
        auto made = masker_of(config);
        const std::lock_guard lock(guard_);
        known_.swap(made);
    }

    std::vector<std::string> warnings() const {
        std::vector<std::string> out = config.warnings;
        out.insert(out.end(), http.warnings().begin(), http.warnings().end());
        return out;
    }

private:
    static std::shared_ptr<const Masker> masker_of(const Config& config) {
        auto made = std::make_shared<Masker>();
        add_secrets(config, *made);
        made->make_ready();
        return made;
    }

    mutable std::mutex guard_{};
    std::shared_ptr<const Masker> known_;
};

Result<Session> Session::open(const Value& config, const CertificateLocations& certificates) {
    auto settings = read_config(config, certificates);
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

std::vector<std::string> Session::run_all(const std::vector<BatchRequest>& requests, Operation mode,
                                          const CallOptions& call, Results& results) {
    const auto files = store::system_files();
    const RunTarget target{impl_->config.endpoint.url(), *files};
    std::vector<std::string> warnings = impl_->warnings();
    const auto renewed = renew_key(impl_->config, When::file_changed);
    if (!renewed)
        warnings.push_back(renewed.error().message + "; the key that was read before is used");
    else if (*renewed)
        impl_->know_anew();
    CallContext context(impl_->config, impl_->known(), impl_->http, call, waiting_of(requests),
                        [this] { impl_->know_anew(); });
    Batch(requests, mode, target, context, warnings, results).run();
    context.log_out(warnings);
    return warnings;
}

Value Session::run(std::string_view resource, Operation mode, const Value& desired,
                   const CallOptions& call) {
    OneResult one;
    std::vector<BatchRequest> requests;
    requests.push_back({std::string(resource), desired});
    const auto warnings = run_all(requests, mode, call, one);
    add_warnings(one.get(), warnings);
    return std::move(one.get());
}

std::chrono::milliseconds Session::time_limit(const std::vector<BatchRequest>& requests,
                                              const CallOptions& call) const {
    return engine::time_limit(impl_->config, call, waiting_of(requests));
}

void Session::abandon() noexcept {
    impl_->http.abandon();
}

void Session::abandon_in_use() noexcept {
    impl_->http.abandon_in_use();
}

std::vector<std::string_view> Session::secrets() const {
    return secrets_of(impl_->config);
}

std::shared_ptr<const Masker> Session::known_secrets() const {
    return impl_->known();
}

Value failure(const Error& error, std::string_view resource, Operation mode) {
    const schema::ResourceKind kind = kind_of(mode);
    const schema::Resource* known = schema::find_resource(resource);
    if (known == nullptr || known->kind != kind) return wire::failed_result(error, kind);
    return wire::failed_result(error, *known);
}

} // namespace infrastate::engine
