// SPDX-License-Identifier: Apache-2.0
// Log in and log out. A session is an access key that may create others.
#include "api.h"
#include "body.h"
#include "digest.h"
#include "validation.h"

#include <algorithm>

namespace infrastate::simulator {

namespace {

constexpr Micros hour = 3600 * micros_per_second;
constexpr Micros session_length = 30 * 24 * hour;
constexpr Micros session_inactivity = 72 * hour;

} // namespace

Reply Api::login(const Request& request) {
    constexpr std::string_view type = "LoginRequest";
    constexpr std::string_view inner = "LoginRequestPasswordCredentials.passwordCredentials";
    std::string access_key, name, password, redirect_url, code;
    Id provider = 0;
    bool has_password = false, has_oidc = false;
    const Field credentials{
        "passwordCredentials", [&](std::string_view raw) -> std::optional<std::string> {
            if (go_kind(raw) == "null") return std::nullopt;
            if (go_kind(raw) != "object")
                return wrong_type(raw, type, "passwordCredentials",
                                  "api.LoginRequestPasswordCredentials");
            has_password = true;
            return read_object(raw, {string_field(inner, "name", name),
                                     string_field(inner, "password", password)});
        }};
    const Field oidc{"oidc", [&](std::string_view raw) -> std::optional<std::string> {
                         if (go_kind(raw) == "null") return std::nullopt;
                         constexpr std::string_view owner = "LoginRequestOIDC.oidc";
                         if (go_kind(raw) != "object")
                             return wrong_type(raw, type, "oidc", "api.LoginRequestOIDC");
                         has_oidc = true;
                         return read_object(raw, {id_field(owner, "providerID", provider),
                                                  string_field(owner, "redirectURL", redirect_url),
                                                  string_field(owner, "code", code)});
                     }};
    read_body(request, type, {string_field(type, "accessKey", access_key), credentials, oidc});

    Problems problems;
    std::string given;
    int methods = 0;
    const auto count = [&](bool present, std::string_view field) {
        if (!present) return;
        given += (methods++ == 0 ? "" : ", ") + std::string(field);
    };
    count(!access_key.empty(), "accessKey");
    count(has_password, "passwordCredentials");
    count(has_oidc, "oidc");
    if (methods == 0)
        problems.push_back({"", "one of (accessKey, passwordCredentials, oidc) is required"});
    if (methods > 1) problems.push_back({"", "only one of (" + given + ") can have a value"});
    if (has_password) {
        check_required("passwordCredentials.name", !name.empty(), problems);
        check_required("passwordCredentials.password", !password.empty(), problems);
    }
    if (has_oidc) {
        check_required("oidc.redirectURL", !redirect_url.empty(), problems);
        check_required("oidc.code", !code.empty(), problems);
    }
    if (!problems.empty()) return validation_failed(problems);
    if (has_oidc) return error_reply(404, "invalid identity provider: record not found");

    Micros expires = clock_.now() + session_length;
    User* user = nullptr;
    if (has_password) {
        user = store_.user_by_name(name);
        if (user == nullptr || user->password_digest.empty() ||
            !same_text(user->password_digest, sha256_hex(password)))
            return error_reply(401, "unauthorized");
    } else {
        Request as_holder;
        as_holder.authorization = "Bearer " + access_key;
        const Checked holder = authenticate(as_holder);
        if (!std::holds_alternative<Caller>(holder)) return error_reply(401, "unauthorized");
        user = std::get<Caller>(holder).user;
        expires = std::min(expires, std::get<Caller>(holder).key->expires);
    }

    Key key;
    key.owner = user->id;
    key.expires = expires;
    key.extension = session_inactivity;
    key.deadline = clock_.now() + session_inactivity;
    key.created = key.updated = clock_.now();
    key.id = store_.new_id(key.created);
    key.name = user->name + "-" + id_text(key.id);
    key.scopes = {std::string(scope_create_key)};
    const bool must_change = has_password && user->one_time_password;
    if (must_change) key.scopes.emplace_back(scope_password_reset);
    user->last_seen = user->updated = clock_.now();
    const std::string token = new_token();
    store_.add_key(std::move(key), token);

    JsonObject body =
        json_object({{"userID", id_text(user->id)}, {"name", user->name}, {"accessKey", token}});
    if (must_change) body->set("passwordUpdateRequired", true);
    body->set("expires", rfc3339(expires));
    body->set("organizationName", "Default");
    Reply reply = json_reply(201, body);
    // With less than a second left the cookie gets 0, which reads as "no expiry".
    const Micros age = std::max<Micros>(0, (expires - clock_.now()) / micros_per_second);
    reply.headers.emplace_back("Set-Cookie", "auth=" + token +
                                                 "; Path=/; Max-Age=" + std::to_string(age) +
                                                 "; HttpOnly; Secure; SameSite=Strict");
    return reply;
}

Reply Api::logout(const Caller& caller) {
    store_.remove_key(caller.key->id);
    Reply reply = json_reply(201, Json());
    reply.headers.emplace_back("Set-Cookie", "auth=; Path=/; Max-Age=0; HttpOnly; Secure");
    return reply;
}

} // namespace infrastate::simulator
