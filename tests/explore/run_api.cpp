// SPDX-License-Identifier: Apache-2.0
#include "run_api.h"

#include <algorithm>
#include <utility>

namespace infrastate::explore {
namespace {

/// How often the client reads a list again that changed between its pages.
constexpr int most_readings = 3;
/// If less than this is left, the last try is made, whatever wait was asked for.
constexpr Millis last_moment = 50;

std::string query_text(const ports::KeyQuery& query) {
    std::string out = "list";
    if (query.name) out += " name=" + *query.name;
    if (query.user_id) out += " user=" + query.user_id->text();
    if (!query.show_dead) out += " live";
    if (query.first_page_only) out += " page 1";
    return out;
}

} // namespace

Millis RunApi::limit() const {
    return process_.cleanup_end.value_or(process_.end);
}

bool RunApi::may_start_change() const {
    if (process_.completing)
        return process_.simulation.now() < process_.end - process_.budget.reserve() / 4;
    return process_.simulation.now() + process_.budget.reserve() <= process_.end;
}

void RunApi::enter_completion() {
    process_.completing = true;
}

ports::Completion RunApi::completion() const {
    const Millis last = process_.end - process_.budget.reserve() / 2;
    return {std::max<Millis>(0, last - process_.simulation.now()), asked_to_wait_};
}

void RunApi::enter_cleanup() {
    if (!process_.cleanup_end)
        process_.cleanup_end =
            std::min(process_.end, process_.simulation.now() + process_.budget.reserve());
}

ServerTime RunApi::date(bool dateless) const {
    const std::int64_t seconds = process_.simulation.seconds();
    if (!dateless) return {Timestamp::from_unix(seconds), true};
    return {Timestamp::from_unix(seconds + process_.machine.clock_error), false};
}

Error RunApi::error(Code code, const std::string& message, int status, bool retryable,
                    Effect effect) const {
    process_.tell([&] { return "  <- " + message; });
    return Error{code,   message,   {},    status == 0 ? "" : "http_" + std::to_string(status),
                 status, retryable, effect};
}

void RunApi::look_for_haste() {
    const Millis now = process_.simulation.now();
    if (not_before_ && now < *not_before_ && process_.completing && !process_.cleanup_end &&
        completion().left_ms > last_moment && on_hasty)
        on_hasty(*not_before_ - now);
    not_before_.reset();
}

RunApi::Fate RunApi::send(Kind kind, Where where, const std::string& what) {
    Fate out;
    const bool change = kind == Kind::change;
    if (change && !process_.cleanup_end && !may_start_change()) {
        out.acts = false;
        out.error = error(Code::deadline, "not begun: no time left", 0, true, Effect::none);
        return out;
    }
    if (process_.simulation.now() >= limit()) {
        out.acts = false;
        out.error = error(Code::deadline, "no time left", 0, true, Effect::none);
        return out;
    }
    if (change) look_for_haste();
    asked_to_wait_ = 0;
    out.fault = process_.begin({Where::request, where});
    ++process_.requests;
    process_.tell([&] { return what; });
    wait(process_.random.between(2, 120));

    const Effect unknown = change ? Effect::unknown : Effect::none;
    if (!out.fault) return known(std::move(out), kind, where);
    switch (out.fault->what) {
    case What::lost:
        out.acts = false;
        wait(process_.random.between(0, 3000));
        out.error = error(Code::transport, "the connection broke", 0, true, unknown);
        break;
    case What::acted:
        out.error = error(Code::transport, "the connection broke", 0, true, unknown);
        break;
    case What::late:
        out.acts = false;
        if (where == Where::post) out.late = process_.simulation.now() + out.fault->amount * 1000;
        out.error = error(Code::transport, "the connection broke", 0, true, unknown);
        break;
    case What::failed:
        out.acts = false;
        out.error = error(Code::server, "503", 503, true, unknown);
        out.retry_after = out.fault->retry_after * 1000;
        break;
    case What::failed_acted:
        out.error = error(Code::server, "502 of a gateway", 502, true, unknown);
        break;
    case What::too_many:
        out.acts = false;
        out.error = error(Code::server, "429", 429, true, Effect::none);
        out.retry_after = out.fault->retry_after * 1000;
        break;
    case What::no_connection:
        out.acts = false;
        out.error = error(Code::transport, "connection refused", 0, true, Effect::none);
        break;
    case What::blip:
        out.acts = false;
        out.blip = true;
        out.error = error(Code::auth, "401 unauthorized", 401, false, Effect::none);
        break;
    case What::dateless:
        out.dateless = true;
        break;
    case What::slow:
        wait(out.fault->amount);
        break;
    default:
        break;
    }
    return out.acts ? known(std::move(out), kind, where) : out;
}

/// No request takes longer than the run may.
void RunApi::wait(Millis span) {
    process_.wait(std::clamp<Millis>(limit() - process_.simulation.now(), 0, span));
}

/// 401 if the caller's own key is dead.
RunApi::Fate RunApi::known(Fate fate, Kind kind, Where where) const {
    if (kind == Kind::attempt || where == Where::version) return fate;
    if (server_.rights(caller_).known) {
        server_.authenticate(caller_);
        return fate;
    }
    fate.acts = false;
    fate.error = error(Code::auth, "401 unauthorized", 401, false, Effect::none);
    return fate;
}

Error RunApi::forbidden(const std::string& what) const {
    return error(Code::permission, "403 you do not have permission to " + what, 403, false,
                 Effect::none);
}

std::optional<Error> RunApi::receive(Kind kind, const Fate& fate) {
    process_.die_after(fate.fault);
    const Millis back = process_.random.between(2, 120);
    const Millis end = limit();
    if (process_.simulation.now() + back >= end) {
        process_.wait(std::max<Millis>(0, end - process_.simulation.now()));
        return error(Code::deadline, "no answer before the timeout", 0, true,
                     kind == Kind::change ? Effect::unknown : Effect::none);
    }
    process_.wait(back);
    asked_to_wait_ = fate.retry_after;
    if (kind == Kind::change && fate.retry_after > 0)
        not_before_ = process_.simulation.now() + fate.retry_after;
    return fate.error;
}

bool RunApi::sees(const ports::KeyQuery& query) const {
    const Rights who = server_.rights(caller_);
    return who.admin || (query.user_id && who.sees(query.user_id->text()));
}

/// As in the client: a caller who logged in and may not see everybody's keys gets its own, if they
/// answer the question.
Result<ports::KeyListing> RunApi::list(const ports::KeyQuery& query) {
    auto listing = list_as_asked(query);
    const Rights who = server_.rights(caller_);
    const bool own_will_do =
        query.name_of_user.empty() ? query.own_will_do : query.name_of_user == who.user_name;
    if (listing || listing.error().code != Code::permission || !caller_.is_session() ||
        query.user_id || !own_will_do)
        return listing;
    auto self = ServerId::parse(who.user_id);
    if (!self) return listing;
    ports::KeyQuery mine = query;
    mine.user_id = std::move(*self);
    auto own = list_as_asked(mine);
    if (own) own->only_of_user = who.user_name;
    return own;
}

Result<ports::KeyListing> RunApi::list_as_asked(const ports::KeyQuery& query) {
    if (process_.dead()) return Process::gone();
    for (int reading = 0; reading < most_readings; ++reading) {
        std::size_t total = 0;
        std::optional<ServerTime> time;
        std::vector<AccessKeyRow> rows;
        for (int page = 1;; ++page) {
            Fate fate = send(Kind::read, Where::list,
                             query_text(query) + (page > 1 ? " page " + std::to_string(page) : ""));
            if (!fate.acts) {
                if (auto failed = receive(Kind::read, fate)) return *failed;
                return *fate.error;
            }
            const bool visible = sees(query);
            std::vector<AccessKeyRow> all;
            for (const Key* key : server_.sorted()) {
                if (key->site != caller_.site) continue;
                if (query.name && key->name != *query.name) continue;
                if (query.user_id && key->user_id != query.user_id->text()) continue;
                if (!query.show_dead && !server_.live(*key)) continue;
                if (server_.user(key->user_id) == nullptr) continue;
                all.push_back(server_.row(*key));
            }
            const ServerTime now = date(fate.dateless);
            if (auto failed = receive(Kind::read, fate)) return *failed;
            if (!visible) return forbidden("list access keys");
            if (!time || now.now < time->now) time = ServerTime{now.now, !time || time->exact};
            time->exact = time->exact && now.exact;
            const auto size = static_cast<std::size_t>(server_.page_size);
            const std::size_t first = (static_cast<std::size_t>(page) - 1) * size;
            if (page == 1) total = all.size();
            for (std::size_t i = first; i < std::min(all.size(), first + size); ++i) {
                const bool known =
                    std::any_of(rows.begin(), rows.end(),
                                [&](const AccessKeyRow& row) { return row.id == all[i].id; });
                if (!known) rows.push_back(all[i]);
            }
            const bool last = first + size >= all.size();
            if (!last && !query.first_page_only) continue;
            if (last && (rows.size() != total || all.size() != total)) break; // read again
            process_.tell([&] {
                std::string text = "  <- rows:";
                for (const AccessKeyRow& row : rows)
                    text += " " + row.name + "(" + row.id.text() + "," + row.user_name + ")";
                return text;
            });
            if (on_listing) on_listing(*time);
            return ports::KeyListing{std::move(rows), *time, last, page, {}};
        }
    }
    return error(Code::server, "the list changed while it was read", 0, true, Effect::none);
}

Result<std::optional<UserRow>> RunApi::find_user(const std::string& name) {
    if (process_.dead()) return Process::gone();
    const Fate fate = send(Kind::read, Where::user, "user " + name);
    const Rights who = server_.rights(caller_);
    const User* const found = fate.acts ? server_.user_named(name, caller_.site) : nullptr;
    if (auto failed = receive(Kind::read, fate)) return *failed;
    if (fate.error) return *fate.error;
    // A caller who logged in knows itself without asking.
    if (!who.admin && !(who.session && who.user_name == name)) return forbidden("list users");
    if (found == nullptr) return std::optional<UserRow>{};
    return std::optional<UserRow>(UserRow{ServerId::parse(found->id).value(), found->name});
}

Result<ServerVersion> RunApi::version() {
    if (process_.dead()) return Process::gone();
    const Fate fate = send(Kind::read, Where::version, "version");
    if (auto failed = receive(Kind::read, fate)) return *failed;
    if (fate.error) return *fate.error;
    return ServerVersion{0, 21, 0};
}

Result<ports::CreatedKey> RunApi::create(const ports::NewKey& key) {
    if (process_.dead()) return Process::gone();
    const Fate fate = send(Kind::change, Where::post,
                           "POST " + key.name + " for " + key.user_id.text() + ", expiry " +
                               key.expiry.text() + ", inactivity " + key.inactivity_timeout.text());
    if (on_post) on_post();
    // Copied: it may act when the run has ended.
    const auto act = [&server = server_, &simulation = process_.simulation,
                      user = key.user_id.text(), name = key.name,
                      expiry = key.expiry.nanoseconds() / 1'000'000,
                      inactivity = key.inactivity_timeout.nanoseconds() / 1'000'000, task = task_,
                      run = process_.run, caller = caller_] {
        auto made = server.create_as(caller, user, name, expiry, inactivity, task, run);
        simulation.events.tell([&] {
            using Refusal = Server::Refusal;
            return simulation.clock() + " server: the POST of run " + std::to_string(run) +
                   (made.refusal == Refusal::none    ? " makes " + Server::text(made.key)
                    : made.refusal == Refusal::taken ? " finds the name taken"
                                                     : " is refused");
        });
        return made;
    };
    if (fate.late) process_.simulation.at(*fate.late, act);
    if (!fate.acts) {
        if (auto failed = receive(Kind::change, fate)) return failed_post(*failed);
        return failed_post(*fate.error);
    }
    const Server::Made made = act();
    const ServerTime time = date(fate.dateless);
    if (auto failed = receive(Kind::change, fate)) return failed_post(*failed);
    if (fate.error) return failed_post(*fate.error);
    switch (made.refusal) {
    case Server::Refusal::none:
        break;
    case Server::Refusal::taken:
        if (on_refused) on_refused();
        return error(Code::conflict, "create token: an access key with that value already exists",
                     409, false, Effect::none);
    case Server::Refusal::bad_name:
        if (on_bad_name) on_bad_name();
        return failed_post(error(Code::argument, "name: must be at most 256 characters", 400, false,
                                 Effect::none));
    case Server::Refusal::not_with_a_key:
        return failed_post(error(Code::argument,
                                 "cannot use an access key to create other access keys", 400, false,
                                 Effect::none));
    case Server::Refusal::not_allowed:
        return failed_post(forbidden("create access keys"));
    }
    AccessKeyRow row = server_.row(made.key);
    row.user_name.clear();
    row.last_used.reset();
    process_.tell([&] { return "  <- 201 " + Server::text(made.key); });
    return ports::CreatedKey{std::move(row), Secret(made.key.secret), time};
}

Result<ports::CreatedKey> RunApi::failed_post(Error error) {
    if (on_failed_post) on_failed_post(error);
    return error;
}

Result<ports::Removed> RunApi::remove(const ServerId& id) {
    if (process_.dead()) return Process::gone();
    const Fate fate = send(Kind::change, Where::remove, "DELETE " + id.text());
    const Key* key = server_.find(id.text());
    if (key != nullptr && key->site != caller_.site) key = nullptr;
    if (fate.acts && key != nullptr && key->secret == caller_.secret) {
        if (auto failed = receive(Kind::change, fate)) return *failed;
        if (on_own_key) on_own_key();
        Error out = error(Code::argument, "cannot delete the access key used by this request", 400,
                          false, Effect::none);
        out.detail = "own_key";
        return out;
    }
    const Rights who = server_.rights(caller_);
    if (fate.acts && !who.admin && (key == nullptr || !who.sees(key->user_id))) {
        if (auto failed = receive(Kind::change, fate)) return *failed;
        return forbidden("delete access keys");
    }
    const bool found = fate.acts && key != nullptr && server_.remove(id.text(), process_.run);
    if (auto failed = receive(Kind::change, fate)) {
        // If the client heard nothing it asks again, and then a 404 means that the deletion worked.
        const bool again = fate.fault && (fate.fault->what == What::acted ||
                                          fate.fault->what == What::failed_acted);
        if (!again || failed->code == Code::deadline || fate.fault->amount % 2 == 0) return *failed;
        process_.tell([&] { return "DELETE again " + id.text() + "  <- 404"; });
        return found ? ports::Removed::now : ports::Removed::already_gone;
    }
    if (fate.error) return *fate.error;
    process_.tell([&] { return std::string("  <- ") + (found ? "204" : "404"); });
    return found ? ports::Removed::now : ports::Removed::already_gone;
}

Result<ports::TryAnswer> RunApi::try_secret(const Secret& secret) {
    if (process_.dead()) return Process::gone();
    using Verdict = ports::TryAnswer::Verdict;
    const Fate fate = send(Kind::attempt, Where::attempt, "GET users/self with the kept secret");
    std::string user_id;
    if (fate.acts) {
        if (const Key* used = server_.use(secret.reveal(), true, caller_.site))
            user_id = used->user_id;
        else if (secret.reveal() == caller_.secret)
            user_id = server_.rights(caller_).user_id;
    }
    const auto failed = receive(Kind::attempt, fate);
    if (fate.blip) return ports::TryAnswer{Verdict::refused};
    if (failed) {
        if (failed->code == Code::deadline) return *failed;
        return ports::TryAnswer{};
    }
    if (user_id.empty()) {
        // The server tells it for keys that it still knows.
        const Key* const known = server_.by_secret(secret.reveal());
        if (known != nullptr && server_.user(known->user_id) == nullptr) {
            process_.tell([] { return std::string("  <- 404 identity for access key"); });
            return ports::TryAnswer{};
        }
        ports::TryAnswer out{Verdict::refused};
        out.expired = known != nullptr && known->site == caller_.site;
        process_.tell([&] {
            return std::string(out.expired ? "  <- 401 access key has expired"
                                           : "  <- 401 unauthorized");
        });
        return out;
    }
    const User* const user = server_.user(user_id);
    if (user == nullptr) return ports::TryAnswer{};
    process_.tell([&] { return "  <- 200 " + user->name; });
    return ports::TryAnswer{Verdict::accepted, user->id, user->name};
}

} // namespace infrastate::explore
