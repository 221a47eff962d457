// SPDX-License-Identifier: Apache-2.0
// Reads single parameters with the parsers of their types. Every error is a sentence that begins
// with the parameter's name, and has that name as its field.
#pragma once

#include "infrastate/types/error.h"
#include "infrastate/types/value.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace infrastate::wire {

inline Error no_string(std::string_view name, const Value& value) {
    return argument_error(name, std::string(name) + ": must be a string, not " +
                                    std::string(kind_name(value.kind())));
}

/// Leaves `into` unchanged if the parameter is not given. Errors: the value is not a text, or
/// T::parse refuses it.
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

/// Reads the objects of a list. `read_one(const Value& object)` returns a Result<T> for each.
/// Leaves `into` unchanged if the parameter is not given. Errors: the value is not a list, an item
/// is not an object, or `read_one` refuses an item. The error then names the place:
/// "things[3].name: ...".
template <class T, class ReadOne>
Result<void> read(const Value& parameters, std::string_view name, const ReadOne& read_one,
                  std::vector<T>& into) {
    const Value* value = parameters.given(name);
    if (value == nullptr) return {};
    if (!value->is_array())
        return argument_error(name, std::string(name) + ": must be a list of objects, not " +
                                        std::string(kind_name(value->kind())));
    std::vector<T> all;
    for (std::size_t i = 0; i < value->items().size(); ++i) {
        const Value& item = value->items()[i];
        const std::string place = std::string(name) + "[" + std::to_string(i) + "]";
        if (!item.is_object())
            return argument_error(place, place + ": must be an object, not " +
                                             std::string(kind_name(item.kind())));
        Result<T> one = read_one(item);
        if (!one) {
            Error error = std::move(one).error();
            const bool named = !error.field.empty() && error.message.starts_with(error.field);
            error.message = place + (named ? "." : ": ") + error.message;
            error.field = error.field.empty() ? place : place + "." + error.field;
            return error;
        }
        all.push_back(std::move(*one));
    }
    into = std::move(all);
    return {};
}

} // namespace infrastate::wire
