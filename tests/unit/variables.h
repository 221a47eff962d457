// SPDX-License-Identifier: Apache-2.0
// An environment from a table, for code that reads its variables through a function.
#pragma once

#include "infrastate/schema/check.h"

#include <map>
#include <string>

namespace infrastate::test {

inline schema::Getenv environment(std::map<std::string, std::string> variables) {
    return [variables = std::move(variables)](const std::string& name) {
        const auto at = variables.find(name);
        return at == variables.end() ? std::nullopt : std::optional<std::string>(at->second);
    };
}

} // namespace infrastate::test
