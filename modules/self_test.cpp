// SPDX-License-Identifier: Apache-2.0
#include "self_test.h"

#include "ansible_arguments.h"
#include "ansible_internals.h"

#include "infrastate/engine/self_test.h"
#include "infrastate/types/ascii.h"
#include "infrastate/types/text.h"

#include <new>

namespace infrastate::module {
namespace {

constexpr std::size_t longest_line = 1200;

std::string_view word_of(engine::Severity severity) {
    switch (severity) {
    case engine::Severity::good:
        return "ok   ";
    case engine::Severity::noteworthy:
        return "note ";
    case engine::Severity::bad:
        break;
    }
    return "FAIL ";
}

std::string line(engine::Severity severity, std::string_view what, std::string_view text) {
    constexpr std::size_t column = 13;
    std::string out(word_of(severity));
    out.append(what);
    out.append(what.size() < column ? column - what.size() : 1, ' ');
    return out + printable(text, longest_line) + "\n";
}

/// Removes the parameters that describe a key: the connection to the server is the same for each
/// key.
void drop_resource_parameters(Value& input) {
    for (const schema::Resource& resource : schema::resources())
        for (const schema::Param& param : resource.input.params) {
            input.erase(param.name);
            for (std::string_view alias : param.aliases)
                input.erase(alias);
        }
}

Result<Value> connection_parameters(const Invocation& invocation, Masker& masker) {
    Result<Value> input = read_arguments(trimmed(invocation.text).empty() ? "{}" : invocation.text);
    if (!input) return input;
    if (auto internals = take_internals(*input); !internals) return std::move(internals).error();
    drop_resource_parameters(*input);
    Arguments arguments =
        read_ansible_arguments(schema::connection(), *std::move(input), "infra_access_key",
                               invocation.environment, masker);
    if (arguments.error) return std::move(*arguments.error);
    if (!arguments.checked.ok()) return arguments.checked.error();
    return std::move(arguments.checked.value);
}

} // namespace

bool run_self_test(const Invocation& invocation,
                   const std::function<void(std::string_view)>& print) {
    Masker masker;
    const auto say = [&](engine::Severity severity, std::string_view what, std::string_view text) {
        print(line(severity, what, masker.mask(text)));
    };
    Result<Value> config = connection_parameters(invocation, masker);
    if (!config) {
        say(engine::Severity::bad, "parameters", config.error().message);
        return false;
    }
    return engine::self_test(
        *config, certificate_locations(invocation.environment), invocation.cancel,
        [&](const engine::Finding& finding) { say(finding.severity, finding.what, finding.text); });
}

} // namespace infrastate::module
