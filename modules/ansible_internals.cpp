// SPDX-License-Identifier: Apache-2.0
#include "ansible_internals.h"

#include "infrastate/schema/check.h"
#include "infrastate/types/ascii.h"

#include <algorithm>
#include <vector>

namespace infrastate::module {
namespace {

constexpr std::string_view prefix = "_ansible_";

std::optional<bool> as_boolean(const Value& value) {
    switch (value.kind()) {
    case Value::Kind::boolean:
        return value.boolean();
    case Value::Kind::string:
        return schema::lax_boolean(value.string());
    case Value::Kind::integer:
        if (value.integer() == 0 || value.integer() == 1) return value.integer() == 1;
        return std::nullopt;
    default:
        return std::nullopt;
    }
}

bool name_like(std::string_view text) {
    return !text.empty() && text.size() <= 200 && std::all_of(text.begin(), text.end(), [](char c) {
        return is_letter_or_digit(c) || c == '_' || c == '.';
    });
}

} // namespace

Result<Internals> take_internals(Value& arguments) {
    Internals out;
    struct Flag {
        std::string_view name;
        bool* target;
    };
    const Flag flags[] = {{"check_mode", &out.check_mode},
                          {"diff", &out.diff},
                          {"no_log", &out.no_log},
                          {"inject_invocation", &out.inject_invocation}};
    for (const Flag& flag : flags) {
        const std::string name = std::string(prefix) + std::string(flag.name);
        const Value* value = arguments.find(name);
        if (value == nullptr || value->is_null()) continue;
        const std::optional<bool> read = as_boolean(*value);
        if (!read) return argument_error(name, name + ": must be true or false");
        *flag.target = *read;
    }
    const auto text = [&](std::string_view name) -> std::string {
        const Value* value = arguments.find(std::string(prefix) + std::string(name));
        return value != nullptr && value->is_string() ? value->string() : std::string();
    };
    if (std::string name = text("module_name"); name_like(name)) out.module_name = std::move(name);
    if (std::string name = text("syslog_facility"); name_like(name))
        out.syslog_facility = std::move(name);
    out.target_log_info = text("target_log_info");

    std::vector<std::string> names;
    for (const auto& [name, value] : arguments.members())
        if (name.starts_with(prefix)) names.push_back(name);
    for (const std::string& name : names)
        arguments.erase(name);
    return out;
}

} // namespace infrastate::module
