// SPDX-License-Identifier: Apache-2.0
// The data of the simulated server, all in memory: users, their roles, access keys. It has the
// rules that the real server leaves to its database (names unique per owner, dead keys included)
// and nothing of HTTP. Not thread-safe: Api locks around each request.
#pragma once

#include "ids.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::simulator {

/// A user that exists at the start.
struct UserSeed {
    std::string name;
    std::string password;   ///< "" for a user who cannot log in
    std::string role;       ///< "", "admin", "view" or "connector"
    std::string access_key; ///< "" for none; a key given here may create keys for anybody
};

struct User {
    Id id = 0;
    std::string name;
    std::string ssh_login_name;
    std::string role;
    std::string password_digest;
    bool one_time_password = false;
    bool in_provider = true; ///< false for the connector, which is no person's account
    Micros created = 0, updated = 0;
    std::optional<Micros> last_seen{};
};

struct Grant {
    Id id = 0;
    Id user = 0;
    std::string privilege;
    Micros created = 0;
};

/// A cluster or a machine that a connector serves.
struct Destination {
    Id id = 0;
    std::string unique_id, name, kind, version, url, ca;
    std::vector<std::string> resources{}, roles{};
    Micros created = 0, updated = 0;
    std::optional<Micros> last_seen{};
};

struct Key {
    Id id = 0;
    std::string name;
    Id owner = 0; ///< need not exist
    Micros created = 0, updated = 0;
    Micros expires = 0;
    Micros extension = 0;             ///< what a use adds to the deadline
    std::optional<Micros> deadline{}; ///< the inactivity timeout; empty for configured keys
    std::vector<std::string> scopes{};
    std::string token_id;      ///< the secret's first part
    std::string secret_digest; ///< digest of the secret's second part
    std::string token_digest;  ///< digest of the whole, for tests that hold it

    bool has_scope(std::string_view scope) const;
};

inline constexpr std::string_view scope_create_key = "create-key";
inline constexpr std::string_view scope_password_reset = "password-reset";
inline constexpr std::string_view connector_name = "connector";

class Store {
public:
    /// Deletes everything, then makes the connector and the given users.
    void reset(const std::vector<UserSeed>& users, Clock& clock);

    const User* user(Id id) const;
    User* user(Id id);
    User* user_by_name(std::string_view name);
    const User& connector() const { return users_.at(connector_); }
    /// Ordered by name.
    std::vector<const User*> users() const;
    User& add_user(std::string name, std::string role, Clock& clock);
    void remove_user(Id id);
    /// True for users that exist or existed.
    bool was_user(Id id) const { return users_.contains(id) || former_users_.contains(id); }

    const std::vector<Grant>& grants() const { return grants_; }
    Id provider() const { return provider_; }

    /// Ordered by name.
    std::vector<Destination>& destinations() { return destinations_; }
    Destination* destination(Id id);
    Destination& add_destination(Destination made);
    void sort_destinations();
    /// False: there was no such destination.
    bool remove_destination(Id id);

    Key* key(Id id);
    Key* key_by_token_id(std::string_view token_id);
    /// Ordered by name, then by identifier. Keys without an existing owner are included.
    std::vector<const Key*> keys() const;
    bool name_taken(Id owner, std::string_view name) const;
    Id new_id(Micros now) { return ids_.next(now); }
    /// Stores the key. Its secret is `token`: ten characters, a dot, twenty-four characters.
    Key& add_key(Key key, std::string_view token);
    void remove_key(Id id);

private:
    std::string free_login_name(std::string_view user_name) const;

    std::map<Id, User> users_;
    std::set<Id> former_users_;
    std::map<Id, Key> keys_;
    std::vector<Grant> grants_;
    std::vector<Destination> destinations_;
    Id connector_ = 0, provider_ = 0;
    IdSource ids_;
};

/// A new secret in the server's form.
std::string new_token();

} // namespace infrastate::simulator
