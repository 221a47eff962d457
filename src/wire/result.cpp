// SPDX-License-Identifier: Apache-2.0
#include "infrastate/wire/result.h"

#include "infrastate/schema/result.h"

#include <string>

namespace infrastate::wire {
namespace {

/// The value of a member about which nothing is known.
Value nothing(const schema::Returned& member) {
    switch (member.type) {
    case schema::Type::boolean:
        return false;
    case schema::Type::list:
    case schema::Type::words:
    case schema::Type::objects:
        return Value::array();
    default:
        return {};
    }
}

} // namespace

Value error_value(const Error& error) {
    const auto text_or_null = [](const std::string& text) {
        return text.empty() ? Value() : Value(text);
    };
    return Value::object(
        {{"code", code_name(error.code)},
         {"detail", text_or_null(error.detail)},
         {"message", error.message},
         {"field", text_or_null(error.field)},
         {"http_status", error.http_status == 0 ? Value() : Value(error.http_status)},
         {"retryable", error.retryable}});
}

Value failed_result(const Error& error, schema::ResourceKind kind) {
    Value out = Value::object();
    for (const schema::Returned& member : schema::common_members(kind))
        out.set(member.name, nothing(member));
    out.set("ok", false);
    out.set("code", code_name(error.code));
    out.set("outcome", outcome_name(error.effect));
    out.set("changed", error.effect == Effect::changed);
    out.set("error", error_value(error));
    return out;
}

Value failed_result(const Error& error, const schema::Resource& resource) {
    Value out = failed_result(error, resource.kind);
    for (const schema::Returned* member : schema::own_members(resource))
        out.set(member->name, nothing(*member));
    return out;
}

} // namespace infrastate::wire
