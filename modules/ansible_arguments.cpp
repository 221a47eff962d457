// SPDX-License-Identifier: Apache-2.0
#include "ansible_arguments.h"

#include "python_text.h"

#include "infrastate/json/json.h"
#include "infrastate/schema/mask.h"
#include "infrastate/types/text.h"

#include <algorithm>

namespace infrastate::module {
namespace {

using schema::Param;
using schema::Rule;
using schema::RuleKind;
using schema::Section;
using schema::Type;
using Kind = Value::Kind;

/// A caller's text, cut where it would make a sentence unreadable.
std::string shortened(std::string_view text) {
    return printable(text, 256);
}

bool has(const Value& params, std::string_view name) {
    return params.find(name) != nullptr;
}

/// Converts in place, or says why not in the words of ansible-core's checkers.
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
        return "The value " + quoted(python_str(value), 256) +
               " is not a valid boolean.  Valid booleans include: 'y', 'yes', 'on', '1', 'true', "
               "'t', 1, 'n', 'no', 'off', '0', 'false', 'f', 0";
    value = Value(*read);
    return std::nullopt;
}

std::optional<std::string> to_int(Value& value) {
    if (value.kind() == Kind::integer) return std::nullopt;
    if (value.kind() == Kind::string)
        if (const auto read = schema::lax_integer(value.string())) {
            value = Value(*read);
            return std::nullopt;
        }
    return python_class(value) + " cannot be converted to an int";
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

/// A text with JSON in it is what a template leaves of a dict. Ansible's other notation, "a=b c=d",
/// is not read: which types it means nobody can see.
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
        if (value.is_array()) return std::nullopt;
        return python_class(value) + " cannot be converted to a list";
    default:
        return to_str(value);
    }
}

class Reader {
public:
    Reader(const Section& section, std::string_view module, const schema::Getenv& environment,
           Masker& masker)
        : section_(section), module_(module), environment_(environment), masker_(masker) {}

    Arguments run(Value input) {
        schema::collect_secrets(input, masker_); // what stands there unasked for, too
        drop_left_out(input);
        out_.sources = schema::complete_from_environment(section_, input, environment_);
        resolve_aliases(input);
        out_.params = std::move(input);
        collect_secrets();
        check_exclusive();
        check_required();
        convert_types();
        check_choices();
        for (const RuleKind kind :
             {RuleKind::required_together, RuleKind::required_one_of, RuleKind::required_by})
            for (const Rule& rule : section_.rules)
                if (rule.kind == kind) check_rule(rule);
        check_unsupported();
        collect_secrets(); // as they are spelled after conversion
        fill_module_args();
        return std::move(out_);
    }

private:
    void fail(std::string_view field, std::string message) {
        if (!out_.error) out_.error = argument_error(field, std::move(message));
    }

    void drop_left_out(Value& input) const {
        std::vector<std::string> names;
        for (const auto& [name, value] : input.members()) {
            const Param* param = section_.find(name);
            if (value.is_null() || (param != nullptr && schema::left_out(*param, value)))
                names.push_back(name);
        }
        for (const std::string& name : names)
            input.erase(name);
    }

    /// As in Ansible, the alias wins over the name, with a warning.
    void resolve_aliases(Value& input) {
        for (const Param& param : section_.params)
            for (std::string_view alias : param.aliases) {
                Value* value = input.find(alias);
                if (value == nullptr) continue;
                if (has(input, param.name))
                    out_.warnings.push_back("Both option " + std::string(param.name) +
                                            " and its alias " + std::string(alias) + " are set.");
                Value taken = std::move(*value);
                input.erase(alias);
                input.set(param.name, std::move(taken));
            }
    }

    void collect_secrets() {
        schema::collect_secrets(out_.params, masker_);
        for (const Param& param : section_.params)
            if (const Value* value = out_.params.find(param.name);
                value != nullptr && schema::is_secret(param.type))
                schema::add_secret(*value, masker_);
    }

    /// " (INFRA_ACCESS_KEY is set in the environment)" for those of the names that come from there:
    /// who set none of them in the task could not know.
    std::string from_environment(const schema::Texts& names) const {
        std::vector<std::string> variables;
        for (const auto& [name, variable] : out_.sources)
            if (names.contains(name)) variables.emplace_back(variable);
        if (variables.empty()) return {};
        return " (" + joined(variables, " and ") + (variables.size() == 1 ? " is" : " are") +
               " set in the environment)";
    }

    /// What the rules between parameters go by.
    bool asks(std::string_view name) const {
        const Value* value = out_.params.find(name);
        const Param* param = section_.find(name);
        return value != nullptr && param != nullptr && !schema::neutral(*param, *value);
    }

    void check_exclusive() {
        std::vector<std::string> groups;
        std::string hints;
        std::string_view field;
        for (const Rule& rule : section_.rules) {
            if (rule.kind != RuleKind::mutually_exclusive) continue;
            const auto given = std::count_if(rule.params.begin(), rule.params.end(),
                                             [&](auto name) { return asks(name); });
            if (given < 2) continue;
            if (field.empty()) field = rule.params[0];
            groups.push_back(joined(rule.params, "|"));
            hints += from_environment(rule.params);
        }
        if (!groups.empty())
            fail(field, "parameters are mutually exclusive: " + joined(groups, ", ") + hints);
    }

    void check_required() {
        std::vector<std::string> missing;
        for (const Param& param : section_.params)
            if (param.required && !has(out_.params, param.name)) missing.emplace_back(param.name);
        if (missing.empty()) return;
        std::sort(missing.begin(), missing.end());
        fail(missing.front(), "missing required arguments: " + joined(missing, ", "));
    }

    void convert_types() {
        for (const Param& param : section_.params) {
            Value* value = out_.params.find(param.name);
            if (value == nullptr) continue;
            const std::string was = python_class(*value);
            if (const auto problem = convert(param.type, *value))
                fail(param.name, "argument '" + std::string(param.name) + "' is of type " + was +
                                     " and we were unable to convert to " +
                                     std::string(ansible_type(param.type)) + ": " + *problem);
        }
    }

    void check_choices() {
        for (const Param& param : section_.params) {
            const Value* value = out_.params.find(param.name);
            if (param.choices.empty() || value == nullptr || !value->is_string() ||
                param.choices.contains(value->string()))
                continue;
            fail(param.name, "value of " + std::string(param.name) +
                                 " must be one of: " + joined(param.choices, ", ") +
                                 ", got: " + shortened(value->string()));
        }
    }

    void check_rule(const Rule& rule) {
        std::vector<std::string> missing;
        for (std::string_view name : rule.params)
            if (!asks(name)) missing.emplace_back(name);
        const std::string first(rule.params[0]);
        switch (rule.kind) {
        case RuleKind::required_together:
            if (!missing.empty() && missing.size() < rule.params.size())
                fail(missing.front(),
                     "parameters are required together: " + joined(rule.params, ", ") +
                         from_environment(rule.params));
            return;
        case RuleKind::required_one_of:
            if (missing.size() == rule.params.size())
                fail(first, "one of the following is required: " + joined(rule.params, ", "));
            return;
        case RuleKind::required_by:
            if (asks(first) && !missing.empty())
                fail(missing.front(), "missing parameter(s) required by '" + first + "': " +
                                          joined(missing, ", ") + from_environment(rule.params));
            return;
        case RuleKind::mutually_exclusive:
            return;
        }
    }

    void check_unsupported() {
        std::vector<std::string> bogus, supported, aliases;
        for (const auto& [name, value] : out_.params.members())
            if (section_.find(name) == nullptr) bogus.push_back(name);
        if (bogus.empty()) return;
        for (const Param& param : section_.params) {
            supported.emplace_back(param.name);
            aliases.insert(aliases.end(), param.aliases.begin(), param.aliases.end());
        }
        for (auto* names : {&bogus, &supported, &aliases})
            std::sort(names->begin(), names->end());
        fail(bogus.front(), "Unsupported parameters for (" + shortened(module_) +
                                ") module: " + shortened(joined(bogus, ", ")) +
                                ". Supported parameters include: " + joined(supported, ", ") +
                                (aliases.empty() ? "" : " (" + joined(aliases, ", ") + ")") + ".");
    }

    void fill_module_args() {
        out_.module_args = Value::object();
        for (const Param& param : section_.params) {
            if (const Value* value = out_.params.find(param.name)) {
                out_.module_args.set(param.name, *value);
            } else if (param.fill == schema::Default::filled) {
                Value filled(param.default_value);
                // The tables' own texts always convert.
                (void)convert(param.type, filled);
                out_.module_args.set(param.name, std::move(filled));
            } else {
                out_.module_args.set(param.name, nullptr);
            }
        }
    }

    const Section& section_;
    std::string_view module_;
    const schema::Getenv& environment_;
    Masker& masker_;
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

std::string_view ansible_type(Type type) noexcept {
    switch (type) {
    case Type::boolean:
        return "bool";
    case Type::integer:
        return "int";
    case Type::number:
        return "float";
    case Type::path:
        return "path";
    case Type::mode:
        return "raw";
    case Type::dict:
        return "dict";
    case Type::list:
    case Type::words:
    case Type::objects:
        return "list";
    default:
        return "str";
    }
}

} // namespace infrastate::module
