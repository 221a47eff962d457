// SPDX-License-Identifier: Apache-2.0
#include "contract.h"

#include "config.h"
#include "infrastate.h"

#include "infrastate/schema/describe.h"
#include "infrastate/schema/result.h"
#include "infrastate/schema/schema.h"
#include "infrastate/types/error.h"
#include "infrastate/types/vocabulary.h"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace infrastate::abi {
namespace {

/// A member of an object that the schema does not describe. `type` is "boolean", "integer",
/// "string", "rfc3339", "duration", "object", "array of X" or the name of a shape.
struct Field {
    std::string_view name;
    std::string_view type;
    schema::Texts choices{};
    bool always = true; ///< false: it may be left out
};

constexpr schema::Texts outcomes(vocabulary::outcomes);

constexpr Field request_fields[]{
    {"resource", "string"},
    {"desired", "object"},
    {"timeout_ms", "integer", {}, false},
};
constexpr Field batch_request_fields[]{
    {"requests", "array of request"},
    {"timeout_ms", "integer", {}, false},
};
constexpr Field info_request_fields[]{
    {"resource", "string"},
    {"query", "object", {}, false},
    {"timeout_ms", "integer", {}, false},
};
constexpr Field batch_result_fields[]{
    {"results", "array of result"},  {"ok", "boolean"},      {"code", "string"},
    {"outcome", "string", outcomes}, {"changed", "boolean"}, {"warnings", "array of string"},
    {"error", "error", {}, false},
};
constexpr Field opened_fields[]{
    {"ok", "boolean"},
    {"code", "string"},
    {"outcome", "string", outcomes},
    {"changed", "boolean"},
    {"warnings", "array of string"},
    {"error", "error", {}, false},
};

Value described(std::string_view name, std::string_view type, bool nullable, bool always,
                const schema::Texts& choices) {
    Value out =
        Value::object({{"name", name}, {"type", type}, {"nullable", nullable}, {"always", always}});
    if (choices.empty()) return out;
    Value list = Value::array();
    for (std::string_view choice : choices)
        list.push(choice);
    out.set("choices", std::move(list));
    return out;
}

Value described(std::span<const Field> fields) {
    Value out = Value::array();
    for (const Field& field : fields)
        out.push(described(field.name, field.type, false, field.always, field.choices));
    return out;
}

/// A request with a member that is not listed here is refused. (Results may get more members at any
/// time.)
Value requests() {
    return Value::object({{"request", described(request_fields)},
                          {"batch_request", described(batch_request_fields)},
                          {"info_request", described(info_request_fields)}});
}

/// The type of a member in the words of the contract. `shape` names the shape of what is in it, or
/// is empty.
std::string type_of(const schema::Returned& member, const std::string& shape) {
    using schema::Type;
    switch (member.type) {
    case Type::boolean:
    case Type::integer:
    case Type::duration:
    case Type::rfc3339:
        return std::string(schema::type_name(member.type));
    case Type::list:
    case Type::words:
        return "array of string";
    case Type::objects:
        return "array of " + shape;
    case Type::dict:
        return shape.empty() ? "object" : shape;
    default:
        return "string";
    }
}

using Members = std::vector<const schema::Returned*>;

Members pointers(std::span<const schema::Returned> members) {
    Members out;
    for (const schema::Returned& member : members)
        out.push_back(&member);
    return out;
}

/// Collects the shapes. Every object in a result has a named shape.
class Shapes {
public:
    void add(const std::string& name, Value fields) { shapes_.set(name, std::move(fields)); }

    /// `resource`: the resource that has these members; nullptr if all resources have them.
    void add(const std::string& name, const Members& members, const schema::Resource* resource) {
        Value fields = Value::array();
        for (const schema::Returned* member : members) {
            const std::string shape = shape_of(*member, resource);
            if (!member->fields.empty()) add(shape, pointers(member->fields), resource);
            fields.push(described(member->name, type_of(*member, shape), member->nullable,
                                  schema::is_always_there(*member), member->choices));
        }
        add(name, std::move(fields));
    }

    Value take() { return std::move(shapes_); }

private:
    /// The name of a member's shape; empty if the member is no object of a known shape.
    static std::string shape_of(const schema::Returned& member, const schema::Resource* resource) {
        if (member.name == "resource") return std::string(resource ? resource->name : "");
        if (member.fields.empty()) return {};
        const std::string name(member.name);
        if (resource == nullptr) return name;
        for (const schema::Returned& common : schema::common_members(resource->kind))
            if (common.name == name) return name;
        return std::string(resource->name) + "." + name;
    }

    Value shapes_ = Value::object();
};

/// "result" and "info_result" have the members that the results of all resources have.
/// "RESOURCE.result" has those that only results of this resource have. "RESOURCE" has those of
/// their member `resource`.
Value results() {
    Shapes out;
    out.add("result", pointers(schema::common_members(schema::ResourceKind::state)), nullptr);
    out.add("info_result", pointers(schema::common_members(schema::ResourceKind::question)),
            nullptr);
    out.add("batch_result", described(batch_result_fields));
    out.add("opened", described(opened_fields));
    for (const schema::Resource& resource : schema::resources()) {
        const std::string name(resource.name);
        if (resource.kind == schema::ResourceKind::state)
            out.add(name, pointers(resource.attributes), &resource);
        out.add(name + ".result", schema::result_members(resource), &resource);
    }
    return out.take();
}

} // namespace

Value contract() {
    Value out = schema::describe();
    out.set("abi", Value::object({{"major", INFRASTATE_ABI_MAJOR},
                                  {"minor", INFRASTATE_ABI_MINOR},
                                  {"config", schema::describe(ConfigTable(true).section())},
                                  {"requests", requests()},
                                  {"results", results()},
                                  {"max_json_bytes", std::int64_t{max_json_bytes}},
                                  {"max_json_depth", std::int64_t{max_json_depth}}}));
    return out;
}

Value opened() {
    return Value::object({{"ok", true},
                          {"code", code_name(Code::ok)},
                          {"outcome", "none"},
                          {"changed", false},
                          {"warnings", Value::array()}});
}

} // namespace infrastate::abi
