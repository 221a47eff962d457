// SPDX-License-Identifier: Apache-2.0
// Access keys: list, create, delete.
#include "api.h"
#include "body.h"
#include "go_text.h"
#include "validation.h"

#include <algorithm>

namespace infrastate::simulator {

namespace {

Micros cut_to_micros(std::int64_t nanoseconds) {
    return nanoseconds / 1000 - (nanoseconds % 1000 < 0 ? 1 : 0);
}

bool dead(const Key& key, Micros now) {
    return key.expires <= now || (key.deadline && *key.deadline <= now);
}

} // namespace

JsonObject Api::key_row(const Key& key, bool newer) const {
    const User* owner = store_.user(key.owner);
    const std::string owner_name = owner == nullptr ? std::string() : owner->name;
    JsonObject row = json_object({{"id", id_text(key.id)},
                                  {"created", rfc3339(key.created)},
                                  {"lastUsed", rfc3339(key.updated)},
                                  {"name", key.name}});
    if (newer) {
        row->set("issuedForID", id_text(key.owner));
        row->set("issuedForKind", "user");
        row->set("issuedForUser", owner_name);
    } else {
        row->set("issuedForName", owner_name);
        row->set("issuedFor", id_text(key.owner));
    }
    row->set("providerID", id_text(store_.provider()));
    row->set("expires", rfc3339(key.expires));
    row->set("inactivityTimeout", key.deadline ? Json(rfc3339(*key.deadline)) : Json());
    JsonArray scopes = json_array();
    for (const std::string& scope : key.scopes)
        scopes->add(scope);
    row->set("scopes", scopes);
    return row;
}

Reply Api::list_keys(const Request& request, const Caller& caller) {
    const Id owner = parse_id(request.query.get("userID"));
    const bool show_expired = parse_go_bool(request.query.get("showExpired"));
    std::vector<FieldError> problems;
    const Page page = read_page(request.query, problems);
    if (!problems.empty()) return validation_failed(problems);
    const std::string name = trimmed(request.query.get("name"));

    if (owner != caller.user->id)
        if (auto refusal = require_role(caller, "list access keys", {"admin", "view"}))
            return *refusal;

    const Micros now = clock_.now();
    std::vector<Json> rows;
    for (const Key* key : store_.keys()) {
        if (store_.user(key->owner) == nullptr)
            continue; // keys without an existing owner are never shown
        if (owner != 0 && key->owner != owner) continue;
        if (!name.empty() && key->name != name) continue;
        if (!show_expired && dead(*key, now)) continue;
        rows.emplace_back(key_row(*key, has_newer_shape(request)));
    }
    return list_reply(page, rows);
}

Reply Api::create_key(const Request& request, const Caller& caller) {
    constexpr std::string_view type = "CreateAccessKeyRequest";
    const bool newer = has_newer_shape(request);
    const std::string_view owner_field = newer ? "issuedForID" : "userID";
    Key key;
    std::int64_t expiry = 0, inactivity = 0;
    read_body(request, type,
              {string_field(type, "name", key.name), id_field(type, owner_field, key.owner),
               duration_field("expiry", expiry), duration_field("inactivityTimeout", inactivity)});
    Problems problems;
    check_name(key.name, problems);
    check_required(owner_field, key.owner != 0, problems);
    check_required("expiry", expiry != 0, problems);
    check_required("inactivityTimeout", inactivity != 0, problems);
    if (!problems.empty()) return validation_failed(problems);

    if (!caller.key->has_scope(scope_create_key) && key.owner != store_.connector().id)
        return bad_request("cannot use an access key to create other access keys");
    if (key.owner != caller.user->id)
        if (auto refusal = require_role(caller, "create access key", {"admin"})) return *refusal;

    // The clock is read three times, as on the real server, so whole seconds may differ by one.
    key.expires = clock_.now() + cut_to_micros(expiry);
    key.extension = cut_to_micros(inactivity);
    key.deadline = clock_.now() + key.extension;
    const Micros now = clock_.now();
    key.id = store_.new_id(now);
    key.created = key.updated = now;
    if (key.name.empty()) {
        const User* owner = store_.user(key.owner);
        if (owner == nullptr)
            return error_reply(404, "create token: key name from identity: record not found");
        key.name = owner->name + "-" + id_text(key.id);
    }
    if (store_.name_taken(key.owner, key.name))
        return conflict("create token", "an access key", "");

    const std::string token = new_token();
    const Key& stored = store_.add_key(std::move(key), token);
    JsonObject body = json_object(
        {{"id", id_text(stored.id)}, {"created", rfc3339(stored.created)}, {"name", stored.name}});
    if (newer) {
        body->set("issuedForID", id_text(stored.owner));
        body->set("issuedForKind", "user");
    } else {
        body->set("issuedFor", id_text(stored.owner));
    }
    body->set("providerID", "");
    body->set("expires", rfc3339(stored.expires));
    body->set("inactivityTimeout", rfc3339(*stored.deadline));
    body->set("accessKey", token);
    return json_reply(201, body);
}

Reply Api::delete_key(std::string_view id_text, const Caller& caller) {
    const Id id = parse_id(id_text);
    if (id == 0) return validation_failed({{"id", "is required"}});
    // A key of a former user can be deleted though no list shows it. A key of a user that never
    // existed cannot.
    const Key* key = store_.key(id);
    if (key == nullptr || !store_.was_user(key->owner)) return error_reply(404, "record not found");
    return delete_checked(*key, caller);
}

Reply Api::delete_key_by_name(const Request& request, const Caller& caller) {
    const std::string_view name = request.query.get("name");
    Problems problems;
    check_name(name, problems);
    check_required("name", !name.empty(), problems);
    if (!problems.empty()) return validation_failed(problems);
    const Micros now = clock_.now();
    for (const Key* key : store_.keys())
        if (key->owner == caller.user->id && key->name == name && !dead(*key, now))
            return delete_checked(*key, caller);
    return error_reply(404, "record not found: no key named '" + std::string(name) + "' found");
}

Reply Api::delete_checked(const Key& key, const Caller& caller) {
    if (key.owner != caller.user->id)
        if (auto refusal = require_role(caller, "delete access key", {"admin"})) return *refusal;
    if (key.id == caller.key->id)
        return bad_request("cannot delete the access key used by this request");
    store_.remove_key(key.id);
    return Reply{204, "", "application/json; charset=utf-8", {}};
}

} // namespace infrastate::simulator
