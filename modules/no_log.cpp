// SPDX-License-Identifier: Apache-2.0
#include "no_log.h"

#include "python_text.h"

namespace infrastate::module {
namespace {

bool empty(const Value& value) {
    return value.is_null() || (value.is_string() && value.string().empty());
}

Value shown(const Value& value, const Masker& masker) {
    switch (value.kind()) {
    case Value::Kind::string:
        return no_log(value.string(), masker);
    case Value::Kind::integer:
    case Value::Kind::number: {
        const std::string text = python_str(value);
        if (no_log(text, masker) == text) return value;
        return no_log_value;
    }
    case Value::Kind::array: {
        Value out = Value::array();
        for (const Value& item : value.items())
            out.push(shown(item, masker));
        return out;
    }
    case Value::Kind::object: {
        Value out = Value::object();
        for (const auto& [name, member] : value.members())
            out.set(masker.mask_keys(name), shown(member, masker));
        return out;
    }
    default:
        return value;
    }
}

} // namespace

std::string no_log(std::string_view text, const Masker& masker) {
    return masker.mask(text, no_log_value);
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are.
Value no_log_argument(const Value& value, const schema::Param& param, const Masker& masker) {
    if (empty(value)) return value;
    if (schema::is_secret(param.type)) return no_log_value;
    if (param.fields == nullptr) return shown(value, masker);
    // A value that is no object may contain a secret, because no member's name marks it there.
    const auto odd = [&](const Value& it) {
        return param.fields->holds_secret() ? Value(no_log_value) : shown(it, masker);
    };
    if (!value.is_array()) return odd(value);
    Value out = Value::array();
    for (const Value& item : value.items())
        out.push(item.is_object() ? no_log_arguments(item, *param.fields, masker) : odd(item));
    return out;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are.
Value no_log_arguments(const Value& module_args, const schema::Section& section,
                       const Masker& masker) {
    Value out = Value::object();
    for (const auto& [name, value] : module_args.members()) {
        const schema::Param* param = section.find(name);
        out.set(name,
                param == nullptr ? shown(value, masker) : no_log_argument(value, *param, masker));
    }
    return out;
}

} // namespace infrastate::module
