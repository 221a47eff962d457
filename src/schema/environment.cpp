// SPDX-License-Identifier: Apache-2.0
#include "text_types.h"

#include "infrastate/schema/check.h"
#include "infrastate/types/ascii.h"

#include <algorithm>
#include <charconv>

namespace infrastate::schema {
namespace {

/// Whether the caller gave the parameter, under its name or an alias.
bool given(const Param& param, const Value& input) {
    const auto set = [&](std::string_view name) {
        const Value* value = input.find(name);
        return value != nullptr && !left_out(param, *value);
    };
    return set(param.name) || std::any_of(param.aliases.begin(), param.aliases.end(), set);
}

/// Whether the caller gave the parameter, with a value that is not neutral.
bool asked(const Param& param, const Value& input) {
    const auto set = [&](std::string_view name) {
        const Value* value = input.find(name);
        return value != nullptr && !left_out(param, *value) && !neutral(param, *value);
    };
    return set(param.name) || std::any_of(param.aliases.begin(), param.aliases.end(), set);
}

/// Whether the caller gave another parameter that excludes this one.
bool excluded(const Section& section, std::string_view name, const Value& caller) {
    for (const Rule& rule : section.rules) {
        if (rule.kind != RuleKind::mutually_exclusive || !rule.params.contains(name)) continue;
        for (std::string_view other : rule.params) {
            const Param* param = section.find(other);
            if (other != name && param != nullptr && asked(*param, caller)) return true;
        }
    }
    return false;
}

/// Whether the environment must not fill the parameter, because what the caller gave excludes
/// - the parameter itself, or
/// - another one that it needs or must come with, and that the caller did not give.
bool withheld(const Section& section, std::string_view name, const Value& caller) {
    if (excluded(section, name, caller)) return true;
    for (const Rule& rule : section.rules) {
        const bool together =
            rule.kind == RuleKind::required_together && rule.params.contains(name);
        const bool needs = rule.kind == RuleKind::required_by && rule.params[0] == name;
        if (!together && !needs) continue;
        for (std::string_view other : rule.params) {
            const Param* param = section.find(other);
            if (other != name && param != nullptr && !asked(*param, caller) &&
                excluded(section, other, caller))
                return true;
        }
    }
    return false;
}

Value typed(Type type, std::string text) {
    if (type == Type::boolean)
        if (const auto value = lax_boolean(text)) return *value;
    if (type == Type::integer)
        if (const auto value = lax_integer(text)) return *value;
    return Value(std::move(text));
}

} // namespace

bool left_out(const Param& param, const Value& value) noexcept {
    return value.is_null() ||
           (value.is_string() && value.string().empty() && param.type != Type::kept_secret);
}

bool neutral(const Param& param, const Value& value) {
    using Kind = Value::Kind;
    const Kind kind = value.kind();
    const bool zero = (kind == Kind::integer && value.integer() == 0) ||
                      (kind == Kind::number && value.number() == 0.0);
    switch (param.type) {
    case Type::boolean:
        if (kind == Kind::string) return lax_boolean(value.string()) == std::optional(false);
        return zero || (kind == Kind::boolean && !value.boolean());
    case Type::span:
    case Type::span_or_percent:
        return zero || (kind == Kind::string && is_zero_span(value.string()));
    case Type::dict:
        return kind == Kind::object &&
               std::all_of(value.members().begin(), value.members().end(),
                           [](const auto& member) { return member.second.is_null(); });
    case Type::list:
    case Type::objects:
        return kind == Kind::array && value.items().empty();
    default:
        return false;
    }
}

std::optional<bool> lax_boolean(std::string_view text) noexcept {
    text = trimmed(text);
    constexpr Texts yes{"true", "yes", "on", "1", "y", "t"};
    constexpr Texts no{"false", "no", "off", "0", "n", "f"};
    const auto same = [&](std::string_view word) { return equal_without_case(word, text); };
    if (std::any_of(yes.begin(), yes.end(), same)) return true;
    if (std::any_of(no.begin(), no.end(), same)) return false;
    return std::nullopt;
}

std::optional<std::int64_t> lax_integer(std::string_view text) noexcept {
    text = trimmed(text);
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
    std::int64_t out = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (status != std::errc{} || end != text.data() + text.size() || text.empty())
        return std::nullopt;
    return out;
}

Sources complete_from_environment(const Section& section, Value& input, const Getenv& environment) {
    // Only what the caller gave counts here, not what an earlier variable filled in.
    const Value caller = input;
    Sources sources;
    for (const Param& param : section.params) {
        if (given(param, caller) || withheld(section, param.name, caller)) continue;
        for (std::string_view variable : param.environment) {
            std::optional<std::string> text = environment(std::string(variable));
            if (!text) continue;
            if (!text->empty()) {
                input.set(param.name, typed(param.type, *std::move(text)));
                sources.emplace_back(param.name, variable);
            }
            break;
        }
    }
    return sources;
}

} // namespace infrastate::schema
