// SPDX-License-Identifier: Apache-2.0
#include "infrastate/client/infra_client.h"

#include "answers.h"
#include "retry.h"
#include "rows.h"
#include "run_time.h"
#include "urls.h"

#include "infrastate/json/json.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

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
/// How Infra refuses to delete the key that authenticates the request.
constexpr std::string_view own_key_words = "access key used by this request";
/// How often a list that changes while it is read is read from its beginning.
constexpr int most_readings = 3;

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

struct InfraClient::Impl : RunTime {
    Impl(transport::HttpSender& sender, const Secret& secret, RunBudget given)
        : RunTime(given), http(sender), token(&secret) {}

    transport::HttpSender& http;
    const Secret* token;
    std::optional<ServerTime> last_time{};
    std::chrono::milliseconds asked_to_wait{0}; ///< by the last answer
    /// Who logged in: it may list its own keys, if nobody else's.
    std::optional<UserRow> session_user{};

    Result<ports::KeyListing> list(const ports::KeyQuery& query);

    /// Adds to a 403 what follows from it.
    Error not_visible(Error error) const {
        if (error.code != Code::permission) return error;
        error.field = session_user ? "username" : "access_key";
        error.message += "; what this caller may not see may exist all the same, so nothing is "
                         "concluded: authenticate as a user with the role admin";
        return error;
    }

    Call call(std::string_view doing) const { return {doing, http.endpoint()}; }

    Result<Response> send(const Request& request, const Deadline& deadline,
                          std::string_view doing) {
        auto response = http.send(request, deadline);
        asked_to_wait = {};
        if (response)
            asked_to_wait =
                retry_after(*response, server_time(*response).now).value_or(asked_to_wait);
        if (!response) {
            response.error().message = std::string(doing) + ": " + response.error().message;
            if (request.method == Method::get) response.error().effect = Effect::none;
        }
        return response;
    }

    struct Repeated {
        Result<Response> response;
        bool maybe_acted = false; ///< an attempt before the last may have reached the server
    };

    /// For requests that may safely be sent twice. A passing status is tried again too.
    Repeated repeat(const Request& request, const Deadline& deadline, std::string_view doing) {
        bool maybe_acted = false;
        for (int attempt = 1;; ++attempt) {
            auto response = send(request, deadline, doing);
            const bool again =
                response ? is_passing(response->status)
                         : response.error().code == Code::transport && response.error().retryable;
            if (!again || attempt > budget.retries) return {std::move(response), maybe_acted};
            auto wait = back_off(attempt + 1, budget.first_pause);
            wait = std::max(wait, asked_to_wait);
            // A 429 is said before anything is done; a gateway's 5xx may come after.
            const bool acted = maybe_acted || (response ? response->status != 429
                                                        : response.error().effect != Effect::none);
            if (!wait_within(wait, deadline)) {
                if (!deadline.cancelled()) return {std::move(response), maybe_acted};
                Error error{Code::cancelled,
                            std::string(doing) +
                                ": the run was cancelled while waiting to try again",
                            {},
                            "cancelled"};
                error.retryable = true;
                return {std::move(error), acted};
            }
            if (request.method != Method::get && too_late(doing))
                return {std::move(response), maybe_acted};
            maybe_acted = acted;
        }
    }

    /// GET that must answer 200 with JSON.
    struct Answer {
        Value value;
        ServerTime time;
    };
    Result<Answer> get(std::string_view target, std::string_view doing, const Secret* bearer) {
        Request request = new_request(Method::get, target);
        request.bearer = bearer;
        auto response = repeat(request, deadline_of_reading(), doing).response;
        if (!response) return std::move(response).error();
        last_time = server_time(*response);
        if (response->status != 200) {
            Error error = status_error(call(doing), *response);
            error.effect = Effect::none;
            return error;
        }
        auto value = read_answer(call(doing), *response);
        if (!value) return std::move(value).error();
        return Answer{std::move(*value), *last_time};
    }

    template <class Row>
    struct Rows {
        std::vector<Row> rows;
        ServerTime time;
        bool complete = true;
        int pages = 1;
    };

    /// All pages of a list, or the first one, each row once. `url_of` gives the target of a page,
    /// `read_row` a Result of a row, `id_of` the row's identifier.
    template <class Row, class UrlOf, class ReadRow, class IdOf>
    Result<Rows<Row>> read_list(std::string_view doing, bool first_page_only, const UrlOf& url_of,
                                const ReadRow& read_row, const IdOf& id_of) {
        for (int reading = 0; reading < most_readings; ++reading) {
            std::optional<ServerTime> time;
            std::int64_t total = 0; // as the first page counts it
            std::vector<Row> rows;
            std::map<ServerId, std::size_t> known;
            for (int number = 1;; ++number) {
                auto answer = get(url_of(number), doing, token);
                if (!answer) return std::move(answer).error();
                const auto odd = [&](const std::string& what) {
                    return unexpected_answer(call(doing), what);
                };
                auto page = read_page(answer->value);
                if (!page) return odd(page.error().message);
                const auto count = static_cast<std::int64_t>(page->items->size());
                const auto here = [&] {
                    return "has a page " + std::to_string(number) + " of " +
                           std::to_string(page->total_pages);
                };
                if (page->page != number)
                    return odd(here() + " that calls itself page " + std::to_string(page->page));
                // Past the end, totalPages is 0 and there are no items.
                if (count > page_size || page->total_pages > most_pages ||
                    (count > 0) != (number <= page->total_pages))
                    return odd(here() + " with " + std::to_string(count) + " rows");
                if (number == 1) total = page->total_count;
                // The earliest clock: a key must not look dead because the reading took long.
                if (!time || answer->time.now < time->now)
                    time = ServerTime{answer->time.now, !time || time->exact, answer->time.machine};
                time->exact = time->exact && answer->time.exact;

                const std::size_t before = rows.size();
                for (const Value& item : *page->items) {
                    auto row = read_row(item);
                    if (!row) return odd("has a row that " + row.error().message);
                    // A row may move to the next page while the pages are read.
                    const auto [at, added] = known.emplace(id_of(*row), rows.size());
                    if (added)
                        rows.push_back(std::move(*row));
                    else
                        rows[at->second] = std::move(*row);
                }
                if (count > 0 && rows.size() == before)
                    return odd(here() + " that only repeats the ones before it");
                const bool last = number >= page->total_pages;
                if (!last && !first_page_only) continue;
                if (!last ||
                    (static_cast<std::int64_t>(rows.size()) == total && page->total_count == total))
                    return Rows<Row>{std::move(rows), *time, last, number};
                if (number == 1)
                    return odd("counts " + std::to_string(page->total_count) +
                               " rows in all but has " + std::to_string(rows.size()));
                break; // rows came or went between two pages: some may have been missed
            }
        }
        Error out;
        out.code = Code::server;
        out.detail = "list_unstable";
        out.retryable = true;
        out.message = std::string(doing) + ": the server at " + http.endpoint().url() +
                      " changed the list each time while it was read";
        return out;
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

std::optional<ServerTime> InfraClient::last_time() const {
    return impl_->last_time;
}

void InfraClient::next_run() noexcept {
    impl_->cleanup_end.reset();
    impl_->change_begun = false;
    impl_->completing = false;
}

std::chrono::milliseconds InfraClient::time_left() const noexcept {
    return Deadline::at(impl_->end).remaining();
}

Result<void> InfraClient::pause(std::chrono::milliseconds span) {
    const Deadline deadline = impl_->deadline_of_reading();
    if (wait_within(span, deadline)) return {};
    Error out;
    out.code = deadline.cancelled() ? Code::cancelled : Code::deadline;
    out.detail = deadline.cancelled() ? "cancelled" : "no_time_left";
    out.field = deadline.cancelled() ? "" : "timeout";
    out.retryable = true;
    out.message = deadline.cancelled()
                      ? "the run was cancelled"
                      : "less of the timeout is left than the " + std::to_string(span.count()) +
                            " ms that must be waited between two tries";
    return out;
}

bool InfraClient::may_start_change() const {
    return impl_->may_start_change();
}

void InfraClient::enter_completion() {
    impl_->completing = true;
}

ports::Completion InfraClient::completion() const {
    return {impl_->completion_left_ms(), impl_->asked_to_wait.count()};
}

void InfraClient::enter_cleanup() {
    // Whoever cancelled wants an end soon, but not an orphan: cleaning up ignores the token.
    if (!impl_->cleanup_end)
        impl_->cleanup_end = std::min(impl_->end, Deadline::Clock::now() + impl_->budget.reserve());
}

Result<ports::KeyListing> InfraClient::Impl::list(const ports::KeyQuery& query) {
    auto read = read_list<ListedKey>(
        "listing access keys", query.first_page_only,
        [&](int page) { return access_keys_url(query, page); }, read_access_key,
        [](const ListedKey& key) -> const ServerId& { return key.row.id; });
    if (!read) return std::move(read).error();
    ports::KeyListing out{{}, read->time, read->complete, read->pages};
    // Matched here too: the server ignores a parameter that it does not know.
    for (ListedKey& key : read->rows)
        if (key.of_a_user && (!query.name || key.row.name == *query.name) &&
            (!query.user_id || key.row.user_id == query.user_id->text()))
            out.rows.push_back(std::move(key.row));
    return out;
}

Result<ports::KeyListing> InfraClient::list(const ports::KeyQuery& query) {
    auto listing = impl_->list(query);
    if (listing || listing.error().code != Code::permission) return listing;
    const auto& self = impl_->session_user;
    const bool own_keys_do =
        self && !query.user_id &&
        (query.name_of_user.empty() ? query.own_will_do : query.name_of_user == self->name);
    if (!own_keys_do) return impl_->not_visible(std::move(listing).error());
    ports::KeyQuery own = query;
    own.user_id = self->id;
    listing = impl_->list(own);
    if (listing) listing->only_of_user = self->name;
    return listing;
}

Result<std::optional<UserRow>> InfraClient::find_user(const std::string& name) {
    constexpr std::string_view doing = "looking up the user";
    if (impl_->session_user && impl_->session_user->name == name) return impl_->session_user;
    auto read = impl_->read_list<UserRow>(
        doing, false, [&](int page) { return users_url(name, page); }, read_user,
        [](const UserRow& user) -> const ServerId& { return user.id; });
    if (!read) return impl_->not_visible(std::move(read).error());
    std::optional<UserRow> found;
    for (UserRow& user : read->rows) {
        if (user.name != name) continue;
        if (found) return unexpected_answer(impl_->call(doing), "has two users of that one name");
        found = std::move(user);
    }
    return found;
}

Result<ServerVersion> InfraClient::version() {
    constexpr std::string_view doing = "asking for the server's version";
    auto answer = impl_->get(version_url, doing, nullptr); // the server wants no token for this
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
    if (auto late = impl_->too_late(doing)) return std::move(*late);
    impl_->change_begun = true;
    const Value body = Value::object({{"userID", key.user_id.text()},
                                      {"name", key.name},
                                      {"expiry", ascii_text(key.expiry)},
                                      {"inactivityTimeout", ascii_text(key.inactivity_timeout)}});
    auto response =
        impl_->post(new_access_key_url, body, impl_->deadline_of_change(), doing, impl_->token);
    if (!response) return std::move(response).error();
    if (response->status != 201) return status_error(call, *response);
    const ServerTime time = server_time(*response);
    auto answer = read_answer(call, *response);
    auto made =
        answer ? read_new_access_key(*answer) : Result<NewAccessKey>(std::move(answer).error());
    if (made && made->row.name == key.name && made->row.user_id == key.user_id.text())
        return ports::CreatedKey{std::move(made->row), std::move(made->secret), time};
    // The server says "created" and not what: a key may exist whose secret nobody knows.
    Error error = unexpected_answer(call, made ? "names another key or user than was asked for"
                                               : made.error().message);
    error.http_status = response->status;
    error.effect = Effect::unknown;
    return error;
}

Result<ports::Removed> InfraClient::remove(const ServerId& id) {
    constexpr std::string_view doing = "deleting the access key";
    if (auto late = impl_->too_late(doing)) return std::move(*late);
    impl_->change_begun = true;
    Request request = new_request(Method::del, access_key_url(id));
    request.bearer = impl_->token;
    auto [response, maybe_acted] = impl_->repeat(request, impl_->deadline_of_change(), doing);
    if (!response) {
        if (maybe_acted) response.error().effect = Effect::unknown;
        return std::move(response).error();
    }
    if (response->status == 204) return ports::Removed::now;
    if (response->status == 404 && infra_error(*response))
        return maybe_acted ? ports::Removed::now : ports::Removed::already_gone;
    Error error = status_error(impl_->call(doing), *response);
    if (maybe_acted) error.effect = Effect::unknown;
    if (const auto said = infra_error(*response);
        response->status == 400 && said && said->message.find(own_key_words) != std::string::npos) {
        error.field = "access_key";
        error.detail = "own_key";
    }
    return error;
}

Result<ports::TryAnswer> InfraClient::try_secret(const Secret& secret) {
    constexpr std::string_view doing = "trying the kept secret";
    using Verdict = ports::TryAnswer::Verdict;
    Request request = new_request(Method::get, self_url);
    request.bearer = &secret;
    auto response = impl_->send(request, impl_->deadline_of_reading(), doing);
    if (!response) {
        const Code code = response.error().code;
        if (code == Code::deadline || code == Code::cancelled) return std::move(response).error();
        return ports::TryAnswer{};
    }
    if (response->status == 401) {
        // Only these words mean that the secret opens nothing; some servers put the first in front.
        const auto said = infra_error(*response);
        const std::string words = said ? said->message : "";
        const bool expired = words.starts_with("access key has expired") ||
                             words.starts_with("unauthorized: access key has expired");
        const bool clear = expired || words == "unauthorized";
        return ports::TryAnswer{clear ? Verdict::refused : Verdict::uncertain, {}, {}, expired};
    }
    if (response->status != 200) return ports::TryAnswer{};
    auto answer = read_answer(impl_->call(doing), *response);
    auto user = answer ? read_user(*answer) : Result<UserRow>(std::move(answer).error());
    if (!user) return ports::TryAnswer{};
    return ports::TryAnswer{Verdict::accepted, user->id.text(), user->name, false};
}

Result<InfraClient::Login> InfraClient::login(const std::string& username, const Secret& password) {
    constexpr std::string_view doing = "logging in";
    const Call call{doing, impl_->http.endpoint(), "; check username and password"};
    if (auto late = impl_->too_late(doing)) return std::move(*late);
    Value credentials;
    credentials.set("name", username);
    credentials.set("password", std::string(password.reveal()));
    Value body;
    body.set("passwordCredentials", std::move(credentials));
    auto response = impl_->post(login_url, body, impl_->deadline_of_change(), doing, nullptr);
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
    if (token == nullptr || !token->is_string() || !looks_like_access_key(token->string()))
        return unexpected_answer(call, "has no session in it");
    impl_->session_open = true;
    Login session{Secret(token->string()), {}};
    auto user_id = read_text(*answer, "userID");
    auto id = user_id ? ServerId::parse(*user_id) : Result<ServerId>(user_id.error());
    if (!id) { // of no use, but it is open
        const Secret* before = std::exchange(impl_->token, &session.token);
        static_cast<void>(logout());
        impl_->token = before;
        return unexpected_answer(call, "names no user");
    }
    impl_->session_user = UserRow{std::move(*id), username};
    session.user_id = std::move(*user_id);
    return session;
}

Result<void> InfraClient::logout() {
    constexpr std::string_view doing = "logging out";
    impl_->session_open = false;
    // All that is left, but at most the reserve; a cancelled run closes its session too.
    const auto deadline =
        Deadline::at(std::min(impl_->end, Deadline::Clock::now() + impl_->budget.reserve()));
    auto response = impl_->post(logout_url, Value::object(), deadline, doing, impl_->token);
    if (!response) return std::move(response).error();
    if (response->status < 200 || response->status > 299)
        return status_error(impl_->call(doing), *response);
    return {};
}

} // namespace infrastate::client
