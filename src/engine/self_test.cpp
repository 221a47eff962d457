// SPDX-License-Identifier: Apache-2.0
#include "infrastate/engine/self_test.h"

#include "config.h"
#include "default_host.h"

#include "infrastate/client/infra_client.h"
#include "infrastate/transport/probe.h"

#include <array>
#include <chrono>

namespace infrastate::engine {
namespace {

/// A larger difference of the clocks is reported, because certificates and expiries depend on them.
constexpr std::int64_t tolerable_seconds = 5;

constexpr std::array<std::string_view, 4> step_names{"authorities", "name", "connection", "TLS"};

class SelfTest {
public:
    SelfTest(Config config, const transport::CancelToken* cancel,
             const std::function<void(const Finding&)>& tell)
        : config_(std::move(config)), cancel_(cancel),
          deadline_(
              transport::Deadline::after(config_.timeout.value_or(default_timeout()), cancel)),
          tell_(tell) {
        add_secrets(config_, masker_);
    }

    bool run_checks() {
        return path() && connect() && ask_version() && look_at_clock() && try_credentials();
    }

private:
    void say(std::string_view what, Severity severity, std::string_view text) {
        tell_({what, severity, masker_.mask(text)});
    }
    bool good(std::string_view what, std::string_view text) {
        say(what, Severity::good, text);
        return true;
    }
    bool bad(std::string_view what, const Error& error) {
        say(what, Severity::bad, error.message);
        return false;
    }

    /// Tests everything up to TLS on a separate connection.
    bool path() {
        good("parameters",
             "the server is " + config_.endpoint.url() +
                 (config_.username.empty() ? ", with an access key"
                                           : ", where " + config_.username + " logs in"));
        if (config_.default_host)
            say("parameters", Severity::noteworthy, default_host_asked(config_.endpoint));
        for (const std::string& warning : config_.warnings)
            say("parameters", Severity::noteworthy, warning);
        std::size_t next = 0;
        const auto done = transport::probe(
            config_.endpoint, config_.tls, config_.proxy, deadline_,
            [&](const transport::Probed& probed) {
                next = static_cast<std::size_t>(probed.step) + 1;
                const bool unsafe =
                    probed.step == transport::ProbeStep::authorities && config_.tls.skip_verify;
                say(step_names.at(next - 1), unsafe ? Severity::noteworthy : Severity::good,
                    probed.found);
            });
        return done ? true : bad(step_names.at(next), done.error());
    }

    bool connect() {
        auto made = transport::HttpClient::create(config_.endpoint, copy_of(config_.tls),
                                                  copy_of(config_.proxy));
        if (!made) return bad("connection", made.error());
        http_ = std::make_unique<transport::HttpClient>(std::move(*made));
        client::RunBudget budget;
        budget.timeout = deadline_.remaining();
        budget.cancel = cancel_;
        budget.retries = 0;
        api_ = std::make_unique<client::InfraClient>(*http_, config_.token, budget,
                                                     key_parameter(config_));
        return true;
    }

    bool ask_version() {
        const auto version = api_->server().version();
        if (!version) return bad("server", version.error());
        if (*version < oldest_server)
            return bad("server", {Code::unsupported,
                                  "Infra " + version->text() + ", and " + oldest_server.text() +
                                      " or newer is needed: upgrade the server"});
        return good("server", "Infra " + version->text());
    }

    bool look_at_clock() {
        const auto server = api_->last_time();
        if (!server || !server->exact) {
            say("clock", Severity::noteworthy,
                "the server's answers carry no exact Date, so nothing is replaced for being "
                "expired; "
                "see what stands in front of it");
            return true;
        }
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        const auto here =
            Timestamp::from_unix(std::chrono::duration_cast<std::chrono::seconds>(now).count());
        const std::int64_t ahead = here.seconds_since(server->now);
        const std::int64_t apart = ahead < 0 ? -ahead : ahead;
        if (apart <= tolerable_seconds)
            return good("clock", "this machine and the server agree within " +
                                     std::to_string(apart + 1) + " s");
        say("clock", Severity::noteworthy,
            "this machine is " + std::to_string(apart) + " s " +
                (ahead > 0 ? "ahead of" : "behind") +
                " the server; times of keys follow the server, certificates are judged by this "
                "machine: correct the clock that is wrong");
        return true;
    }

    bool try_credentials() {
        if (config_.username.empty()) return try_token("access key");
        auto login = api_->login(config_.username, config_.password);
        if (!login) return bad("login", login.error());
        session_ = std::move(login->token);
        masker_.add(session_.reveal());
        api_->use_token(session_);
        const bool accepted = try_token("login");
        if (auto out = api_->logout(); !out) {
            say("logout", Severity::noteworthy, out.error().message);
        }
        return accepted;
    }

    /// Lists keys, as every run does first. It cannot test whether the caller may also create and
    /// delete keys.
    bool try_token(std::string_view what) {
        const auto listing = api_->keys().list({.first_page_only = true, .own_will_do = true});
        if (!listing) return bad(what, listing.error());
        const auto self =
            api_->keys().try_secret(config_.username.empty() ? config_.token : session_);
        const bool known = self && !self->user_name.empty();
        return good(what, "accepted" + (known ? " as " + self->user_name : std::string()) +
                              ", and access keys may be listed");
    }

    Config config_;
    const transport::CancelToken* cancel_;
    transport::Deadline deadline_;
    const std::function<void(const Finding&)>& tell_;
    Secret session_{};
    Masker masker_{};
    std::unique_ptr<transport::HttpClient> http_;
    std::unique_ptr<client::InfraClient> api_;
};

} // namespace

bool self_test(const Value& config, const CertificateLocations& certificates,
               const transport::CancelToken* cancel,
               const std::function<void(const Finding&)>& tell) {
    auto read = read_config(config, certificates);
    if (!read) {
        tell({"parameters", Severity::bad, read.error().message});
        return false;
    }
    return SelfTest(std::move(*read), cancel, tell).run_checks();
}

} // namespace infrastate::engine
