// SPDX-License-Identifier: Apache-2.0
#include "config.h"
#include "creation_guard.h"
#include "logged_sender.h"
#include "resource.h"
#include "run_host.h"
#include "shared_listing.h"

#include "infrastate/client/infra_client.h"
#include "infrastate/engine/engine.h"
#include "infrastate/schema/mask.h"
#include "infrastate/wire/access_key.h"

#include <algorithm>
#include <exception>
#include <map>
#include <new>

namespace infrastate::engine {
struct Session::Impl {
    Config config;
    transport::HttpClient http;

    Impl(Config&& settings, transport::HttpClient&& client)
        : config(std::move(settings)), http(std::move(client)) {}

    std::vector<std::string> warnings() const {
        std::vector<std::string> out = config.warnings;
        out.insert(out.end(), http.warnings().begin(), http.warnings().end());
        return out;
    }

    class Conversation;
};

/// What one call says to the server: inside one deadline, logged in where a user does that.
class Session::Impl::Conversation {
public:
    Conversation(Impl& session, const Call& call)
        : session_(session), call_(call), masker_(call.masker != nullptr ? *call.masker : own_),
          log_(masked(call.log)), sender_(session.http, log_),
          budget_(budget(session.config, call)),
          deadline_(transport::Deadline::after(budget_.timeout)),
          api_(sender_, session.config.token, budget_) {
        engine::add_secrets(session.config, masker_);
    }
    /// A defect, or no memory, is no reason to leave a session open.
    ~Conversation() {
        if (!logged_out_) log_out(unheard_);
    }
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    client::InfraClient& api() noexcept { return api_; }
    Masker& masker() noexcept { return masker_; }
    /// The key that authenticates; nothing for a user that logs in.
    const Secret* own_token() const noexcept {
        return session_.config.username.empty() ? &session_.config.token : nullptr;
    }

    /// Nothing where that went well, or there is nobody to log in.
    std::optional<Error> log_in() {
        if (session_.config.username.empty()) return std::nullopt;
        auto opened = api_.login(session_.config.username, session_.config.password);
        if (!opened) return std::move(opened).error();
        login_ = std::move(*opened);
        api_.use_token(login_->token);
        masker_.add(login_->token.reveal());
        return std::nullopt;
    }

    /// Adds a warning if that fails, then masks all of them. Rather loses them than throws.
    void log_out(std::vector<std::string>& warnings) noexcept {
        try {
            if (login_)
                if (auto out = api_.logout(); !out)
                    warnings.push_back("the session opened for username could not be logged out: " +
                                       out.error().message);
            for (std::string& text : warnings)
                text = masker_.mask(text);
        } catch (const std::exception&) {
            warnings.clear();
        }
        logged_out_ = true;
    }

    /// How long a reader of the result may be waited for: the reserve is for cleaning up.
    std::chrono::milliseconds patience() const noexcept {
        return std::max(std::chrono::milliseconds(0), api_.time_left() - budget_.reserve());
    }

    /// Nothing while there is time; asked between the runs of a batch, since a shared listing needs
    /// no request to answer.
    std::optional<Error> over() const {
        Error out{Code::cancelled, "not begun, as the run was cancelled", {}, "cancelled", 0, true};
        if (call_.cancel != nullptr && call_.cancel->is_set()) return out;
        if (!deadline_.expired()) return std::nullopt;
        out.code = Code::deadline;
        out.message = "not begun, as the time is used up; raise timeout";
        out.field = "timeout";
        out.detail = "no_time_left";
        return out;
    }

private:
    static client::RunBudget budget(const Config& config, const Call& call) {
        client::RunBudget out;
        out.timeout = std::min(config.timeout, call.timeout.value_or(config.timeout));
        out.cancel = call.cancel;
        out.retries = config.retries;
        return out;
    }

    Log masked(const Log& log) {
        if (!log) return {};
        return [this, &log](LogLevel level, std::string_view text) {
            try {
                log(level, masker_.mask(text));
            } catch (const std::bad_alloc&) { // a line less
            }
        };
    }

    Impl& session_;
    const Call& call_;
    Masker own_;
    Masker& masker_;
    Log log_;
    LoggedSender sender_;
    client::RunBudget budget_;
    transport::Deadline deadline_;
    client::InfraClient api_;
    std::optional<client::InfraClient::Login> login_{};
    bool logged_out_ = false;
    std::vector<std::string> unheard_{};
};

namespace {

/// Hands over a result with the only copy of a new secret; what cannot be handed over is taken
/// back.
void hand_over(const Value& result, Delivery& delivery, std::chrono::milliseconds patience,
               CreationGuard& guard) {
    const std::vector<std::string> made = guard.made();
    bool whole = false;
    try {
        whole = delivery.deliver(result, patience);
    } catch (const std::exception&) { // not handed over
    }
    if (whole) return guard.forget();
    guard.take_back();
    Lost lost;
    lost.left = guard.made();
    for (const std::string& id : made)
        if (std::find(lost.left.begin(), lost.left.end(), id) == lost.left.end())
            lost.deleted.push_back(id);
    const Value* previous = result.given("previous_id");
    lost.none_left = previous != nullptr && lost.left.empty();
    if (const Value* live = result.given("live_keys"); live != nullptr && live->is_array())
        for (const Value& id : live->items())
            if (std::find(made.begin(), made.end(), id.string()) == made.end())
                lost.none_left = false;
    delivery.lost(lost);
    guard.forget();
}

void add_warnings(Value& result, const std::vector<std::string>& texts) {
    Value* warnings = result.find("warnings");
    for (const std::string& text : texts)
        warnings->push(text);
}

Result<const Resource*> known_resource(std::string_view name) {
    if (const Resource* found = find_resource(name)) return found;
    std::string known;
    for (std::string_view each : resource_names())
        known += (known.empty() ? "" : ", ") + std::string(each);
    return argument_error("resource", "resource: must be one of " + known);
}

/// A request of a batch, looked at before anything is sent.
struct Prepared {
    const Resource* resource = nullptr;
    std::string shared_user{}; ///< empty: it shares nothing
    bool keeps_secret = false;
    std::optional<Error> error{};
};

/// `check`: whether its parameters are looked at now; its run does so in any case.
Prepared prepare(const Request& request, const Site& site, bool check) {
    Prepared out;
    const auto resource = known_resource(request.resource);
    if (!resource) {
        out.error = resource.error();
        return out;
    }
    out.resource = *resource;
    if (check)
        if (auto checked = out.resource->check(request.desired, site); !checked)
            out.error = std::move(checked).error();
    out.shared_user = out.resource->shared_user(request.desired);
    out.keeps_secret = out.resource->keeps_secret(request.desired);
    return out;
}

Error defect(const std::exception& problem, Effect effect) {
    Error out = error_of(problem, "the run");
    out.effect = effect;
    if (effect == Effect::unknown)
        out.message += "; whether the server was changed is unknown, the next run will see";
    return out;
}

/// Takes the one result of Session::run.
class OneResult final : public Results {
public:
    void make_room() override {}
    void take(Value&& result) override { result_ = std::move(result); }
    void no_memory(Effect) noexcept override {}
    Value& get() {
        if (result_.is_null()) throw std::bad_alloc();
        return result_;
    }

private:
    Value result_;
};

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

std::vector<std::string> Session::run_all(const std::vector<Request>& requests, Mode mode,
                                          const Call& call, Results& results) {
    // What can be refused without a request is refused before a login, where there is one.
    const bool logs_in = !impl_->config.username.empty();
    const auto files = store::system_files();
    const Site site{impl_->config.endpoint.url(), *files};
    std::vector<Prepared> prepared;
    std::map<std::string_view, std::size_t> runs_left;
    bool any = false;
    prepared.reserve(requests.size());
    for (const Request& request : requests) {
        const Prepared& now = prepared.emplace_back(prepare(request, site, logs_in));
        any = any || !now.error;
        if (!now.error) ++runs_left[now.shared_user];
    }

    std::vector<std::string> warnings = impl_->warnings();
    Impl::Conversation conversation(*impl_, call);
    RunHost host(conversation.api());
    SharedListing shared(conversation.api());
    const auto finish = [&](Value&& result, const Resource* resource,
                            CreationGuard* to_hand_over = nullptr) {
        if (!call.diff) result.set("diff", nullptr);
        schema::mask_result(result,
                            resource == nullptr ? nullptr : schema::find_resource(resource->name),
                            conversation.masker());
        if (to_hand_over != nullptr && !to_hand_over->made().empty()) {
            Value whole = result;
            std::vector<std::string> said;
            for (const std::string& text : warnings)
                said.push_back(conversation.masker().mask(text));
            add_warnings(whole, said);
            hand_over(whole, *call.delivery, conversation.patience(), *to_hand_over);
        }
        results.take(std::move(result));
    };
    const auto no_login = any ? conversation.log_in() : std::nullopt;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const Prepared& now = prepared[i];
        const bool shares = !now.shared_user.empty();
        std::optional<CreationGuard> guard; // made inside: the results so far must not get lost
        try {
            results.make_room();
            guard.emplace(shares ? static_cast<ports::KeyApi&>(shared) : conversation.api());
            auto error = now.error ? now.error : no_login ? no_login : conversation.over();
            if (error) {
                finish(wire::failed_result(*error), now.resource);
                continue;
            }
            if (shares) shared.begin_run(now.shared_user, runs_left[now.shared_user]--);
            conversation.api().next_run();
            Workplace place{site, *guard, host, conversation.own_token(), conversation.masker()};
            finish(now.resource->run(mode, requests[i].desired, place), now.resource,
                   call.delivery != nullptr && !now.keeps_secret ? &*guard : nullptr);
        } catch (const std::exception& problem) {
            if (guard && !now.keeps_secret) guard->take_back();
            const Effect effect = guard ? guard->effect() : Effect::none;
            try {
                if (dynamic_cast<const std::bad_alloc*>(&problem) != nullptr) throw;
                finish(wire::failed_result(defect(problem, effect)), now.resource);
            } catch (const std::bad_alloc&) {
                results.no_memory(effect);
            }
        }
        if (!shares) shared.outdated();
    }
    conversation.log_out(warnings);
    return warnings;
}

Value Session::run(std::string_view resource, Mode mode, const Value& desired, const Call& call) {
    OneResult one;
    std::vector<Request> requests;
    requests.push_back({std::string(resource), desired});
    const auto warnings = run_all(requests, mode, call, one);
    add_warnings(one.get(), warnings);
    return std::move(one.get());
}

void Session::abandon() noexcept {
    impl_->http.close(true);
}

std::vector<std::string_view> Session::secrets() const {
    return secrets_of(impl_->config);
}

void Session::add_secrets(Masker& masker) const {
    engine::add_secrets(impl_->config, masker);
}

Value failure(const Error& error) {
    return wire::failed_result(error);
}

} // namespace infrastate::engine
