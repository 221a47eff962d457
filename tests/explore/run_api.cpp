// SPDX-License-Identifier: Apache-2.0
#include "run_api.h"

#include <algorithm>
#include <utility>

namespace infrastate::explore {
namespace {

/// How often the client reads a list again that changes between its pages.
constexpr int most_readings = 3;

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
    return process_.simulation.now() + process_.budget.reserve() <= process_.end;
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
    out.fault = process_.begin({Where::request, where});
    ++process_.requests;
    process_.tell([&] { return what; });
    process_.wait(process_.random.between(2, 120));

    const Effect unknown = change ? Effect::unknown : Effect::none;
    if (!out.fault) return out;
    switch (out.fault->what) {
    case What::lost:
        out.acts = false;
        process_.wait(process_.random.between(0, 3000));
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
        break;
    case What::failed_acted:
        out.error = error(Code::server, "502 of a gateway", 502, true, unknown);
        break;
    case What::too_many:
        out.acts = false;
        out.error = error(Code::server, "429", 429, true, Effect::none);
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
        process_.wait(out.fault->amount);
        break;
    default:
        break;
    }
    return out;
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
    return fate.error;
}

Result<ports::KeyListing> RunApi::list(const ports::KeyQuery& query) {
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
            std::vector<AccessKeyRow> all;
            for (const Key* key : server_.sorted()) {
                if (query.name && key->name != *query.name) continue;
                if (query.user_id && key->user_id != query.user_id->text()) continue;
                if (!query.show_dead && !server_.live(*key)) continue;
                if (server_.user(key->user_id) == nullptr) continue;
                all.push_back(server_.row(*key));
            }
            const ServerTime now = date(fate.dateless);
            if (auto failed = receive(Kind::read, fate)) return *failed;
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
            if (on_listing) on_listing();
            return ports::KeyListing{std::move(rows), *time, last, page};
        }
    }
    return error(Code::server, "the list changed while it was read", 0, true, Effect::none);
}

Result<std::optional<UserRow>> RunApi::find_user(const std::string& name) {
    if (process_.dead()) return Process::gone();
    const Fate fate = send(Kind::read, Where::user, "user " + name);
    const User* const found = fate.acts ? server_.user_named(name) : nullptr;
    if (auto failed = receive(Kind::read, fate)) return *failed;
    if (fate.error) return *fate.error;
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
    // Copied: it may act when the run is over.
    const auto act = [&server = server_, &simulation = process_.simulation,
                      user = key.user_id.text(), name = key.name,
                      expiry = key.expiry.nanoseconds() / 1'000'000,
                      inactivity = key.inactivity_timeout.nanoseconds() / 1'000'000,
                      holder = holder_, run = process_.run] {
        auto made = server.create(user, name, expiry, inactivity, holder, run);
        simulation.story.tell([&] {
            return simulation.clock() + " server: the POST of run " + std::to_string(run) +
                   (made.refusal == Server::Refusal::none ? " makes " + Server::text(made.key)
                                                          : " finds the name taken");
        });
        return made;
    };
    if (fate.late) process_.simulation.at(*fate.late, act);
    if (!fate.acts) {
        if (auto failed = receive(Kind::change, fate)) return *failed;
        return *fate.error;
    }
    const Server::Made made = act();
    const ServerTime time = date(fate.dateless);
    if (auto failed = receive(Kind::change, fate)) return *failed;
    if (fate.error) return *fate.error;
    if (made.refusal == Server::Refusal::taken && on_refused) on_refused();
    if (made.refusal == Server::Refusal::taken)
        return error(Code::conflict, "create token: an access key with that value already exists",
                     409, false, Effect::none);
    AccessKeyRow row = server_.row(made.key);
    row.user_name.clear();
    row.last_used.reset();
    process_.tell([&] { return "  <- 201 " + Server::text(made.key); });
    return ports::CreatedKey{std::move(row), Secret(made.key.secret), time};
}

Result<ports::Removed> RunApi::remove(const ServerId& id) {
    if (process_.dead()) return Process::gone();
    const Fate fate = send(Kind::change, Where::remove, "DELETE " + id.text());
    const Key* const key = server_.find(id.text());
    if (fate.acts && key != nullptr && key->secret == server_.own_token) {
        if (auto failed = receive(Kind::change, fate)) return *failed;
        return error(Code::argument, "cannot delete the access key used by this request", 400,
                     false, Effect::none);
    }
    const bool found = fate.acts && server_.remove(id.text(), process_.run);
    if (auto failed = receive(Kind::change, fate)) {
        // The client asks again where it heard nothing, and then a 404 means that it worked.
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
    const Key* used = nullptr;
    bool admin = false;
    if (fate.acts) {
        admin = secret.equals(server_.own_token);
        used = server_.use(secret.reveal(), true);
    }
    const std::string user_id = used != nullptr ? used->user_id : "";
    const auto failed = receive(Kind::attempt, fate);
    if (fate.blip) return ports::TryAnswer{Verdict::refused};
    if (failed) {
        if (failed->code == Code::deadline) return *failed;
        return ports::TryAnswer{};
    }
    if (used == nullptr && !admin) {
        process_.tell([] { return std::string("  <- 401"); });
        return ports::TryAnswer{Verdict::refused};
    }
    const User* const user = server_.user(admin && used == nullptr ? "uAdmin" : user_id);
    if (user == nullptr) return ports::TryAnswer{};
    process_.tell([&] { return "  <- 200 " + user->name; });
    return ports::TryAnswer{Verdict::accepted, user->id, user->name};
}

} // namespace infrastate::explore
