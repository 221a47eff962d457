// SPDX-License-Identifier: Apache-2.0
// Reads fields of a request body, with the server's errors for what is wrong with them. Go's
// decoder reports the first text that cannot be read. Only if there is none, it reports the first
// wrong type. This one does the same.
#pragma once

#include "go_json.h"
#include "ids.h"
#include "reply.h"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::simulator {

/// Stores one raw JSON value in its variable. For a wrong type it returns Go's words. For a text
/// that cannot be read it throws a Refusal.
struct Field {
    std::string_view name;
    std::function<std::optional<std::string>(std::string_view raw)> take;
};

/// `type` is Go's name of the request ("CreateAccessKeyRequest"); error texts contain it. Throws a
/// Refusal. A request without a body has no fields.
void read_body(const Request& request, std::string_view type, std::initializer_list<Field> fields);
/// The same for an object inside a body; returns what a Field does.
std::optional<std::string> read_object(std::string_view raw, std::initializer_list<Field> fields);

/// Fields of each type; `owner` is Go's name of the object that holds the field.
Field string_field(std::string_view owner, std::string_view name, std::string& target);
Field texts_field(std::string_view owner, std::string_view name, std::vector<std::string>& target);
Field id_field(std::string_view owner, std::string_view name, Id& target);
Field duration_field(std::string_view name, std::int64_t& nanoseconds);

std::string wrong_type(std::string_view raw, std::string_view owner, std::string_view field,
                       std::string_view type);

} // namespace infrastate::simulator
