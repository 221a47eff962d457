// SPDX-License-Identifier: Apache-2.0
// The arguments of a module as text: the envelope's reader and the schema's check, with the tables
// of the product's first resource and of the tests' own resource, which has lists of objects.
#include "fuzz.h"
#include "modules/ansible_arguments.h"
#include "modules/ansible_internals.h"
#include "modules/invocation_log.h"
#include "modules/runner.h"
#include "things/tables.h"

#include "infrastate/json/json.h"
#include "infrastate/schema/schema.h"

namespace {

using namespace infrastate;
using fuzz::must;

constexpr std::string_view own_secret = "cccccccccc.dddddddddddddddddddddddd";

void check_message(const Error& error) {
    must(fuzz::is_one_line(error.message), "an error is one line", error.message);
    must(error.message.size() < 4000, "an error is no essay", error.message);
    must(error.code == Code::argument, "bad input is the caller's error", error.message);
}

/// The accepted parameters that the caller gave, without what the tables filled in: a parameter
/// that excludes another may have a default.
Value as_given(const schema::Section& section, const Value& accepted, const Value& params) {
    Value out = Value::object();
    for (const auto& [name, value] : accepted.members()) {
        const Value* given = params.find(name);
        if (given == nullptr) continue;
        const schema::Param* param = section.find(name);
        Value copy = value;
        if (param->fields != nullptr)
            for (std::size_t i = 0; i < copy.items().size(); ++i)
                copy.items()[i] = as_given(*param->fields, value.items()[i], given->items()[i]);
        out.set(name, std::move(copy));
    }
    return out;
}

void check_arguments(const schema::Section& resource, std::string_view text, Value input,
                     const module::Internals& internals) {
    const module::JoinedSection table(resource, schema::connection());
    Masker masker;
    const auto environment = [](const std::string& name) -> std::optional<std::string> {
        if (name == "INFRA_ACCESS_KEY") return std::string(own_secret);
        return std::nullopt;
    };
    module::Arguments arguments = module::read_ansible_arguments(
        table.section(), std::move(input), "infra_access_key", environment, masker);
    const module::LogLine line = module::invocation_line(table.section(), arguments.module_args,
                                                         internals, "infra_access_key", masker);
    must(fuzz::is_one_line(line.text), "the log gets one line", line.text);
    // The input itself may contain the text where nothing says that it is a secret.
    const bool told = text.find(own_secret) != std::string_view::npos;
    must(told || line.text.find(own_secret) == std::string::npos, "the log holds no secret",
         line.text);
    if (arguments.error) {
        check_message(*arguments.error);
        const std::string shown = masker.mask(arguments.error->message);
        must(told || shown.find(own_secret) == std::string::npos, "no error holds a secret", shown);
        return;
    }
    const schema::Checked& checked = arguments.checked;
    if (!checked.ok()) return check_message(checked.error());
    // What is accepted is in its final form: a second check gives the same.
    const schema::Checked again =
        schema::check(table.section(), as_given(table.section(), checked.value, arguments.params));
    must(again.ok(), "what is accepted stays accepted", json::write(checked.value));
    must(json::write(again.value) == json::write(checked.value), "one form for each value",
         json::write(checked.value));
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    auto input = module::read_arguments(text);
    if (!input) return check_message(input.error()), 0;
    auto internals = module::take_internals(*input);
    if (!internals) return check_message(internals.error()), 0;
    check_arguments(test::things::input, text, *input, *internals);
    check_arguments(schema::resources().front().input, text, std::move(*input), *internals);
    return 0;
}
