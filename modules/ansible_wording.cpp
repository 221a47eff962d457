// SPDX-License-Identifier: Apache-2.0
#include "ansible_wording.h"

#include "python_text.h"

#include "infrastate/schema/near_name.h"
#include "infrastate/types/text.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace infrastate::module {
namespace {

using schema::Fault;
using schema::Param;
using schema::Section;
using schema::Violation;
using Group = std::vector<const Violation*>;

/// A caller's text, cut if it is so long that a sentence with it would be unreadable.
std::string shortened(std::string_view text) {
    return printable(text, 256);
}

/// " found in things -> parts": Ansible's words for an object that is in a list.
std::string found_in(const Violation& violation) {
    return violation.lists.empty() ? "" : " found in " + joined(violation.lists, " -> ");
}

/// An error about a member of the object that the violation is about.
Error about(const Violation& violation, std::string_view name, std::string message) {
    const std::string before = violation.object.empty() ? "" : violation.object + ".";
    return argument_error(before + std::string(name), std::move(message));
}

/// " (INFRA_ACCESS_KEY is set in the environment)", if some of the names come from there. A user
/// who set none of them in the task could not know.
std::string from_environment(const Violation& violation, const Asked& asked) {
    std::vector<std::string_view> variables;
    for (const auto& [name, variable] : asked.sources)
        if (violation.lists.empty() && violation.rule->params.contains(name))
            variables.push_back(variable);
    if (variables.empty()) return {};
    return " (" + joined(variables, " and ") + (variables.size() == 1 ? " is" : " are") +
           " set in the environment)";
}

std::optional<Error> exclusive(const Group& group, const Asked& asked) {
    std::string hints;
    for (const Violation* each : group)
        hints += from_environment(*each, asked);
    return about(*group[0], group[0]->rule->params[0],
                 "parameters are mutually exclusive: " +
                     joined(group, ", ",
                            [](const Violation* each) { return joined(each->rule->params, "|"); }) +
                     found_in(*group[0]) + hints);
}

std::optional<Error> missing(const Group& group, const Asked&) {
    std::vector<std::string> names;
    for (const Violation* each : group)
        names.push_back(each->params[0]);
    std::sort(names.begin(), names.end());
    return about(*group[0], names[0],
                 "missing required arguments: " + joined(names) + found_in(*group[0]));
}

/// The type of a list's texts is skipped: converting does not look at it, and ansible-core does not
/// report it.
std::optional<Error> wrong_type(const Group& group, const Asked& asked) {
    for (const Violation* each : group) {
        const std::string field = each->field();
        const auto why = std::find_if(asked.unconverted.begin(), asked.unconverted.end(),
                                      [&](const auto& pair) { return pair.first == field; });
        if (why == asked.unconverted.end()) continue;
        const std::string& name = each->params[0];
        const std::string lists =
            each->lists.empty() ? "" : " found in " + in_quotes(joined(each->lists, " -> "));
        const std::string type = " is of type " + std::string(python_type(*each->value));
        if (each->item)
            return argument_error(field,
                                  "Elements value for option " + in_quotes(name) + lists + type +
                                      " and we were unable to convert to dict: " + why->second);
        // Ansible writes this point in the middle of the sentence.
        return argument_error(field, "argument " + in_quotes(name) + type + lists +
                                         (lists.empty() ? "" : ".") +
                                         " and we were unable to convert to " +
                                         std::string(ansible_type(each->section.find(name)->type)) +
                                         ": " + why->second);
    }
    return std::nullopt;
}

std::optional<Error> not_a_choice(const Group& group, const Asked&) {
    const Violation& first = *group[0];
    const std::string& name = first.params[0];
    return about(first, name,
                 "value of " + name +
                     " must be one of: " + joined(first.section.find(name)->choices) +
                     ", got: " + shortened(first.value->string()) + found_in(first));
}

std::optional<Error> required_together(const Group& group, const Asked& asked) {
    const Violation& first = *group[0];
    return about(first, first.params[0],
                 "parameters are required together: " + joined(first.rule->params) +
                     found_in(first) + from_environment(first, asked));
}

std::optional<Error> required_one_of(const Group& group, const Asked&) {
    const Violation& first = *group[0];
    return about(first, first.rule->params[0],
                 "one of the following is required: " + joined(first.rule->params) +
                     found_in(first));
}

std::optional<Error> required_by(const Group& group, const Asked& asked) {
    const Violation& first = *group[0];
    return about(first, first.params[0],
                 "missing parameter(s) required by " + in_quotes(first.rule->params[0]) + ": " +
                     joined(first.params) + found_in(first) + from_environment(first, asked));
}

/// A sentence that Ansible does not have: which parameter was probably meant.
std::string meant(const Section& section, std::string_view name) {
    const std::string_view near = schema::near_name(section, name);
    return near.empty() ? std::string() : " Did you mean " + std::string(near) + "?";
}

/// Names the unknown members of all objects. Only for the first one it tells which name was
/// probably meant.
std::optional<Error> unknown(const Group& group, const Asked& asked) {
    std::map<std::string, const Violation*> bogus; // "things.nam" -> its first violation
    for (const Violation* each : group) {
        std::string name(each->member);
        if (!each->lists.empty()) name = joined(each->lists, ".") + "." + name;
        bogus.emplace(std::move(name), each);
    }
    const Violation& first = *bogus.begin()->second;
    std::vector<std::string_view> supported, aliases;
    for (const Param& param : first.section.params) {
        supported.push_back(param.name);
        aliases.insert(aliases.end(), param.aliases.begin(), param.aliases.end());
    }
    for (auto* names : {&supported, &aliases})
        std::sort(names->begin(), names->end());
    const std::string names = joined(bogus, ", ", [](const auto& each) { return each.first; });
    return about(first, first.member,
                 "Unsupported parameters for (" + shortened(asked.module) + ") module: " +
                     shortened(names) + ". Supported parameters include: " + joined(supported) +
                     (aliases.empty() ? "" : " (" + joined(aliases) + ")") + "." +
                     meant(first.section, first.member));
}

struct Check {
    Fault fault;
    std::optional<Error> (*words)(const Group&, const Asked&);
};
/// In the order in which ansible-core checks each object.
constexpr Check checks[] = {
    {Fault::mutually_exclusive, exclusive},
    {Fault::missing, missing},
    {Fault::wrong_type, wrong_type},
    {Fault::not_a_choice, not_a_choice},
    {Fault::required_together, required_together},
    {Fault::required_one_of, required_one_of},
    {Fault::required_by, required_by},
};

Group those_of(const Group& all, Fault fault) {
    Group out;
    std::copy_if(all.begin(), all.end(), std::back_inserter(out),
                 [&](const Violation* each) { return each->fault == fault; });
    return out;
}

std::optional<Error> first_error(const Group& of_one_object, const Asked& asked) {
    for (const Check& check : checks) {
        const Group group = those_of(of_one_object, check.fault);
        if (group.empty()) continue;
        if (auto error = check.words(group, asked)) return error;
    }
    return std::nullopt;
}

} // namespace

std::optional<Error> ansible_error(const std::vector<Violation>& violations, const Asked& asked) {
    Group all, of_one_object;
    for (const Violation& each : violations) {
        if (!of_one_object.empty() && of_one_object[0]->object != each.object) {
            if (auto error = first_error(of_one_object, asked)) return error;
            of_one_object.clear();
        }
        of_one_object.push_back(&each);
        all.push_back(&each);
    }
    if (auto error = first_error(of_one_object, asked)) return error;
    const Group bogus = those_of(all, Fault::unknown);
    return bogus.empty() ? std::nullopt : unknown(bogus, asked);
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
