// SPDX-License-Identifier: Apache-2.0
// Single parameters read with the parsers of their types.
// Every error is a sentence that begins with the parameter's name, and carries it as the field.
#pragma once

#include "infrastate/types/error.h"
#include "infrastate/types/value.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace infrastate::wire {

inline Error no_string(std::string_view name, const Value& value) {
    return argument_error(name, std::string(name) + ": must be a string, not " +
                                    std::string(kind_name(value.kind())));
}

/// Leaves `into` as it is where the parameter is not given. Errors: no text, or one that T::parse
/// refuses.
template <class T>
Result<void> read(const Value& parameters, std::string_view name, std::optional<T>& into) {
    const Value* value = parameters.given(name);
    if (value == nullptr) return {};
    if (!value->is_string()) return no_string(name, *value);
    auto parsed = T::parse(value->string());
    if (!parsed) return argument_error(name, std::string(name) + ": " + parsed.error().message);
    into = std::move(*parsed);
    return {};
}

} // namespace infrastate::wire
