// SPDX-License-Identifier: Apache-2.0
// Routing, authentication, permissions and paging. The handlers are in api_keys.cpp, api_users.cpp
// and api_sessions.cpp.
#include "api.h"

#include "digest.h"
#include "go_text.h"
#include "refusal.h"
#include "validation.h"

#include <algorithm>

namespace infrastate::simulator {

namespace {

constexpr Micros use_recorded_each = 2 * micros_per_second;
constexpr Version last_released_shape{0, 21, 0};

/// The path after the prefix, if that is one segment.
std::optional<std::string_view> segment_after(std::string_view path, std::string_view prefix) {
    if (!path.starts_with(prefix) || path.size() == prefix.size()) return std::nullopt;
    const std::string_view rest = path.substr(prefix.size());
    if (rest.find('/') != std::string_view::npos) return std::nullopt;
    return rest;
}

/// "Bearer TOKEN" -> TOKEN; empty for any other form.
std::optional<std::string_view> bearer(std::string_view authorization) {
    constexpr std::string_view scheme = "Bearer ";
    if (!authorization.starts_with(scheme)) return std::nullopt;
    const std::string_view token = authorization.substr(scheme.size());
    if (token.find(' ') != std::string_view::npos) return std::nullopt;
    return token;
}

} // namespace

Api::Api(ApiSettings settings, Clock& clock) : settings_(std::move(settings)), clock_(clock) {
    store_.reset(settings_.users, clock_);
}

Reply Api::handle(const Request& request) {
    const std::lock_guard lock(mutex_);
    try {
        return route(request);
    } catch (const Refusal& refusal) {
        return bad_request(refusal.what());
    }
}

void Api::reset() {
    const std::lock_guard lock(mutex_);
    store_.reset(settings_.users, clock_);
}

Reply Api::route(const Request& request) {
    const std::string& method = request.method;
    const std::string_view path = request.path;
    const auto key_id = segment_after(path, "/api/access-keys/");
    const auto user_id = segment_after(path, "/api/users/");
    const auto destination_id = segment_after(path, "/api/destinations/");
    const auto is = [&](std::string_view wanted_method, std::string_view wanted_path) {
        return method == wanted_method && path == wanted_path;
    };

    if (is("GET", "/healthz")) return Reply{200, "", "", {}};
    const bool version = is("GET", "/api/version");
    const bool open = version || is("POST", "/api/login");
    const bool known =
        open || is("POST", "/api/logout") || is("GET", "/api/grants") ||
        is("GET", "/api/destinations") || is("POST", "/api/destinations") ||
        (destination_id && (method == "GET" || method == "PUT" || method == "DELETE")) ||
        (path == "/api/access-keys" &&
         (method == "GET" || method == "POST" || method == "DELETE")) ||
        (key_id && method == "DELETE") ||
        (path == "/api/users" && (method == "GET" || method == "POST")) ||
        (user_id && (method == "GET" || method == "DELETE"));
    if (!known) return not_found(request);

    if (!request.infra_version || request.infra_version->empty())
        return bad_request("Infra-Version header is required. The current version is " +
                           settings_.version);
    if (!parse_version(*request.infra_version))
        return bad_request("invalid Infra-Version header: Invalid Semantic Version. Current "
                           "version is " +
                           settings_.version);

    Checked checked = authenticate(request);
    if (version) return json_reply(200, json_object({{"version", settings_.version}}));
    if (open) return login(request);
    if (Reply* refusal = std::get_if<Reply>(&checked)) return std::move(*refusal);
    const Caller caller = std::get<Caller>(checked);

    if (is("GET", "/api/access-keys")) return list_keys(request, caller);
    if (is("POST", "/api/access-keys")) return create_key(request, caller);
    if (is("DELETE", "/api/access-keys")) return delete_key_by_name(request, caller);
    if (key_id) return delete_key(*key_id, caller);
    if (is("GET", "/api/users")) return list_users(request, caller);
    if (is("POST", "/api/users")) return create_user(request, caller);
    if (user_id)
        return method == "GET" ? get_user(*user_id, caller) : delete_user(*user_id, caller);
    if (is("GET", "/api/grants")) return list_grants(request, caller);
    if (is("GET", "/api/destinations")) return list_destinations(request);
    if (is("POST", "/api/destinations")) return create_destination(request, caller);
    if (destination_id && method == "GET") return get_destination(*destination_id);
    if (destination_id && method == "PUT")
        return update_destination(*destination_id, request, caller);
    if (destination_id) return delete_destination(*destination_id, caller);
    return logout(caller);
}

Reply Api::not_found(const Request& request) const {
    if (request.path == "/api/access-keys/" || request.path == "/api/users/" ||
        request.path == "/api/grants/" || request.path == "/api/destinations/" ||
        request.path == "/api/version/") {
        // The server's router redirects to the path without the slash, for every method.
        const std::string target = request.path.substr(0, request.path.size() - 1);
        Reply reply{request.method == "GET" ? 301 : 307, "", "", {{"Location", target}}};
        if (request.method == "GET") {
            reply.content_type = "text/html; charset=utf-8";
            reply.body = "<a href=\"" + target + "\">Moved Permanently</a>.\n\n";
        }
        return reply;
    }
    if (request.accept.starts_with("application/json")) return error_reply(404, "record not found");
    return Reply{404, "404 not found", "text/plain; charset=utf-8", {}};
}

Api::Checked Api::authenticate(const Request& request) {
    const auto unauthorized = [](std::string_view message) { return error_reply(401, message); };
    std::string_view token = request.auth_cookie;
    if (const auto given = bearer(request.authorization))
        token = *given;
    else if (token.empty())
        return unauthorized("authentication is required");
    if (token.empty()) return unauthorized("bearer token was missing");

    const std::size_t dot = token.find('.');
    if (dot == std::string_view::npos) return unauthorized("unauthorized");
    Key* key = store_.key_by_token_id(token.substr(0, dot));
    if (key == nullptr || !same_text(key->secret_digest, sha256_hex(token.substr(dot + 1))))
        return unauthorized("unauthorized");

    const Micros now = clock_.now();
    if (now > key->expires) return unauthorized("access key has expired");
    if (key->deadline && now > *key->deadline)
        return unauthorized(settings_.row_shape == RowShape::newer
                                ? "access key has expired due to inactivity"
                                : "access key has expired");
    if (key->has_scope(scope_password_reset))
        return error_reply(
            403, "not authorized: temporary passwords can only be used to set new passwords");
    // The key's owner may not exist. Such a use is not recorded.
    User* user = store_.user(key->owner);
    if (user == nullptr) return error_reply(404, "identity for access key: record not found");
    const Caller caller{user, key};
    record_use(caller, now);
    if (auto refusal = record_sight(request, caller, now)) return *refusal;
    return caller;
}

void Api::record_use(Caller caller, Micros now) {
    // The deadline counts from the moment when the key was looked at, the use from the moment when
    // it was written. The clock is read twice, so their whole seconds can differ by one.
    const Micros written = clock_.now();
    if (written - caller.key->updated >= use_recorded_each) {
        if (caller.key->deadline) caller.key->deadline = now + caller.key->extension;
        caller.key->updated = written;
    }
    if (!caller.user->last_seen || written - *caller.user->last_seen >= use_recorded_each)
        caller.user->last_seen = caller.user->updated = written;
}

std::optional<Reply> Api::require_role(const Caller& caller, std::string_view operation,
                                       std::initializer_list<std::string_view> roles) const {
    if (std::find(roles.begin(), roles.end(), caller.user->role) != roles.end())
        return std::nullopt;
    std::string list;
    std::size_t left = roles.size();
    for (const std::string_view role : roles) {
        list += role;
        --left;
        list += left == 0 ? "" : left == 1 ? ", or " : ", ";
    }
    return error_reply(403, "you do not have permission to " + std::string(operation) +
                                ", requires role " + list);
}

bool Api::has_newer_shape(const Request& request) const {
    return settings_.row_shape == RowShape::newer &&
           parse_version(*request.infra_version) > last_released_shape;
}

Api::Page Api::read_page(const Query& query, std::vector<FieldError>& problems) {
    const std::int64_t number = parse_go_int(query.get("page"));
    const std::int64_t limit = parse_go_int(query.get("limit"));
    check_range("page", number, 0, std::numeric_limits<std::int64_t>::max(), problems);
    check_range("limit", limit, 0, 1000, problems);
    return {number == 0 ? 1 : number, limit == 0 ? 100 : limit};
}

Reply Api::list_reply(const Page& page, const std::vector<Json>& rows) {
    const auto total = static_cast<std::int64_t>(rows.size());
    const std::int64_t pages = (total + page.limit - 1) / page.limit;
    JsonArray items = json_array();
    // The real server takes the total from the rows that it returns, so a page past the end has
    // none.
    const bool past_the_end = page.number > pages;
    if (!past_the_end) {
        const std::int64_t first = (page.number - 1) * page.limit;
        for (std::int64_t i = first; i < std::min(total, first + page.limit); ++i)
            items->add(rows[static_cast<std::size_t>(i)]);
    }
    return json_reply(200, json_object({{"page", page.number},
                                        {"limit", page.limit},
                                        {"totalPages", past_the_end ? std::int64_t{0} : pages},
                                        {"totalCount", past_the_end ? std::int64_t{0} : total},
                                        {"count", static_cast<std::int64_t>(items->size())},
                                        {"items", items}}));
}

JsonObject Api::state() {
    const std::lock_guard lock(mutex_);
    JsonArray users = json_array();
    for (const User* user : store_.users())
        users->add(
            json_object({{"id", id_text(user->id)}, {"name", user->name}, {"role", user->role}}));
    JsonArray keys = json_array();
    for (const Key* key : store_.keys()) {
        JsonObject row = key_row(*key, false);
        row->set("inactivityExtension", static_cast<double>(key->extension) / micros_per_second);
        row->set("secret_sha256", key->token_digest);
        keys->add(row);
    }
    return json_object({{"users", users}, {"keys", keys}});
}

} // namespace infrastate::simulator
