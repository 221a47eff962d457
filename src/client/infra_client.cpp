// SPDX-License-Identifier: Apache-2.0
#include "infrastate/client/infra_client.h"

#include "answers.h"
#include "retry.h"
#include "rows.h"
#include "urls.h"

#include "infrastate/json/json.h"

#include <algorithm>
#include <set>
#include <utility>

namespace infrastate::client {

using transport::Deadline;
using transport::Method;
using transport::Request;
using transport::Response;

namespace {

/// Go reads "us" for microseconds, but Infra takes durations undecoded out of the JSON text, and so
/// never sees a micro sign that was escaped.
std::string ascii_text(Duration span) {
    constexpr std::string_view micro_sign = "\xC2\xB5";
    std::string out = span.text();
    if (const auto at = out.find(micro_sign); at != std::string::npos)
        out.replace(at, micro_sign.size(), "u");
    return out;
}

/// Servers answer in the shape of the version that a request names.
constexpr std::string_view api_version = "0.20.0";
/// Far beyond any organisation; an endless list ends with an error.
constexpr int most_pages = 1000;

Request new_request(Method method, std::string_view target) {
    Request out;
    out.method = method;
    out.target = target;
    out.headers = {{"Infra-Version", std::string(api_version)},
                   {"Accept", "application/json"},
                   {"User-Agent", "infrastate/" INFRASTATE_VERSION}};
    return out;
}

} // namespace

std::chrono::milliseconds RunBudget::reserve() const noexcept {
    return std::min(std::chrono::milliseconds(5'000), timeout / 4);
}

struct InfraClient::Impl {
    Impl(transport::HttpSender& sender, const Secret& secret, RunBudget given)
        : http(sender), token(&secret), budget(given),
          end(Deadline::after(given.timeout, given.cancel)),
          work_end(Deadline::at(end.end() - given.reserve(), given.cancel)) {}

    transport::HttpSender& http;
    const Secret* token;
    const RunBudget budget;
    Deadline end;            ///< of everything
    const Deadline work_end; ///< of what may leave something to clean up
    bool cleaning = false;
    std::optional<UserRow>
        session_user{}; ///< who logged in: may list its own keys, if nobody else's

    Call call(std::string_view doing) const { return {doing, http.endpoint()}; }

    Result<Response> send(const Request& request, const Deadline& deadline,
                          std::string_view doing) {
        auto response = http.send(request, deadline);
        if (!response) {
            response.error().message = std::string(doing) + ": " + response.error().message;
            if (request.method == Method::get) response.error().effect = Effect::none;
        }
        return response;
    }

    Result<ports::KeyListing> list(const ports::KeyQuery& query);

    struct Repeated {
        Result<Response> response;
        bool maybe_acted = false; ///< an attempt before the last may have reached the server
    };

    /// For requests that may safely be sent twice. A passing status is tried again too.
    Repeated repeat(const Request& request, const Deadline& deadline, std::string_view doing) {
        bool maybe_acted = false;
        for (int attempt = 1;; ++attempt) {
            auto response = send(request, deadline, doing);
            const bool again = response ? is_passing(response->status) : response.error().retryable;
            if (!again || attempt > budget.retries) return {std::move(response), maybe_acted};
            auto wait = back_off(attempt + 1);
            if (response)
                wait = std::max(wait,
                                retry_after(*response, server_time(*response).now).value_or(wait));
            maybe_acted =
                maybe_acted || response.ok() || response.error().effect == Effect::unknown;
            if (!wait_within(wait, deadline)) return {std::move(response), maybe_acted};
        }
    }

    /// GET that must answer 200 with JSON.
    struct Answer {
        Value value;
        ServerTime time;
    };
    Result<Answer> get(std::string_view target, std::string_view doing) {
        Request request = new_request(Method::get, target);
        request.bearer = token;
        auto response = repeat(request, end, doing).response;
        if (!response) return std::move(response).error();
        if (response->status != 200) {
            Error error = status_error(call(doing), *response);
            error.effect = Effect::none;
            return error;
        }
        auto value = read_answer(call(doing), *response);
        if (!value) return std::move(value).error();
        return Answer{std::move(*value), server_time(*response)};
    }

    /// POST, sent once. The body's secrets are wiped with the request.
    Result<Response> post(std::string_view target, const Value& body, const Deadline& deadline,
                          std::string_view doing, const Secret* bearer) {
        Request request = new_request(Method::post, target);
        request.bearer = bearer;
        request.body = json::write(body);
        return send(request, deadline, doing);
    }
};

InfraClient::InfraClient(transport::HttpSender& http, const Secret& token, RunBudget budget)
    : impl_(std::make_unique<Impl>(http, token, budget)) {}
InfraClient::~InfraClient() = default;

void InfraClient::use_token(const Secret& token) noexcept {
    impl_->token = &token;
}

bool InfraClient::may_start_change() const {
    return !impl_->work_end.cancelled() && !impl_->work_end.expired();
}

void InfraClient::enter_cleanup() {
    if (std::exchange(impl_->cleaning, true)) return;
    // Whoever cancelled wants an end soon, but not an orphan: cleaning up ignores the token.
    const auto latest = Deadline::after(impl_->budget.reserve());
    impl_->end = Deadline::at(std::min(impl_->end.end(), latest.end()));
}

Result<ports::KeyListing> InfraClient::list(const ports::KeyQuery& query) {
    auto listing = impl_->list(query);
    const bool own_keys_only = !listing && listing.error().code == Code::permission &&
                               impl_->session_user && !query.user_id;
    if (!own_keys_only) return listing;
    // Keys of others stay unseen, but to make or remove one the user must be looked up, and that is
    // refused in the same way.
    ports::KeyQuery own = query;
    own.user_id = impl_->session_user->id;
    return impl_->list(own);
}

Result<ports::KeyListing> InfraClient::Impl::list(const ports::KeyQuery& query) {
    constexpr std::string_view doing = "listing access keys";
    const Call here = this->call(doing);
    std::optional<ServerTime> time;
    std::vector<AccessKeyRow> rows;
    std::set<ServerId> known;
    for (int page = 1;; ++page) {
        auto answer = get(access_keys_url(query, page), doing);
        if (!answer) return std::move(answer).error();
        if (!time) time = answer->time;
        auto read = read_page(answer->value);
        if (!read) return unexpected_answer(here, read.error().message);
        const std::size_t before = rows.size();
        for (const Value& item : *read->items) {
            auto row = read_access_key(item);
            if (!row) return unexpected_answer(here, "has a row that " + row.error().message);
            // A row may move to the next page while the pages are read.
            if (known.insert(row->id).second) rows.push_back(std::move(*row));
        }
        const bool last = page >= read->total_pages || read->items->empty();
        if (last || query.first_page_only) return ports::KeyListing{std::move(rows), *time, last};
        if (rows.size() == before || page >= most_pages)
            return unexpected_answer(here, "goes on for ever: page " + std::to_string(page) +
                                               " of " + std::to_string(read->total_pages) +
                                               " brings nothing new");
    }
}

Result<std::optional<UserRow>> InfraClient::find_user(const std::string& name) {
    constexpr std::string_view doing = "looking up the user";
    if (impl_->session_user && impl_->session_user->name == name) return impl_->session_user;
    auto answer = impl_->get(user_url(name), doing);
    if (!answer) return std::move(answer).error();
    auto page = read_page(answer->value);
    if (!page) return unexpected_answer(impl_->call(doing), page.error().message);
    for (const Value& item : *page->items) {
        auto user = read_user(item);
        if (!user)
            return unexpected_answer(impl_->call(doing), "has a row that " + user.error().message);
        if (user->name == name) return std::optional<UserRow>(std::move(*user));
    }
    return std::optional<UserRow>{};
}

Result<ServerVersion> InfraClient::version() {
    constexpr std::string_view doing = "asking for the server's version";
    auto answer = impl_->get(version_url, doing);
    if (!answer) return std::move(answer).error();
    auto text = read_text(answer->value, "version");
    if (!text) return unexpected_answer(impl_->call(doing), text.error().message);
    auto version = ServerVersion::parse(*text);
    if (!version)
        return unexpected_answer(impl_->call(doing), "names a version that is not like 0.21.0");
    return version;
}

Result<ports::CreatedKey> InfraClient::create(const ports::NewKey& key) {
    constexpr std::string_view doing = "creating the access key";
    const Call call = impl_->call(doing);
    const Value body = Value::object({{"userID", key.user_id.text()},
                                      {"name", key.name},
                                      {"expiry", ascii_text(key.expiry)},
                                      {"inactivityTimeout", ascii_text(key.inactivity_timeout)}});
    auto response = impl_->post(new_access_key_url, body, impl_->work_end, doing, impl_->token);
    if (!response) return std::move(response).error();
    if (response->status != 201) return status_error(call, *response);
    const ServerTime time = server_time(*response);
    auto answer = read_answer(call, *response);
    auto made =
        answer ? read_new_access_key(*answer) : Result<NewAccessKey>(std::move(answer).error());
    if (made && made->row.name == key.name)
        return ports::CreatedKey{std::move(made->row), std::move(made->secret), time};
    // The server says "created" and not what: a key may exist whose secret nobody knows.
    Error error = unexpected_answer(call, made ? "names another key than was asked for"
                                               : made.error().message);
    error.http_status = response->status;
    error.effect = Effect::unknown;
    return error;
}

Result<ports::Removed> InfraClient::remove(const ServerId& id) {
    constexpr std::string_view doing = "deleting the access key";
    Request request = new_request(Method::del, access_key_url(id));
    request.bearer = impl_->token;
    const Deadline& deadline = impl_->cleaning ? impl_->end : impl_->work_end;
    auto [response, maybe_acted] = impl_->repeat(request, deadline, doing);
    if (!response) {
        if (maybe_acted) response.error().effect = Effect::unknown;
        return std::move(response).error();
    }
    if (response->status == 204 || response->status == 200) return ports::Removed::now;
    if (response->status == 404 && !infra_message(*response).empty())
        return maybe_acted ? ports::Removed::now : ports::Removed::already_gone;
    Error error = status_error(impl_->call(doing), *response);
    if (maybe_acted) error.effect = Effect::unknown;
    return error;
}

Result<ports::TryAnswer> InfraClient::try_secret(const Secret& secret) {
    constexpr std::string_view doing = "trying the kept secret";
    using Verdict = ports::TryAnswer::Verdict;
    Request request = new_request(Method::get, self_url);
    request.bearer = &secret;
    auto response = impl_->send(request, impl_->end, doing);
    if (!response) return std::move(response).error();
    if (response->status == 401) {
        const std::string words = infra_message(*response);
        const bool clear = words == "unauthorized" || words.starts_with("access key has expired");
        return ports::TryAnswer{clear ? Verdict::refused : Verdict::uncertain};
    }
    if (response->status != 200) return ports::TryAnswer{};
    auto answer = read_answer(impl_->call(doing), *response);
    auto user = answer ? read_user(*answer) : Result<UserRow>(std::move(answer).error());
    if (!user) return ports::TryAnswer{};
    return ports::TryAnswer{Verdict::accepted, user->id.text(), user->name};
}

Result<InfraClient::Login> InfraClient::login(const std::string& username, const Secret& password) {
    constexpr std::string_view doing = "logging in";
    const Call call = impl_->call(doing);
    Value credentials;
    credentials.set("name", username);
    credentials.set("password", std::string(password.reveal()));
    Value body;
    body.set("passwordCredentials", std::move(credentials));
    auto response = impl_->post(login_url, body, impl_->work_end, doing, nullptr);
    if (!response) {
        response.error().effect = Effect::none; // a session is no change of a key
        return std::move(response).error();
    }
    if (response->status != 201) {
        Error error = status_error(call, *response);
        error.effect = Effect::none;
        if (error.code == Code::auth) error.field = "username";
        return error;
    }
    auto answer = read_answer(call, *response);
    if (!answer) return std::move(answer).error();
    const Value* token = answer->find("accessKey");
    auto user_id = read_text(*answer, "userID");
    if (!user_id || token == nullptr || !token->is_string() ||
        !looks_like_access_key(token->string()))
        return unexpected_answer(call, "has no session in it");
    auto id = ServerId::parse(*user_id);
    if (!id) return unexpected_answer(call, "names no user");
    impl_->session_user = UserRow{std::move(*id), username};
    return Login{Secret(token->string()), std::move(*user_id)};
}

Result<void> InfraClient::logout() {
    constexpr std::string_view doing = "logging out";
    enter_cleanup();
    auto response = impl_->post(logout_url, Value::object(), impl_->end, doing, impl_->token);
    if (!response) return std::move(response).error();
    if (response->status < 200 || response->status > 299)
        return status_error(impl_->call(doing), *response);
    return {};
}

} // namespace infrastate::client
