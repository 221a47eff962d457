// SPDX-License-Identifier: Apache-2.0
#include "infrastate/schema/describe.h"

#include "infrastate/schema/check.h"
#include "infrastate/types/error.h"

namespace infrastate::schema {
namespace {

struct CodeDoc {
    Code code;
    std::string_view doc;
};

constexpr std::array codes{
    CodeDoc{Code::ok, "Success."},
    CodeDoc{Code::argument, "A parameter is wrong."},
    CodeDoc{Code::auth, "The server does not accept the caller's credentials."},
    CodeDoc{Code::permission, "The caller may not do this."},
    CodeDoc{Code::not_found, "A named user or key does not exist."},
    CodeDoc{Code::conflict, "Somebody else holds the name, or two views of one key disagree."},
    CodeDoc{Code::transport, "Name resolution, connection, TLS, or an answer that is not HTTP."},
    CodeDoc{Code::deadline, "The time given was used up."},
    CodeDoc{Code::cancelled, "The caller cancelled."},
    CodeDoc{Code::server, "The server failed, or answered in a way Infra does not."},
    CodeDoc{Code::refused, "A policy parameter forbids the change that is needed."},
    CodeDoc{Code::file, "A file could not be read, written or locked."},
    CodeDoc{Code::partial, "Some requests of a batch failed."},
    CodeDoc{Code::busy, "Called from inside its own log callback."},
    CodeDoc{Code::forked, "Called in a child process of the one that opened the client."},
    CodeDoc{Code::internal, "A defect in this software."},
    CodeDoc{Code::no_memory, "Out of memory."},
    CodeDoc{Code::unsupported, "The server is too old."},
};

Value texts(const Texts& list) {
    Value out = Value::array();
    for (std::string_view text : list)
        out.push(text);
    return out;
}

Value typed_default(const Param& param) {
    if (param.type == Type::boolean) return lax_boolean(param.default_value).value();
    if (param.type == Type::integer) return lax_integer(param.default_value).value();
    return param.default_value;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are.
Value describe(const Param& param) {
    Value out = Value::object({{"name", param.name},
                               {"type", type_name(param.type)},
                               {"required", param.required},
                               {"secret", is_secret(param.type)},
                               {"since", param.since},
                               {"default_rule", default_name(param.fill)}});
    if (param.fill != Default::none) out.set("default", typed_default(param));
    if (!param.choices.empty()) out.set("choices", texts(param.choices));
    if (!param.words.empty()) out.set("words", texts(param.words));
    if (!param.aliases.empty()) out.set("aliases", texts(param.aliases));
    if (!param.environment.empty()) out.set("environment", texts(param.environment));
    if (param.minimum != param.maximum) {
        const bool milliseconds =
            param.type != Type::integer && param.type != Type::span_or_percent;
        out.set(milliseconds ? "minimum_ms" : "minimum", param.minimum);
        out.set(milliseconds ? "maximum_ms" : "maximum", param.maximum);
    }
    out.set("doc", texts(param.doc));
    if (param.fields != nullptr) {
        Value inside = describe(*param.fields);
        out.set("fields", std::move(*inside.find("params")));
        out.set("rules", std::move(*inside.find("rules")));
    }
    return out;
}

} // namespace

// NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are.
Value describe(const Section& section) {
    Value params = Value::array();
    for (const Param& param : section.params)
        params.push(describe(param));
    Value rules = Value::array();
    for (const Rule& rule : section.rules)
        rules.push(Value::object({{"rule", rule_name(rule.kind)}, {"params", texts(rule.params)}}));
    return Value::object({{"params", std::move(params)}, {"rules", std::move(rules)}});
}

namespace {

// NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are.
Value describe(const Returned& field) {
    Value out = Value::object(
        {{"name", field.name}, {"type", type_name(field.type)}, {"when", field.when}});
    if (!field.choices.empty()) out.set("choices", texts(field.choices));
    if (!field.sample.empty()) out.set("sample", field.sample);
    out.set("doc", texts(field.doc));
    if (!field.fields.empty()) {
        Value fields = Value::array();
        for (const Returned& inner : field.fields)
            fields.push(describe(inner));
        out.set("fields", std::move(fields));
    }
    return out;
}

std::string_view kind_name(ResourceKind kind) noexcept {
    return kind == ResourceKind::question ? "question" : "state";
}

Value describe(const Resource& resource) {
    Value out = Value::object({{"name", resource.name},
                               {"module", resource.module},
                               {"kind", kind_name(resource.kind)},
                               {"summary", resource.summary},
                               {"description", texts(resource.description)},
                               {"notes", texts(resource.notes)}});
    const Value input = describe(resource.input);
    for (const auto& [name, value] : input.members())
        out.set(name, value);
    Value returns = Value::array();
    for (const Returned& field : resource.returns)
        returns.push(describe(field));
    out.set("returns", std::move(returns));
    return out;
}

} // namespace

Value describe() {
    Value list = Value::array();
    for (const Resource& resource : resources())
        list.push(describe(resource));
    Value code_list = Value::array();
    for (const CodeDoc& entry : codes)
        code_list.push(Value::object({{"number", static_cast<std::int64_t>(entry.code)},
                                      {"name", code_name(entry.code)},
                                      {"doc", entry.doc}}));
    return Value::object({{"schema_version", 1},
                          {"version", version()},
                          {"resources", std::move(list)},
                          {"connection", describe(connection())},
                          {"codes", std::move(code_list)}});
}

} // namespace infrastate::schema
