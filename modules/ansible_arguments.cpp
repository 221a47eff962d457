// SPDX-License-Identifier: Apache-2.0
#include "ansible_arguments.h"

#include "ansible_wording.h"
#include "python_text.h"

#include "infrastate/json/json.h"
#include "infrastate/schema/mask.h"
#include "infrastate/types/text.h"

#include <cmath>
#include <utility>

namespace infrastate::module {
namespace {

using schema::Param;
using schema::Section;
using schema::Type;
using Kind = Value::Kind;

/// Converts in place, or returns the reason why not, in the words of ansible-core's checkers.
std::optional<std::string> to_bool(Value& value) {
    const Kind kind = value.kind();
    if (kind == Kind::boolean) return std::nullopt;
    if (kind == Kind::array || kind == Kind::object)
        return python_class(value) + " cannot be converted to a bool";
    std::optional<bool> read;
    if (kind == Kind::string) read = schema::lax_boolean(value.string());
    if (kind == Kind::integer && (value.integer() == 0 || value.integer() == 1))
        read = value.integer() == 1;
    if (kind == Kind::number && value.number() == 0.0) read = false;
    if (kind == Kind::number && value.number() == 1.0) read = true;
    if (!read)
        return "The value " + in_quotes(python_str(value), 256) +
               " is not a valid boolean. Valid booleans include: 'y', 'yes', 'on', '1', 'true', "
               "'t', 1, 'n', 'no', 'off', '0', 'false', 'f', 0";
    value = Value(*read);
    return std::nullopt;
}

/// A number without a fraction that is no integer for JSON, such as 2.0.
std::optional<std::int64_t> whole(const Value& value) {
    constexpr double exact = 9007199254740992.0; // 2^53: above it neighbours are missing
    if (value.kind() != Kind::number) return std::nullopt;
    const double number = value.number();
    if (std::floor(number) != number || std::fabs(number) > exact) return std::nullopt;
    return static_cast<std::int64_t>(number);
}

std::optional<std::string> to_int(Value& value) {
    if (value.kind() == Kind::integer) return std::nullopt;
    if (const auto number = whole(value)) {
        value = Value(*number);
        return std::nullopt;
    }
    if (value.kind() == Kind::string)
        if (const auto read = schema::lax_integer(value.string())) {
            value = Value(*read);
            return std::nullopt;
        }
    const bool text = value.kind() == Kind::string;
    return '"' + (text ? in_quotes(value.string(), 256) : python_str(value)) +
           "\" cannot be converted to an int";
}

std::optional<std::string> to_str(Value& value) {
    if (value.kind() == Kind::string) return std::nullopt;
    if (value.kind() == Kind::array || value.kind() == Kind::object)
        return python_class(value) + " cannot be converted to a string";
    value = Value(python_str(value));
    return std::nullopt;
}

std::optional<std::string> to_path(Value& value) {
    if (auto problem = to_str(value)) return problem;
    value = Value(expand_path(value.string()));
    return std::nullopt;
}

/// A template turns a dict into a text with JSON in it. Ansible's other notation, "a=b c=d", is not
/// read: it does not say what type its values have.
std::optional<std::string> to_dict(Value& value) {
    if (value.is_object()) return std::nullopt;
    if (value.kind() != Kind::string) return python_class(value) + " cannot be converted to a dict";
    if (value.string().starts_with('{')) {
        Result<Value> read = json::read(value.string(), {.max_bytes = 1u << 20, .max_depth = 32});
        if (!read) return "unable to evaluate string as dictionary";
        value = std::move(*read);
        return std::nullopt;
    }
    return "dictionary requested, could not parse JSON or key=value";
}

std::optional<std::string> convert(Type type, Value& value) {
    switch (type) {
    case Type::boolean:
        return to_bool(value);
    case Type::integer:
        return to_int(value);
    case Type::path:
        return to_path(value);
    case Type::mode:
        return std::nullopt;
    case Type::dict:
        return to_dict(value);
    case Type::list:
    case Type::objects: // the items are converted one by one
        if (value.is_array()) return std::nullopt;
        return python_class(value) + " cannot be converted to a list";
    default:
        return to_str(value);
    }
}

/// The caller's parameters, then the table's defaults, and null for the rest.
/// NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are.
Value with_defaults(const Section& section, const Value& params) {
    Value out = Value::object();
    for (const Param& param : section.params) {
        if (const Value* value = params.find(param.name)) {
            Value shown = *value;
            if (param.fields != nullptr && shown.is_array())
                for (Value& item : shown.items())
                    if (item.is_object()) item = with_defaults(*param.fields, item);
            out.set(param.name, std::move(shown));
        } else if (param.fill == schema::Default::filled ||
                   param.fill == schema::Default::understood) {
            Value filled(param.default_value);
            // The defaults in the tables always convert.
            (void)convert(param.type, filled);
            out.set(param.name, std::move(filled));
        } else {
            out.set(param.name, nullptr);
        }
    }
    return out;
}

void drop_left_out(const Section& section, Value& input) {
    std::vector<std::string> names;
    for (const auto& [name, value] : input.members()) {
        const Param* param = section.find(name);
        if (value.is_null() || (param != nullptr && schema::left_out(*param, value)))
            names.push_back(name);
    }
    for (const std::string& name : names)
        input.erase(name);
}

/// Collects what the table calls a secret, also if the names belong to no resource.
/// NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are.
void collect_secrets(const Section& section, const Value& params, Masker& masker) {
    for (const Param& param : section.params) {
        const Value* value = params.find(param.name);
        if (value == nullptr) continue;
        if (schema::is_secret(param.type)) schema::add_secret(*value, masker);
        if (param.fields == nullptr || !value->is_array()) continue;
        for (const Value& item : value->items())
            collect_secrets(*param.fields, item, masker);
    }
}

class Reader {
public:
    Reader(const Section& section, std::string_view module, const schema::Getenv& environment,
           Masker& masker)
        : section_(section), module_(module), environment_(environment), masker_(masker) {}

    Arguments run(Value input) {
        schema::collect_secrets(input,
                                masker_); // also secrets in members that no parameter describes
        drop_left_out(section_, input);
        const schema::Sources sources =
            schema::complete_from_environment(section_, input, environment_);
        resolve_aliases(section_, input, "");
        out_.params = std::move(input);
        collect_secrets();
        convert_types(section_, out_.params, "");
        collect_secrets(); // once more: conversion may have spelled them differently
        out_.module_args = with_defaults(section_, out_.params);
        out_.checked = schema::check(section_, out_.params, sources);
        out_.error = ansible_error(out_.checked.violations, {module_, sources, unconverted_});
        return std::move(out_);
    }

private:
    /// As in Ansible, an alias overrides the name, with a warning. `place` is "things[3]." for an
    /// object in a list.
    void resolve_aliases(const Section& section, Value& input, const std::string& place) {
        for (const Param& param : section.params)
            for (std::string_view alias : param.aliases) {
                Value* value = input.find(alias);
                if (value == nullptr) continue;
                if (input.find(param.name) != nullptr)
                    out_.warnings.push_back("Both option " + place + std::string(param.name) +
                                            " and its alias " + place + std::string(alias) +
                                            " are set.");
                Value taken = std::move(*value);
                input.erase(alias);
                input.set(param.name, std::move(taken));
            }
    }

    void collect_secrets() {
        schema::collect_secrets(out_.params, masker_);
        module::collect_secrets(section_, out_.params, masker_);
    }

    // NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are.
    void convert_types(const Section& section, Value& params, const std::string& place) {
        for (const Param& param : section.params) {
            Value* value = params.find(param.name);
            if (value == nullptr) continue;
            const std::string name = place + std::string(param.name);
            if (auto problem = convert(param.type, *value))
                unconverted_.emplace_back(name, *std::move(problem));
            else if (param.fields != nullptr)
                convert_items(*param.fields, *value, name);
        }
    }

    // NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are.
    void convert_items(const Section& fields, Value& list, const std::string& name) {
        for (std::size_t i = 0; i < list.items().size(); ++i) {
            Value& item = list.items()[i];
            const std::string place = name + "[" + std::to_string(i) + "]";
            if (auto problem = to_dict(item)) {
                unconverted_.emplace_back(place, *std::move(problem));
                continue;
            }
            drop_left_out(fields, item);
            resolve_aliases(fields, item, place + ".");
            convert_types(fields, item, place + ".");
        }
    }

    const Section& section_;
    std::string_view module_;
    const schema::Getenv& environment_;
    Masker& masker_;
    std::vector<std::pair<std::string, std::string>> unconverted_;
    Arguments out_;
};

} // namespace

JoinedSection::JoinedSection(const Section& first, const Section& second)
    : params_(first.params.begin(), first.params.end()),
      rules_(first.rules.begin(), first.rules.end()) {
    params_.insert(params_.end(), second.params.begin(), second.params.end());
    rules_.insert(rules_.end(), second.rules.begin(), second.rules.end());
}

Arguments read_ansible_arguments(const Section& section, Value input, std::string_view module,
                                 const schema::Getenv& environment, Masker& masker) {
    return Reader(section, module, environment, masker).run(std::move(input));
}

} // namespace infrastate::module
