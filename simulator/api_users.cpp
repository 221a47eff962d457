// SPDX-License-Identifier: Apache-2.0
// Users and grants, as far as access keys need them.
#include "api.h"
#include "body.h"
#include "digest.h"
#include "go_text.h"
#include "validation.h"

namespace infrastate::simulator {

namespace {

JsonObject user_row(const User& user) {
    JsonObject row =
        json_object({{"id", id_text(user.id)},
                     {"created", rfc3339(user.created)},
                     {"updated", rfc3339(user.updated)},
                     {"lastSeenAt", user.last_seen ? Json(rfc3339(*user.last_seen)) : Json()},
                     {"name", user.name}});
    if (user.in_provider) {
        JsonArray names = json_array();
        names->add("infra");
        row->set("providerNames", names);
    }
    row->set("sshLoginName", user.ssh_login_name);
    return row;
}

/// The system itself, as createdBy names it.
constexpr Id system_id = 1;

} // namespace

Reply Api::list_users(const Request& request, const Caller& caller) {
    const bool show_system = parse_go_bool(request.query.get("showSystem"));
    std::vector<FieldError> problems;
    const Page page = read_page(request.query, problems);
    if (!problems.empty()) return validation_failed(problems);
    if (auto refusal = require_role(caller, "list users", {"admin", "view", "connector"}))
        return *refusal;

    const std::string name = trimmed(request.query.get("name"));
    std::vector<Json> rows;
    for (const User* user : store_.users()) {
        if (!show_system && user->name == connector_name) continue;
        if (!name.empty() && user->name != name) continue;
        rows.emplace_back(user_row(*user));
    }
    return list_reply(page, rows);
}

Reply Api::create_user(const Request& request, const Caller& caller) {
    constexpr std::string_view type = "CreateUserRequest";
    std::string name;
    read_body(request, type, {string_field(type, "name", name)});
    name = trimmed(name);
    Problems problems;
    check_required("name", !name.empty(), problems);
    check_email("name", name, problems);
    if (!problems.empty()) return validation_failed(problems);
    // A caller who may not even list users gets the error of that earlier step.
    if (auto refusal = require_role(caller, "list users", {"admin", "view", "connector"}))
        return error_reply(403, "list identities: you do not have permission to list users, "
                                "requires role admin, view, or connector");
    if (caller.user->role != "admin")
        return error_reply(403, "create identity: you do not have permission to create user, "
                                "requires role admin");
    if (store_.user_by_name(name) != nullptr)
        return conflict("create credential: create credential", "a credential", "identityID");

    User& user = store_.add_user(name, "", clock_);
    const std::string password = random_text(12);
    user.password_digest = sha256_hex(password);
    user.one_time_password = true;
    return json_reply(
        201, json_object(
                 {{"id", id_text(user.id)}, {"name", user.name}, {"oneTimePassword", password}}));
}

Reply Api::get_user(std::string_view text, const Caller& caller) {
    Id id = caller.user->id;
    if (text != "self") {
        id = parse_id(text);
        if (id == 0) return validation_failed({{"id", "is required"}});
    }
    if (id != caller.user->id)
        if (auto refusal = require_role(caller, "get user", {"admin", "view", "connector"}))
            return *refusal;
    const User* user = store_.user(id);
    if (user == nullptr) return error_reply(404, "record not found");
    return json_reply(200, user_row(*user));
}

Reply Api::delete_user(std::string_view text, const Caller& caller) {
    const Id id = parse_id(text);
    if (id == 0) return validation_failed({{"id", "is required"}});
    if (id == caller.user->id) return bad_request("cannot delete own user");
    if (id == store_.connector().id) return bad_request("cannot delete connector user");
    if (auto refusal = require_role(caller, "delete user", {"admin"})) return *refusal;
    store_.remove_user(id);
    return Reply{204, "", "application/json; charset=utf-8", {}};
}

Reply Api::list_grants(const Request& request, const Caller& caller) {
    const Id user = parse_id(request.query.get("user"));
    const bool show_system = parse_go_bool(request.query.get("showSystem"));
    std::vector<FieldError> problems;
    const Page page = read_page(request.query, problems);
    if (!problems.empty()) return validation_failed(problems);
    if (user != caller.user->id)
        if (auto refusal = require_role(caller, "list grants", {"admin", "view", "connector"}))
            return *refusal;

    const std::string resource = trimmed(request.query.get("resource"));
    const std::string destination = trimmed(request.query.get("destination"));
    const std::string privilege = trimmed(request.query.get("privilege"));
    std::vector<Json> rows;
    for (const Grant& grant : store_.grants()) {
        if (!show_system && grant.user == store_.connector().id) continue;
        if (user != 0 && grant.user != user) continue;
        // The only grants are roles on the server itself.
        if (!resource.empty() && resource != "infra") continue;
        if (!destination.empty() && destination != "infra") continue;
        if (!privilege.empty() && privilege != grant.privilege) continue;
        rows.emplace_back(json_object({{"id", id_text(grant.id)},
                                       {"created", rfc3339(grant.created)},
                                       {"createdBy", id_text(system_id)},
                                       {"updated", rfc3339(grant.created)},
                                       {"user", id_text(grant.user)},
                                       {"privilege", grant.privilege},
                                       {"resource", "infra"}}));
    }
    return list_reply(page, rows);
}

} // namespace infrastate::simulator
