// SPDX-License-Identifier: Apache-2.0
// Answers are trees of Poco::JSON and are written as Go's encoding/json writes them. Poco's parser
// reads control requests and the file of users. go_json.h reads request bodies, because Poco's
// parser treats them differently from Go's (docs/adr/0044).
#pragma once

#include <Poco/Dynamic/Var.h>
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace infrastate::simulator {

/// Holds null (empty), bool, an integer, double, std::string, JsonObject or JsonArray.
using Json = Poco::Dynamic::Var;
using JsonObject = Poco::JSON::Object::Ptr;
using JsonArray = Poco::JSON::Array::Ptr;

/// An object that keeps the order of its members.
JsonObject json_object(std::initializer_list<std::pair<const char*, Json>> members = {});
JsonArray json_array();

/// The text that Go's encoding/json would write. It is compact. UTF-8 stays as it is. Control
/// characters, '<', '>', '&', U+2028, U+2029, and bytes that are not UTF-8 become escapes. Throws
/// std::logic_error for a value whose type Json does not have.
std::string write_json(const Json& value);

/// Reads one JSON text with Poco's parser. Throws Refusal. The last of two members with one name
/// counts.
Json read_json(const std::string& text);

/// The value as this type; nullptr or false if it has another type.
const Poco::JSON::Object* as_object(const Json& value);
const Poco::JSON::Array* as_array(const Json& value);
const std::string* as_string(const Json& value);
bool read_bool(const Json& value, bool& target);
/// Accepts integers from -4 * 10^12 to 4 * 10^12. Poco's parser changes those that do not fit its
/// types, and a number of seconds must still fit when it is converted to microseconds.
bool read_integer(const Json& value, std::int64_t& target);

} // namespace infrastate::simulator
