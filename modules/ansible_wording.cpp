// SPDX-License-Identifier: Apache-2.0
#include "ansible_wording.h"

#include "python_text.h"

#include "infrastate/types/text.h"

#include <algorithm>

namespace infrastate::module {
namespace {

using schema::Fault;
using schema::Param;
using schema::Violation;
using Group = std::vector<const Violation*>;

/// A caller's text, cut where it would make a sentence unreadable.
std::string shortened(std::string_view text) {
    return printable(text, 256);
}

/// " (INFRA_ACCESS_KEY is set in the environment)" for those of the names that come from there:
/// who set none of them in the task could not know.
std::string from_environment(const schema::Texts& names, const Asked& asked) {
    std::vector<std::string_view> variables;
    for (const auto& [name, variable] : asked.sources)
        if (names.contains(name)) variables.push_back(variable);
    if (variables.empty()) return {};
    return " (" + joined(variables, " and ") + (variables.size() == 1 ? " is" : " are") +
           " set in the environment)";
}

std::optional<Error> exclusive(const Group& group, const Asked& asked) {
    std::string hints;
    for (const Violation* each : group)
        hints += from_environment(each->rule->params, asked);
    return argument_error(
        group[0]->rule->params[0],
        "parameters are mutually exclusive: " + joined(group, ", ", [](const Violation* each) {
            return joined(each->rule->params, "|");
        }) + hints);
}

std::optional<Error> missing(const Group& group, const Asked&) {
    std::vector<std::string> names;
    for (const Violation* each : group)
        names.push_back(each->params[0]);
    std::sort(names.begin(), names.end());
    return argument_error(names[0], "missing required arguments: " + joined(names));
}

/// A type that converting does not see, such as that of a list's items, is none of ansible-core's.
std::optional<Error> wrong_type(const Group& group, const Asked& asked) {
    for (const Violation* each : group) {
        const std::string& name = each->params[0];
        const auto why = std::find_if(asked.unconverted.begin(), asked.unconverted.end(),
                                      [&](const auto& pair) { return pair.first == name; });
        if (why == asked.unconverted.end()) continue;
        return argument_error(name, "argument '" + name + "' is of type " +
                                        python_class(*each->value) +
                                        " and we were unable to convert to " +
                                        std::string(ansible_type(asked.section.find(name)->type)) +
                                        ": " + why->second);
    }
    return std::nullopt;
}

std::optional<Error> not_a_choice(const Group& group, const Asked& asked) {
    const std::string& name = group[0]->params[0];
    return argument_error(
        name, "value of " + name + " must be one of: " + joined(asked.section.find(name)->choices) +
                  ", got: " + shortened(group[0]->value->string()));
}

std::optional<Error> required_together(const Group& group, const Asked& asked) {
    const schema::Texts& names = group[0]->rule->params;
    return argument_error(group[0]->params[0], "parameters are required together: " +
                                                   joined(names) + from_environment(names, asked));
}

std::optional<Error> required_one_of(const Group& group, const Asked&) {
    const schema::Texts& names = group[0]->rule->params;
    return argument_error(names[0], "one of the following is required: " + joined(names));
}

std::optional<Error> required_by(const Group& group, const Asked& asked) {
    const schema::Texts& names = group[0]->rule->params;
    return argument_error(group[0]->params[0],
                          "missing parameter(s) required by '" + std::string(names[0]) +
                              "': " + joined(group[0]->params) + from_environment(names, asked));
}

std::optional<Error> unknown(const Group& group, const Asked& asked) {
    std::vector<std::string_view> bogus, supported, aliases;
    for (const Violation* each : group)
        bogus.push_back(each->member);
    for (const Param& param : asked.section.params) {
        supported.push_back(param.name);
        aliases.insert(aliases.end(), param.aliases.begin(), param.aliases.end());
    }
    for (auto* names : {&bogus, &supported, &aliases})
        std::sort(names->begin(), names->end());
    return argument_error(bogus[0], "Unsupported parameters for (" + shortened(asked.module) +
                                        ") module: " + shortened(joined(bogus)) +
                                        ". Supported parameters include: " + joined(supported) +
                                        (aliases.empty() ? "" : " (" + joined(aliases) + ")") +
                                        ".");
}

struct Check {
    Fault fault;
    std::optional<Error> (*words)(const Group&, const Asked&);
};
/// In the order in which ansible-core looks.
constexpr Check checks[] = {
    {Fault::mutually_exclusive, exclusive},
    {Fault::missing, missing},
    {Fault::wrong_type, wrong_type},
    {Fault::not_a_choice, not_a_choice},
    {Fault::required_together, required_together},
    {Fault::required_one_of, required_one_of},
    {Fault::required_by, required_by},
    {Fault::unknown, unknown},
};

} // namespace

std::optional<Error> ansible_error(const std::vector<Violation>& violations, const Asked& asked) {
    for (const Check& check : checks) {
        Group group;
        for (const Violation& each : violations)
            if (each.fault == check.fault) group.push_back(&each);
        if (group.empty()) continue;
        if (auto error = check.words(group, asked)) return error;
    }
    return std::nullopt;
}

std::string_view ansible_type(schema::Type type) noexcept {
    using schema::Type;
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
