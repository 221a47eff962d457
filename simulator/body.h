// SPDX-License-Identifier: Apache-2.0
// Fields of a request body, with the server's errors for what has the wrong type. The first error
// in the order of the text is the one that is told, as Go's decoder does.
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

namespace infrastate::simulator {

/// Puts one raw JSON value where it belongs; returns Go's words if it cannot.
struct Field {
    std::string_view name;
    std::function<std::optional<std::string>(std::string_view raw)> take;
};

/// `type` is what Go calls the request ("CreateAccessKeyRequest"); it stands in error texts.
/// Nothing on success, else the 400 to answer with. A request without a body has no fields.
std::optional<Reply> read_body(const Request& request, std::string_view type,
                               std::initializer_list<Field> fields);
/// The same for an object inside a body.
std::optional<std::string> read_object(std::string_view raw, std::string_view type,
                                       std::initializer_list<Field> fields);

/// Fields of each type; `owner` is Go's name of the object that holds the field.
Field string_field(std::string_view owner, std::string_view name, std::string& target);
Field id_field(std::string_view owner, std::string_view name, Id& target);
Field duration_field(std::string_view name, std::int64_t& nanoseconds);

std::string wrong_type(std::string_view raw, std::string_view owner, std::string_view field,
                       std::string_view type);

} // namespace infrastate::simulator
