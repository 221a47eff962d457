// SPDX-License-Identifier: Apache-2.0
// Replaces the product's resources by one of the tests, in schema and engine. Both lists are
// symbols that a program may define itself.
#include "src/engine/resource.h"
#include "src/wire/parameters.h"
#include "tables.h"

#include "infrastate/wire/result.h"

namespace infrastate {
namespace {

struct Part {
    std::string label;
};

struct Thing {
    std::string name;
    std::string subject;
    std::vector<Part> parts{};
};

Result<Part> read_part(const Value& part) {
    if (part.text("label") == "forbidden") return argument_error("label", "label: is forbidden");
    return Part{std::string(part.text("label"))};
}

Result<Thing> read_thing(const Value& value) {
    const bool user = value.given("user") != nullptr;
    Thing out{std::string(value.text("name")), std::string(value.text(user ? "user" : "group"))};
    if (auto read = wire::read(value, "parts", read_part, out.parts); !read)
        return std::move(read).error();
    return out;
}

Result<std::vector<Thing>> read_things(const Value& desired) {
    std::vector<Thing> out;
    if (auto read = wire::read(desired, "things", read_thing, out); !read)
        return std::move(read).error();
    return out;
}

Result<void> check_things(const Value& desired, const engine::RunTarget& /*target*/) {
    auto things = read_things(desired);
    if (!things) return std::move(things).error();
    return {};
}

/// Returns what was given, passwords included: masking is done elsewhere.
Value run_things(engine::Operation /*mode*/, const Value& desired,
                 engine::RunContext& /*context*/) {
    const schema::Resource& resource = test::things::resource;
    auto things = read_things(desired);
    if (!things) return wire::failed_result(things.error(), resource);
    Value out = wire::failed_result(Error{}, resource);
    out.erase("error");
    out.set("ok", true);
    out.set("code", code_name(Code::ok));
    out.set("explanation", "there are " + std::to_string(things->size()) + " things");
    out.set("resource", Value::object({{"owner", desired.text("owner")}}));
    Value list = Value::array();
    for (std::size_t i = 0; i < things->size(); ++i) {
        const Thing& thing = (*things)[i];
        std::string note = "of " + thing.subject;
        for (const Part& part : thing.parts)
            note += ", with " + part.label;
        const auto password = desired.find("things")->items()[i].text("password");
        if (!password.empty()) note += ", password " + std::string(password);
        list.push(Value::object({{"name", thing.name}, {"note", std::move(note)}}));
    }
    out.set("things", std::move(list));
    return out;
}

} // namespace

std::span<const schema::Resource> schema::resources() noexcept {
    return {&test::things::resource, 1};
}

const engine::ResourceHandler* engine::find_resource(std::string_view name) noexcept {
    static constexpr ResourceHandler things{
        .name = "things", .check = check_things, .run = run_things};
    return name == things.name ? &things : nullptr;
}

} // namespace infrastate
