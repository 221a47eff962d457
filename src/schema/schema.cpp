// SPDX-License-Identifier: Apache-2.0
#include "infrastate/schema/schema.h"

#include <algorithm>

namespace infrastate::schema {

const Param* Section::find(std::string_view name_or_alias) const noexcept {
    for (const Param& param : params)
        if (param.name == name_or_alias || param.aliases.contains(name_or_alias)) return &param;
    return nullptr;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are.
bool Section::holds_secret() const noexcept {
    return std::any_of(params.begin(), params.end(), [](const Param& param) {
        return is_secret(param.type) || (param.fields != nullptr && param.fields->holds_secret());
    });
}

std::vector<const Resource*> resources_of(ResourceKind kind) {
    std::vector<const Resource*> out;
    for (const Resource& resource : resources())
        if (resource.kind == kind) out.push_back(&resource);
    return out;
}

const Resource* find_resource(std::string_view name) noexcept {
    for (const Resource& resource : resources())
        if (resource.name == name) return &resource;
    return nullptr;
}

std::string_view version() noexcept {
    return INFRASTATE_VERSION;
}

std::string_view type_name(Type type) noexcept {
    switch (type) {
    case Type::string:
        return "string";
    case Type::boolean:
        return "boolean";
    case Type::integer:
        return "integer";
    case Type::number:
        return "number";
    case Type::duration:
        return "duration";
    case Type::span:
        return "span";
    case Type::span_or_percent:
        return "span_or_percent";
    case Type::seconds:
        return "seconds";
    case Type::rfc3339:
        return "rfc3339";
    case Type::path:
        return "path";
    case Type::mode:
        return "mode";
    case Type::secret:
        return "secret";
    case Type::token:
        return "token";
    case Type::kept_secret:
        return "kept_secret";
    case Type::url:
        return "url";
    case Type::pem:
        return "pem";
    case Type::key_name:
        return "key_name";
    case Type::id:
        return "id";
    case Type::choice:
        return "choice";
    case Type::dict:
        return "dict";
    // For a caller these are a text, or a list of texts.
    case Type::word:
    case Type::name:
        return "string";
    case Type::list:
    case Type::words:
        return "list";
    case Type::objects:
        return "objects";
    }
    return "string";
}

std::string_view rule_name(RuleKind kind) noexcept {
    switch (kind) {
    case RuleKind::mutually_exclusive:
        return "mutually_exclusive";
    case RuleKind::required_together:
        return "required_together";
    case RuleKind::required_one_of:
        return "required_one_of";
    case RuleKind::required_by:
        return "required_by";
    }
    return "mutually_exclusive";
}

std::string_view default_name(Default fill) noexcept {
    switch (fill) {
    case Default::none:
        return "none";
    case Default::filled:
    case Default::understood: // a caller sees no difference
        return "filled";
    case Default::on_creation:
        return "on_creation";
    }
    return "none";
}

} // namespace infrastate::schema
