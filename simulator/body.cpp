// SPDX-License-Identifier: Apache-2.0
#include "body.h"

#include "go_text.h"
#include "json.h"
#include "refusal.h"

namespace infrastate::simulator {

namespace {

std::optional<std::string> take_members(const std::vector<RawMember>& members,
                                        std::initializer_list<Field> fields) {
    std::optional<std::string> first;
    for (const RawMember& member : members)
        for (const Field& field : fields)
            if (go_name_matches(member.name, field.name)) {
                auto problem = field.take(member.value);
                if (problem && !first) first = std::move(problem);
            }
    return first;
}

} // namespace

void read_body(const Request& request, std::string_view type, std::initializer_list<Field> fields) {
    if (!request.body || request.body->empty()) return;
    const RawValue scanned = scan_go_json(*request.body);
    const std::string_view kind = go_kind(scanned.text);
    if (kind == "null") return;
    if (kind != "object")
        throw Refusal("json: cannot unmarshal " + std::string(kind) +
                      " into Go value of type api." + std::string(type));
    if (const auto problem = take_members(scanned.members, fields)) throw Refusal(*problem);
}

std::optional<std::string> read_object(std::string_view raw, std::initializer_list<Field> fields) {
    return take_members(scan_go_json(raw).members, fields);
}

std::string wrong_type(std::string_view raw, std::string_view owner, std::string_view field,
                       std::string_view type) {
    return "json: cannot unmarshal " + std::string(go_kind(raw)) + " into Go struct field " +
           std::string(owner) + "." + std::string(field) + " of type " + std::string(type);
}

Field string_field(std::string_view owner, std::string_view name, std::string& target) {
    return {name, [owner, name, &target](std::string_view raw) -> std::optional<std::string> {
                const std::string_view kind = go_kind(raw);
                if (kind == "null") return std::nullopt;
                if (kind != "string") return wrong_type(raw, owner, name, "string");
                target = go_string(raw);
                return std::nullopt;
            }};
}

Field texts_field(std::string_view owner, std::string_view name, std::vector<std::string>& target) {
    return {name, [owner, name, &target](std::string_view raw) -> std::optional<std::string> {
                const std::string_view kind = go_kind(raw);
                if (kind == "null") return std::nullopt;
                if (kind != "array") return wrong_type(raw, owner, name, "[]string");
                const Json list = read_json(std::string(raw));
                for (const Json& item : *as_array(list)) {
                    const std::string* text = as_string(item);
                    if (text == nullptr && !item.isEmpty())
                        return wrong_type("0", owner, name, "string");
                    target.push_back(text == nullptr ? std::string() : *text);
                }
                return std::nullopt;
            }};
}

Field id_field(std::string_view owner, std::string_view name, Id& target) {
    return {name, [owner, name, &target](std::string_view raw) -> std::optional<std::string> {
                const std::string_view kind = go_kind(raw);
                if (kind == "null") return std::nullopt;
                if (kind != "string") return wrong_type(raw, owner, name, "uid.ID");
                target = parse_id(go_string(raw));
                return std::nullopt;
            }};
}

Field duration_field(std::string_view name, std::int64_t& nanoseconds) {
    return {name, [&nanoseconds](std::string_view raw) -> std::optional<std::string> {
                // The server reads the JSON text itself without its quotes. An escape such as
                // \u00b5 is not decoded, and makes the duration invalid.
                while (raw.starts_with('"'))
                    raw.remove_prefix(1);
                while (raw.ends_with('"'))
                    raw.remove_suffix(1);
                nanoseconds = parse_go_duration(raw);
                return std::nullopt;
            }};
}

} // namespace infrastate::simulator
