// SPDX-License-Identifier: Apache-2.0
// Destinations. Connectors create and update them, and name theirs in a header of each request.
#include "api.h"
#include "body.h"
#include "go_text.h"
#include "validation.h"

namespace infrastate::simulator {

namespace {

constexpr Micros minute = 60'000'000;
/// A destination counts as connected for this long after its connector was last seen.
constexpr Micros connected_for = 6 * minute;
constexpr Micros seen_recorded_each = 2'000'000;

Json list_or_null(const std::vector<std::string>& texts) {
    if (texts.empty()) return {};
    JsonArray out = json_array();
    for (const std::string& text : texts)
        out->add(text);
    return out;
}

JsonObject destination_row(const Destination& each, Micros now) {
    const bool connected = each.last_seen && now - *each.last_seen < connected_for;
    return json_object({{"id", id_text(each.id)},
                        {"uniqueID", each.unique_id},
                        {"name", each.name},
                        {"kind", each.kind},
                        {"created", rfc3339(each.created)},
                        {"updated", rfc3339(each.updated)},
                        {"connection", json_object({{"url", each.url}, {"ca", each.ca}})},
                        {"resources", list_or_null(each.resources)},
                        {"roles", list_or_null(each.roles)},
                        {"lastSeen", each.last_seen ? Json(rfc3339(*each.last_seen)) : Json()},
                        {"connected", connected},
                        {"version", each.version}});
}

Field connection_field(Destination& into) {
    return {"connection", [&into](std::string_view raw) {
                return read_object(raw, {string_field("DestinationConnection", "url", into.url),
                                         string_field("DestinationConnection", "ca", into.ca)});
            }};
}

void check_destination_name(std::string_view name, Problems& problems) {
    const std::size_t before = problems.size();
    check_name(name, problems);
    const std::size_t dot = name.find('.');
    if (problems.size() == before && dot != std::string_view::npos)
        problems.push_back(
            {"name", "character '.' at position " + std::to_string(dot) + " is not allowed"});
}

} // namespace

std::optional<Reply> Api::record_sight(const Request& request, const Caller& caller, Micros now) {
    Destination* seen = nullptr;
    for (Destination& each : store_.destinations())
        if (request.destination_name.empty()
                ? !request.destination_id.empty() && each.unique_id == request.destination_id
                : each.name == request.destination_name)
            seen = &each;
    if (seen == nullptr) return std::nullopt;
    if (auto refusal = require_role(caller, "update destination", {"connector", "admin"}))
        return refusal;
    if (!seen->last_seen || now - *seen->last_seen >= seen_recorded_each)
        seen->last_seen = seen->updated = now;
    return std::nullopt;
}

Reply Api::list_destinations(const Request& request) {
    std::vector<FieldError> problems;
    const Page page = read_page(request.query, problems);
    if (!problems.empty()) return validation_failed(problems);
    const std::string name = trimmed(request.query.get("name"));
    const std::string kind = trimmed(request.query.get("kind"));
    const std::string unique_id = trimmed(request.query.get("unique_id"));
    const Micros now = clock_.now();
    std::vector<Json> rows;
    for (const Destination& each : store_.destinations())
        if ((name.empty() || each.name == name) && (kind.empty() || each.kind == kind) &&
            (unique_id.empty() || each.unique_id == unique_id))
            rows.emplace_back(destination_row(each, now));
    return list_reply(page, rows);
}

Reply Api::get_destination(std::string_view id) {
    const Destination* found = store_.destination(parse_id(id));
    if (found == nullptr) return error_reply(404, "record not found");
    return json_reply(200, destination_row(*found, clock_.now()));
}

Reply Api::create_destination(const Request& request, const Caller& caller) {
    constexpr std::string_view type = "CreateDestinationRequest";
    Destination made;
    read_body(request, type,
              {string_field(type, "uniqueID", made.unique_id),
               string_field(type, "name", made.name), string_field(type, "kind", made.kind),
               string_field(type, "version", made.version), connection_field(made),
               texts_field(type, "resources", made.resources),
               texts_field(type, "roles", made.roles)});
    Problems problems;
    check_required("connection.ca", !made.ca.empty(), problems);
    check_destination_name(made.name, problems);
    check_required("name", !made.name.empty(), problems);
    if (made.name == "infra") problems.push_back({"name", "infra is reserved and can not be used"});
    if (!made.kind.empty() && made.kind != "kubernetes" && made.kind != "ssh")
        problems.push_back({"kind", "must be one of (kubernetes, ssh, )"});
    if (!problems.empty()) return validation_failed(problems);
    constexpr std::string_view doing = "create destination";
    if (require_role(caller, doing, {"admin", "connector"}))
        return error_reply(403, "create destination: you do not have permission to create "
                                "destination, requires role admin, or connector");
    for (const Destination& each : store_.destinations()) {
        if (each.name == made.name) return conflict(doing, "a destination", "");
        if (!made.unique_id.empty() && each.unique_id == made.unique_id)
            return conflict(doing, "a destination", "uniqueID");
    }
    const Micros now = clock_.now();
    made.id = store_.new_id(now);
    made.created = made.updated = now;
    if (made.kind.empty()) made.kind = "kubernetes";
    if (request.destination_name == made.name ||
        (!made.unique_id.empty() && request.destination_id == made.unique_id))
        made.last_seen = now;
    return json_reply(201, destination_row(store_.add_destination(std::move(made)), now));
}

Reply Api::update_destination(std::string_view id, const Request& request, const Caller& caller) {
    constexpr std::string_view type = "UpdateDestinationRequest";
    Destination next;
    read_body(request, type,
              {string_field(type, "uniqueID", next.unique_id),
               string_field(type, "name", next.name), string_field(type, "version", next.version),
               connection_field(next), texts_field(type, "resources", next.resources),
               texts_field(type, "roles", next.roles)});
    Problems problems;
    check_required("connection.ca", !next.ca.empty(), problems);
    check_required("name", !next.name.empty(), problems);
    check_destination_name(next.name, problems);
    if (!problems.empty()) return validation_failed(problems);
    Destination* found = store_.destination(parse_id(id));
    if (found == nullptr) return error_reply(404, "record not found");
    if (require_role(caller, "update destination", {"admin", "connector"}))
        return error_reply(403, "update destination: you do not have permission to update "
                                "destination, requires role admin, or connector");
    for (const Destination& each : store_.destinations())
        if (each.id != found->id && each.name == next.name)
            return conflict("update destination", "a destination", "");
    const Micros now = clock_.now();
    next.id = found->id;
    next.kind = found->kind;
    next.created = found->created;
    next.last_seen = found->last_seen;
    next.updated = now;
    *found = next;
    store_.sort_destinations();
    return json_reply(200, destination_row(next, now));
}

Reply Api::delete_destination(std::string_view text, const Caller& caller) {
    const Id id = parse_id(text);
    if (id == 0) return validation_failed({{"id", "is required"}});
    if (auto refusal = require_role(caller, "delete destination", {"admin"})) return *refusal;
    if (!store_.remove_destination(id)) return error_reply(404, "record not found");
    return Reply{204, "", "application/json; charset=utf-8", {}};
}

bool Api::set_last_seen(std::string_view name, std::optional<Micros> when) {
    const std::lock_guard lock(mutex_);
    for (Destination& each : store_.destinations()) {
        if (each.name != name) continue;
        each.last_seen = when;
        return true;
    }
    return false;
}

} // namespace infrastate::simulator
