// SPDX-License-Identifier: Apache-2.0
// Infra servers in memory, with the rules of real ones: whole seconds, unique names, recorded use,
// pages, rights. They remember who made and deleted each key, which the runs cannot see.
#pragma once

#include "caller.h"
#include "random.h"
#include "simulation.h"

#include "infrastate/types/access_key.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace infrastate::explore {

/// Anybody who is no task under test: another tool, an operator.
inline constexpr int somebody_else = -1;

struct Key {
    std::string id, name, user_id;
    int site = 0; ///< which of the servers has it
    Millis created = 0, expires = 0, extension = 0, deadline = 0, last_used = 0, updated = 0;
    std::string secret;
    int task = somebody_else; ///< the task whose run made it
    int run = -1;
    bool in_use = false; ///< somebody other than our runs used it
};

struct User {
    std::string id, name;
    int site = 0;
};

/// A key that was made or deleted.
struct ServerChange {
    Millis at = 0;
    int run = -1; ///< -1: somebody else
    bool made = false;
    bool was_live = false; ///< for a deleted key
    Key key;
};

inline constexpr int sites = 2;

/// All servers; each id and secret belongs to one server only.
class Server {
public:
    Server(Simulation& simulation, Random random);

    static constexpr Millis use_recorded_each = 2000;
    static constexpr Millis purge_each = 12LL * 3600 * 1000;
    /// When it last cleaned up.
    Millis purged_at() const noexcept { return purged_; }

    std::vector<User> users;
    std::vector<ServerChange> changes;
    int page_size = 100;
    /// Called for each key that a run is about to delete.
    std::function<void(const Key&, int run)> before_remove;

    /// Whether the key opens something: it is neither expired nor inactive, and its user exists.
    /// The server also makes keys for users that were deleted. These open nothing, no listing shows
    /// them, and their names stay taken (tests/contract/owners_test.py).
    bool live(const Key& key) const noexcept;
    const Key* find(std::string_view id) const;
    const Key* by_secret(std::string_view secret) const;
    /// In the order of listings.
    std::vector<const Key*> sorted();
    const User* user(std::string_view id) const;
    const User* user_named(std::string_view name, int site = 0) const;
    /// Deletes the user with its keys, and makes it again under another id.
    void remake_user(const std::string& name, int site);

    /// The credentials of that kind of caller.
    Caller caller(Caller::Kind kind, int site) const;
    Rights rights(const Caller& caller) const;
    /// A request with these credentials. If they are a key's, its use is recorded.
    void authenticate(const Caller& caller);

    enum class Refusal { none, taken, bad_name, not_with_a_key, not_allowed };
    struct Made {
        Refusal refusal = Refusal::none;
        Key key{};
    };
    Made create(const std::string& user_id, const std::string& name, Millis expiry,
                Millis inactivity, int task, int run, int site = 0);
    /// The same, as that caller.
    Made create_as(const Caller& caller, const std::string& user_id, const std::string& name,
                   Millis expiry, Millis inactivity, int task, int run);
    /// True if the key existed.
    bool remove(std::string_view id, int run);
    /// One authenticated request with that secret. Returns the key that it opens, or nothing for a
    /// 401. `by_run`: a run tries it.
    const Key* use(std::string_view secret, bool by_run, int site);
    const Key* use(std::string_view secret, bool by_run);
    /// For an observation that must leave no trace.
    std::vector<Key> keep() const { return keys_; }
    void restore(std::vector<Key> keys) { keys_ = std::move(keys); }
    AccessKeyRow row(const Key& key) const;

    /// "web.rot-1-0a0b0c0d (k7)"
    static std::string text(const Key& key);

private:
    std::string new_secret();
    void purge();

    Simulation& simulation_;
    Random random_;
    std::vector<Key> keys_;
    std::vector<Caller> callers_; ///< callers that are not among the listed keys
    int serial_ = 0, user_serial_ = 0;
    Millis purged_ = 0;
};

} // namespace infrastate::explore
