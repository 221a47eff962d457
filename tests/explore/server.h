// SPDX-License-Identifier: Apache-2.0
// An Infra server in memory, with the rules of a real one: whole seconds, unique names, recorded
// use, pages. It remembers who made and who deleted what, which the runs cannot see.
#pragma once

#include "random.h"
#include "simulation.h"

#include "infrastate/types/access_key.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::explore {

/// Whoever is no holder under test: another tool, an operator.
inline constexpr int somebody_else = -1;

struct Key {
    std::string id, name, user_id;
    Millis created = 0, expires = 0, extension = 0, deadline = 0, last_used = 0, updated = 0;
    std::string secret;
    int holder = somebody_else; ///< whose run made it
    int run = -1;
    bool in_use = false; ///< somebody but our runs used it
};

struct User {
    std::string id, name;
};

/// A key that came or went.
struct ServerChange {
    Millis at = 0;
    int run = -1; ///< -1: somebody else
    bool made = false;
    bool was_live = false; ///< of a deleted one
    Key key;
};

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
    std::string own_token; ///< of the administrator that the runs authenticate as
    /// Told of each key that a run is about to delete.
    std::function<void(const Key&, int run)> before_remove;

    bool live(const Key& key) const noexcept;
    const Key* find(std::string_view id) const;
    const Key* by_secret(std::string_view secret) const;
    /// In the order of listings.
    std::vector<const Key*> sorted();
    const User* user(std::string_view id) const;
    const User* user_named(std::string_view name) const;

    enum class Refusal { none, taken };
    struct Made {
        Refusal refusal = Refusal::none;
        Key key{};
    };
    Made create(const std::string& user_id, const std::string& name, Millis expiry,
                Millis inactivity, int holder, int run);
    /// True if there was one.
    bool remove(std::string_view id, int run);
    /// One authenticated request with that secret; whose key it is, or nothing: 401. `by_run`: a
    /// run tries it.
    const Key* use(std::string_view secret, bool by_run);
    AccessKeyRow row(const Key& key) const;

    /// "web.rot-1-0a0b0c0d (k7)"
    static std::string text(const Key& key);

private:
    std::string new_secret();
    void purge();

    Simulation& simulation_;
    Random random_;
    std::vector<Key> keys_;
    int serial_ = 0;
    Millis purged_ = 0;
};

} // namespace infrastate::explore
