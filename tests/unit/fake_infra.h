// SPDX-License-Identifier: Apache-2.0
// The ports to a server in memory, with the rules of a real one, for tests of reconcile without a
// network. Every call is recorded. The next calls can be made to fail.
#pragma once

#include "support/server_ports.h"

#include "infrastate/reconcile/access_key.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace infrastate::test {

class FakeInfra final : public ServerPorts {
public:
    struct User {
        std::string id, name;
    };
    struct Key {
        std::string id, name, user_id;
        std::int64_t created, expires, deadline, last_used;
        std::string secret{};
    };

    std::vector<User> users{{"uConnector", "connector"}, {"uDev", "dev@example.com"}};
    std::vector<Key> keys;
    std::int64_t now = 1'800'000'000;
    bool exact_time = true;
    std::int64_t clock_skew = 0;   ///< added to the time in Date
    std::int64_t machine_skew = 0; ///< how far this machine's clock is ahead
    ServerVersion server_version{0, 21, 0};
    bool may_list_everybody = true;
    bool one_page_holds_all = true;
    bool time_left = true;
    bool cleanup = false;
    std::vector<std::string> calls; ///< "list name", "user", "version", "create", "delete ID" ...

    bool may_create_for_all = true; ///< false: an ordinary key, which may create for connector only
    std::string own_key{};          ///< the id of the key that authenticates; each request uses it
    std::int64_t completion_ms = 3000; ///< time left for finishing what a DELETE began
    std::int64_t asked_ms = 0;         ///< the wait that the last answer asked for
    bool completing = false;
    std::deque<Error> lists; ///< how the next listings fail; one without a message succeeds

    /// What the next POST does: {made, error}. Without an entry it succeeds.
    struct Post {
        bool acts;
        Error error;
        std::function<void(FakeInfra&)> before{};
        std::int64_t asks_ms = 0;
    };
    /// Called before the next POST, which then works as usual.
    std::function<void(FakeInfra&)> before_post{};
    std::deque<Post> posts;
    std::deque<Post> deletes; ///< the same for a DELETE; without a message it succeeds

    Key& add(const std::string& name, const std::string& user_id, std::int64_t lifetime,
             std::int64_t inactivity) {
        keys.push_back({"k" + std::to_string(++serial_), name, user_id, now, now + lifetime,
                        now + inactivity, now, secret_of(serial_)});
        return keys.back();
    }

    Result<ports::KeyListing> list(const ports::KeyQuery& query) override {
        if (before_list) before_list();
        std::string call = "list";
        if (query.name) call += " name";
        if (query.user_id) call += " user";
        if (!query.show_dead) call += " live";
        calls.push_back(call);
        authenticate();
        if (!lists.empty()) {
            const Error failure = std::move(lists.front());
            lists.pop_front();
            if (!failure.message.empty()) return failure;
        }
        if (!query.name && !query.user_id && !may_list_everybody)
            return Error{Code::permission, "requires role admin", {}, {}, 403};
        ports::KeyListing out{{}, time()};
        for (const Key& key : keys) {
            if (query.name && key.name != *query.name) continue;
            if (query.user_id && key.user_id != query.user_id->text()) continue;
            if (!query.show_dead && (key.expires <= now || key.deadline <= now)) continue;
            out.rows.push_back(row(key));
        }
        if (query.first_page_only && !one_page_holds_all) {
            out.complete = false;
            out.rows.clear();
        }
        return out;
    }

    Result<std::optional<UserRow>> find_user(const std::string& name) override {
        calls.push_back("user");
        for (const User& user : users)
            if (user.name == name) return std::optional<UserRow>(UserRow{id(user.id), user.name});
        return std::optional<UserRow>{};
    }

    Result<ServerVersion> version() override {
        calls.push_back("version");
        return server_version;
    }

    Result<ports::CreatedKey> create(const ports::NewKey& wanted) override {
        calls.push_back("create " + wanted.name);
        authenticate();
        asked_ms = 0;
        if (before_post) std::exchange(before_post, nullptr)(*this);
        if (!posts.empty()) {
            Post post = std::move(posts.front());
            posts.pop_front();
            if (post.before) post.before(*this);
            asked_ms = post.asks_ms;
            if (post.acts) make(wanted);
            return post.error;
        }
        if (!may_create_for_all && wanted.user_id.text() != "uConnector")
            return Error{Code::argument,
                         "cannot use an access key to create other access keys",
                         {},
                         "http_400",
                         400};
        for (const Key& key : keys)
            if (key.name == wanted.name && key.user_id == wanted.user_id.text())
                return Error{Code::conflict, "already exists", {}, {}, 409};
        const Key& key = make(wanted);
        AccessKeyRow made = row(key);
        made.user_name.clear();
        made.last_used.reset();
        return ports::CreatedKey{std::move(made), Secret(key.secret), time()};
    }

    Result<ports::Removed> remove(const ServerId& wanted) override {
        calls.push_back("delete " + wanted.text());
        authenticate();
        if (!own_key.empty() && wanted.text() == own_key)
            return Error{Code::argument,
                         "cannot delete the access key used by this request",
                         {},
                         "own_key",
                         400};
        std::optional<Error> failure;
        bool acts = true;
        if (!deletes.empty()) {
            acts = deletes.front().acts;
            if (!deletes.front().error.message.empty()) failure = deletes.front().error;
            deletes.pop_front();
        }
        const auto found =
            acts ? std::erase_if(keys, [&](const Key& key) { return key.id == wanted.text(); }) : 0;
        if (failure) return *failure;
        return found > 0 ? ports::Removed::now : ports::Removed::already_gone;
    }

    Result<ports::TryAnswer> try_secret(const Secret& secret) override {
        calls.push_back("try");
        if (tries_fail) return Error{Code::server, "internal error", {}, {}, 500};
        ports::TryAnswer out;
        out.verdict = ports::TryAnswer::Verdict::refused;
        for (Key& key : keys) {
            if (!secret.equals(key.secret)) continue;
            out.expired = key.expires <= now || key.deadline <= now;
            if (out.expired) continue;
            use(key);
            out.verdict = ports::TryAnswer::Verdict::accepted;
            out.user_id = key.user_id;
        }
        return out;
    }
    bool tries_fail = false;
    std::function<void()> before_list{}; ///< what others do just before a listing

    void use(Key& key) const {
        key.deadline += now - key.last_used;
        key.last_used = now;
    }
    /// Obviously no real secret, and a different one for each key.
    static std::string secret_of(int serial) {
        std::string number = std::to_string(serial);
        return "aaaaaaaaaa." + std::string(24 - number.size(), 'b') + number;
    }
    bool may_start_change() const override { return time_left; }
    void enter_completion() override { completing = true; }
    ports::Completion completion() const override { return {completion_ms, asked_ms}; }
    void enter_cleanup() override { cleanup = true; }

    static ServerId id(const std::string& text) { return ServerId::parse(text).value(); }

    /// A use is recorded at most every two seconds.
    void authenticate() {
        for (Key& key : keys)
            if (key.id == own_key && now - key.last_used >= 2) use(key);
    }

private:
    ServerTime time() const {
        return {Timestamp::from_unix(now + clock_skew), exact_time,
                Timestamp::from_unix(now + machine_skew)};
    }

    const Key& make(const ports::NewKey& wanted) {
        return add(wanted.name, wanted.user_id.text(), wanted.expiry.seconds(),
                   wanted.inactivity_timeout.seconds());
    }

    AccessKeyRow row(const Key& key) const {
        std::string owner;
        for (const User& user : users)
            if (user.id == key.user_id) owner = user.name;
        return AccessKeyRow{id(key.id),
                            key.name,
                            owner,
                            key.user_id,
                            Timestamp::from_unix(key.created),
                            Timestamp::from_unix(key.last_used),
                            Timestamp::from_unix(key.expires),
                            Timestamp::from_unix(key.deadline)};
    }

    int serial_ = 0;
};

/// A machine on which time passes only when a test says so.
class FakeHost final : public ports::Host {
public:
    std::int64_t left = 30;
    std::uint32_t next = 1;
    std::int64_t paused_ms = 0;
    FakeInfra* clock = nullptr; ///< the server whose time passes during a wait
    bool cancelled = false;
    std::function<void()> on_pause{};

    Result<void> pause(std::int64_t milliseconds) override {
        if (cancelled)
            return Error{Code::cancelled, "the run was cancelled", {}, "cancelled", 0, true};
        paused_ms += milliseconds;
        left = std::max<std::int64_t>(1, left - (milliseconds + 500) / 1000);
        if (clock != nullptr) {
            clock->now += (milliseconds + 500) / 1000;
            clock->completion_ms = std::max<std::int64_t>(0, clock->completion_ms - milliseconds);
        }
        if (on_pause) on_pause();
        return {};
    }
    std::uint32_t random() override { return next++; }
    std::int64_t seconds_left() override { return left; }
    bool may_go_on() override { return left > 0; }
};

/// A whole run without a holder of the secret.
inline reconcile::Report run(const plan::Desired& want, reconcile::Mode mode, ServerPorts& infra) {
    FakeHost host;
    reconcile::Context context{infra.with(host)};
    return reconcile::reconcile_access_key(want, mode, context);
}

} // namespace infrastate::test
