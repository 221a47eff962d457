// SPDX-License-Identifier: Apache-2.0
#include "infrastate/schema/check.h"

#include "text_types.h"

#include "infrastate/schema/near_name.h"
#include "infrastate/types/file_mode.h"
#include "infrastate/types/text.h"

#include <algorithm>

namespace infrastate::schema {
namespace {

/// Stands for a text that was given. The text itself is not quoted, because it may be a secret in
/// the wrong place.
constexpr std::string_view another_text = "another text";

std::vector<std::string> strings(const Texts& texts) {
    return {texts.begin(), texts.end()};
}

/// How many faulty items of a list to report. A caller mends the first ones, and a list may be
/// long.
constexpr std::size_t most_faulty_items = 16;

/// Where the object that is checked is in the caller's input: the whole input, or an item of a
/// list.
struct Place {
    std::string object{};
    std::vector<std::string_view> lists{};

    Place item(std::string_view list, std::size_t number) const {
        Place out{at(list) + "[" + std::to_string(number) + "]", lists};
        out.lists.push_back(list);
        return out;
    }
    std::string at(std::string_view name) const {
        return object.empty() ? std::string(name) : object + "." + std::string(name);
    }
    /// A sentence about several members.
    std::string of_all(std::string sentence) const {
        return object.empty() ? std::move(sentence) : object + ": " + sentence;
    }
};

/// Checks the input in one pass and collects the violations. Aliases are resolved first, so all
/// names are those of the table.
class Checker {
public:
    Checker(const Section& section, const Value& input, const Sources& sources, Place place)
        : section_(section), input_(input), sources_(sources), place_(std::move(place)) {}

    Checked run() {
        if (!input_.is_object()) {
            add({Fault::not_an_object, {}, std::string(kind_name(input_.kind())), "an object"},
                "the parameters must be an object, not " + std::string(kind_name(input_.kind())));
            return std::move(out_);
        }
        resolve_names();
        check_exclusive();
        check_required();
        check_values();
        check_together();
        check_one_of();
        check_required_by();
        for (Violation& twice : twice_) {
            std::string sentence = std::move(twice.sentence);
            add(std::move(twice), std::move(sentence));
        }
        check_unknown();
        std::move(inside_.begin(), inside_.end(), std::back_inserter(out_.violations));
        if (!out_.ok()) out_.value = Value();
        return std::move(out_);
    }

private:
    Violation& add(Violation violation, std::string sentence) {
        violation.sentence = std::move(sentence);
        violation.section = section_;
        violation.object = place_.object;
        violation.lists = place_.lists;
        return out_.violations.emplace_back(std::move(violation));
    }
    void add(const Rule& rule, Violation violation, std::string sentence) {
        add(std::move(violation), place_.of_all(std::move(sentence))).rule = &rule;
    }

    /// "timeout" or "timeout (from the environment variable INFRA_TIMEOUT)".
    std::string label(std::string_view param) const {
        for (const auto& [name, variable] : sources_)
            if (name == param)
                return std::string(param) + " (from the environment variable " +
                       std::string(variable) + ")";
        return std::string(param);
    }
    /// The same with the place: "things[3].name".
    std::string full_label(std::string_view param) const { return place_.at(label(param)); }

    bool given(std::string_view name) const {
        return std::any_of(given_.begin(), given_.end(),
                           [&](const auto& pair) { return pair.first->name == name; });
    }
    /// Given and not neutral: this counts in the rules between parameters.
    bool has(std::string_view name) const {
        return std::any_of(given_.begin(), given_.end(), [&](const auto& pair) {
            return pair.first->name == name && !neutral(*pair.first, *pair.second);
        });
    }

    void resolve_names() {
        for (const auto& [key, value] : input_.members()) {
            if (value.is_null()) continue;
            const Param* param = section_.find(key);
            if (param == nullptr) {
                unknown_.push_back(key);
            } else if (left_out(*param, value)) {
                continue;
            } else if (given(param->name)) {
                Violation violation{Fault::given_twice, {std::string(param->name)}};
                violation.sentence = place_.at(param->name) + ": given twice, the second time as " +
                                     refused_name(key) + "; give it once";
                violation.member = key;
                twice_.push_back(std::move(violation));
            } else {
                given_.emplace_back(param, &value);
            }
        }
    }

    void check_exclusive() {
        for (const Rule& rule : section_.rules) {
            if (rule.kind != RuleKind::mutually_exclusive) continue;
            std::vector<std::string> found, labels;
            for (std::string_view name : rule.params) {
                if (!has(name)) continue;
                found.emplace_back(name);
                labels.push_back(label(name));
            }
            if (found.size() < 2) continue;
            add(rule,
                {Fault::mutually_exclusive, found, joined(found),
                 "at most one of " + joined(rule.params)},
                joined(labels, " and ") + " exclude each other; give only one");
        }
    }

    void check_required() {
        for (const Param& param : section_.params)
            if (param.required && !given(param.name))
                add({Fault::missing, {std::string(param.name)}, "nothing", expected_text(param)},
                    place_.at(param.name) + ": is required; give " + expected_text(param));
    }

    void check_values() {
        // A batch keeps the parameters of all its requests, so none of them has more room than it
        // needs.
        const auto filled =
            std::count_if(section_.params.begin(), section_.params.end(),
                          [](const Param& param) { return param.fill == Default::filled; });
        out_.value = Value::object_with_room(given_.size() + static_cast<std::size_t>(filled));
        for (const Param& param : section_.params) {
            const auto at = std::find_if(given_.begin(), given_.end(),
                                         [&](const auto& pair) { return pair.first == &param; });
            if (at != given_.end()) {
                check_value(param, *at->second);
                // Removed, like a parameter that was left out: later code does not tell the two
                // apart.
                if (param.fill == Default::none && neutral(param, *at->second))
                    out_.value.erase(param.name);
            } else if (param.fill == Default::filled) {
                keep(param, default_of(param));
            }
        }
    }

    /// Each parameter is looked at once.
    void keep(const Param& param, Value value) { out_.value.append(param.name, std::move(value)); }

    static Value default_of(const Param& param) {
        if (param.type == Type::boolean) return lax_boolean(param.default_value).value();
        if (param.type == Type::integer) return lax_integer(param.default_value).value();
        return read_text(param, param.default_value).value();
    }

    void wrong_type(const Param& param, const Value& value) {
        const std::string got(kind_name(value.kind()));
        add({Fault::wrong_type, {std::string(param.name)}, got, expected_text(param)},
            full_label(param.name) + ": must be " + expected_text(param) + ", not " + got)
            .value = &value;
    }

    void lost_quotes(const Param& param, const Value& value, const std::string& meant) {
        const std::string got = std::to_string(value.integer());
        add({Fault::out_of_range, {std::string(param.name)}, got, expected_text(param)},
            full_label(param.name) + ": " + got + " without quotes is a decimal number; write it " +
                "in quotes, '" + meant + "'")
            .value = &value;
    }

    void check_value(const Param& param, const Value& value) {
        using Kind = Value::Kind;
        const Kind kind = value.kind();
        switch (param.type) {
        case Type::boolean:
            if (kind != Kind::boolean) return wrong_type(param, value);
            keep(param, value);
            return;
        case Type::integer:
            if (kind != Kind::integer) return wrong_type(param, value);
            check_integer(param, value.integer());
            return;
        case Type::number:
            if (kind != Kind::integer && kind != Kind::number) return wrong_type(param, value);
            keep(param, value);
            return;
        case Type::seconds:
            if (kind == Kind::integer)
                return check_text(param, std::to_string(value.integer()) + "s");
            if (kind == Kind::number)
                return check_text(param, std::to_string(value.number()) + "s");
            break;
        case Type::mode:
            if (kind == Kind::integer) {
                if (const auto meant = mode_without_quotes(value.integer()))
                    return lost_quotes(param, value, *meant);
                if (value.integer() < 0 || value.integer() > 07777)
                    return out_of_range(param, std::to_string(value.integer()));
                return check_text(param,
                                  file_mode_text(static_cast<std::uint32_t>(value.integer())));
            }
            break;
        case Type::dict:
            return check_dict(param, value);
        case Type::list:
            return check_list(param, value);
        case Type::objects:
            return check_objects(param, value);
        default:
            break;
        }
        if (kind != Kind::string) return wrong_type(param, value);
        if (param.type == Type::choice) {
            if (param.choices.contains(value.string()))
                keep(param, value);
            else
                add({Fault::not_a_choice,
                     {std::string(param.name)},
                     std::string(another_text),
                     expected_text(param)},
                    full_label(param.name) + ": must be " + expected_text(param) + ", not " +
                        refused_text(value.string()))
                    .value = &value;
            return;
        }
        check_text(param, value.string());
    }

    void check_text(const Param& param, std::string_view text) {
        Result<std::string> read = read_text(param, text);
        if (read) {
            keep(param, Value(*std::move(read)));
            return;
        }
        const Fault fault = is_out_of_range(param, text) ? Fault::out_of_range : Fault::malformed;
        add({fault,
             {std::string(param.name)},
             std::string(is_secret(param.type) ? "a secret" : another_text),
             expected_text(param)},
            full_label(param.name) + ": " + read.error().message);
    }

    void out_of_range(const Param& param, std::string got) {
        std::string sentence =
            full_label(param.name) + ": must be " + expected_text(param) + ", not " + got;
        add({Fault::out_of_range, {std::string(param.name)}, std::move(got), expected_text(param)},
            std::move(sentence));
    }

    void check_integer(const Param& param, std::int64_t number) {
        if (param.minimum != param.maximum && (number < param.minimum || number > param.maximum))
            return out_of_range(param, std::to_string(number));
        keep(param, Value(number));
    }

    void check_dict(const Param& param, const Value& value) {
        if (!value.is_object()) return wrong_type(param, value);
        for (const auto& [key, member] : value.members())
            if (member.is_object() || member.is_array()) {
                add({Fault::malformed,
                     {std::string(param.name)},
                     std::string(kind_name(member.kind())),
                     expected_text(param)},
                    full_label(param.name) + ": must be " + expected_text(param) + "; " +
                        refused_name(key) + " is " + std::string(kind_name(member.kind())));
                return;
            }
        keep(param, value);
    }

    void check_list(const Param& param, const Value& value) {
        if (!value.is_array()) return wrong_type(param, value);
        for (const Value& item : value.items())
            if (!item.is_string()) return wrong_type(param, item);
        keep(param, value);
    }

    // NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are.
    void check_objects(const Param& param, const Value& value) {
        if (!value.is_array()) return wrong_type(param, value);
        static const Sources none;
        Value good = Value::array();
        std::size_t faulty = 0;
        for (std::size_t i = 0; i < value.items().size() && faulty < most_faulty_items; ++i) {
            const Value& item = value.items()[i];
            const Place place = place_.item(param.name, i);
            if (!item.is_object()) {
                const std::string got(kind_name(item.kind()));
                Violation& violation =
                    add({Fault::wrong_type, {std::string(param.name)}, got, "an object"},
                        place.object + ": must be an object, not " + got);
                violation.value = &item;
                violation.item = i;
                ++faulty;
                continue;
            }
            Checked checked = Checker(*param.fields, item, none, place).run();
            if (!checked.ok()) ++faulty;
            std::move(checked.violations.begin(), checked.violations.end(),
                      std::back_inserter(inside_));
            good.push(std::move(checked.value));
        }
        keep(param, std::move(good));
    }

    void check_together() {
        for (const Rule& rule : section_.rules) {
            if (rule.kind != RuleKind::required_together) continue;
            std::vector<std::string> missing, labels;
            for (std::string_view name : rule.params) {
                if (has(name))
                    labels.push_back(label(name));
                else
                    missing.emplace_back(name);
            }
            if (missing.empty() || labels.empty()) continue;
            const std::string sentence =
                joined(labels) + " needs " + joined(missing) + "; give both or none";
            add(rule, {Fault::required_together, missing, "nothing", joined(rule.params)},
                sentence);
        }
    }

    void check_one_of() {
        for (const Rule& rule : section_.rules) {
            if (rule.kind != RuleKind::required_one_of) continue;
            if (std::any_of(rule.params.begin(), rule.params.end(),
                            [&](std::string_view name) { return has(name); }))
                continue;
            std::vector<std::string> choices;
            for (std::string_view name : rule.params) {
                const Param* param = section_.find(name);
                choices.push_back(param == nullptr || param->environment.empty()
                                      ? std::string(name)
                                      : std::string(name) + " (or " +
                                            std::string(param->environment[0]) + ")");
            }
            add(rule, {Fault::required_one_of, strings(rule.params), "nothing", joined(choices)},
                "one of these is required: " + joined(choices));
        }
    }

    void check_required_by() {
        for (const Rule& rule : section_.rules) {
            if (rule.kind != RuleKind::required_by || !has(rule.params[0])) continue;
            std::vector<std::string> missing;
            for (std::size_t i = 1; i < rule.params.size(); ++i)
                if (!has(rule.params[i])) missing.emplace_back(rule.params[i]);
            if (missing.empty()) continue;
            const std::string sentence = label(rule.params[0]) + " needs " + joined(missing);
            add(rule, {Fault::required_by, missing, "nothing", joined(missing)}, sentence);
        }
    }

    void check_unknown() {
        if (unknown_.empty()) return;
        std::vector<std::string> known;
        for (const Param& param : section_.params)
            known.emplace_back(param.name);
        for (const std::string_view name : unknown_) {
            const bool plain = is_plain_name(name);
            std::string sentence = plain && !place_.object.empty()
                                       ? place_.at(name)
                                       : place_.of_all(refused_name(name));
            sentence += " is no parameter; ";
            // Only for the first name: that one is reported, and there may be very many.
            const std::string_view meant =
                plain && name == unknown_.front() ? near_name(section_, name) : std::string_view();
            if (!meant.empty()) sentence += "did you mean " + in_quotes(meant) + "? ";
            sentence += (meant.empty() ? "these are: " : "These are: ") + joined(known);
            add({Fault::unknown,
                 plain ? std::vector{std::string(name)} : std::vector<std::string>(),
                 "another name", joined(known)},
                std::move(sentence))
                .member = name;
        }
    }

    const Section& section_;
    const Value& input_;
    const Sources& sources_;
    const Place place_;
    std::vector<std::pair<const Param*, const Value*>> given_;
    std::vector<std::string_view> unknown_;
    std::vector<Violation> twice_;
    std::vector<Violation> inside_; ///< violations in the objects of lists
    Checked out_;
};

} // namespace

std::string Violation::field() const {
    if (params.empty()) return object;
    const Place place{object, {}};
    return item ? place.item(params.front(), *item).object : place.at(params.front());
}

Error Checked::error() const {
    const Violation& first = violations.front();
    return argument_error(first.field(), first.sentence);
}

Checked check(const Section& section, const Value& input, const Sources& sources) {
    return Checker(section, input, sources, {}).run();
}

} // namespace infrastate::schema
