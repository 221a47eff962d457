// SPDX-License-Identifier: Apache-2.0
// The simulated API: takes a request and gives the answer of Infra 0.21.0. It knows no socket, no
// fault and no control call. Thread-safe: it handles one request at a time. Not simulated:
// providers, groups, organizations, device flow, and the older forms that the server gives to
// clients of Infra-Version 0.18 and before.
#pragma once

#include "clock.h"
#include "reply.h"
#include "store.h"

#include <initializer_list>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

namespace infrastate::simulator {

/// The form of a row for clients that are newer than the last release.
enum class RowShape { released, newer };

struct ApiSettings {
    std::string version = "0.21.0";
    RowShape row_shape = RowShape::released;
    std::vector<UserSeed> users{};
};

class Api {
public:
    Api(ApiSettings settings, Clock& clock);

    Reply handle(const Request& request);
    /// Restores the users and keys of the start.
    void reset();
    /// Sets when a destination's connector was last seen, for tests. False: there is no such
    /// destination.
    bool set_last_seen(std::string_view name, std::optional<Micros> when);
    /// The whole state, for tests: users, and all keys, also those that no list shows. No secrets.
    JsonObject state();
    const ApiSettings& settings() const { return settings_; }

private:
    struct Caller {
        User* user = nullptr;
        Key* key = nullptr;
    };
    using Checked = std::variant<Caller, Reply>;
    struct Page {
        std::int64_t number = 1, limit = 100;
    };

    Reply route(const Request& request);
    Reply not_found(const Request& request) const;
    Checked authenticate(const Request& request);
    void record_use(Caller caller, Micros now);
    /// Empty if the caller has one of the roles, else the server's 403.
    std::optional<Reply> require_role(const Caller& caller, std::string_view operation,
                                      std::initializer_list<std::string_view> roles) const;
    bool has_newer_shape(const Request& request) const;
    /// Reads page and limit. A value out of bounds is added to `problems`; a malformed one throws a
    /// Refusal.
    static Page read_page(const Query& query, std::vector<FieldError>& problems);
    static Reply list_reply(const Page& page, const std::vector<Json>& rows);

    Reply list_keys(const Request& request, const Caller& caller);
    Reply create_key(const Request& request, const Caller& caller);
    Reply delete_key(std::string_view id, const Caller& caller);
    Reply delete_key_by_name(const Request& request, const Caller& caller);
    Reply delete_checked(const Key& key, const Caller& caller);
    JsonObject key_row(const Key& key, bool newer) const;

    Reply list_users(const Request& request, const Caller& caller);
    Reply create_user(const Request& request, const Caller& caller);
    Reply get_user(std::string_view id, const Caller& caller);
    Reply delete_user(std::string_view id, const Caller& caller);
    Reply list_grants(const Request& request, const Caller& caller);
    /// A connector names its destination in a header. If the caller may update that destination,
    /// this records that its connector was seen.
    std::optional<Reply> record_sight(const Request& request, const Caller& caller, Micros now);
    Reply list_destinations(const Request& request);
    Reply get_destination(std::string_view id);
    Reply create_destination(const Request& request, const Caller& caller);
    Reply update_destination(std::string_view id, const Request& request, const Caller& caller);
    Reply delete_destination(std::string_view id, const Caller& caller);

    Reply login(const Request& request);
    Reply logout(const Caller& caller);

    std::mutex mutex_;
    ApiSettings settings_;
    Clock& clock_;
    Store store_;
};

} // namespace infrastate::simulator
