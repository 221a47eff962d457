// SPDX-License-Identifier: Apache-2.0
// Answers as trees of Poco::JSON, written as Go's encoding/json writes them; orders and the file of
// users, read by Poco's parser. Request bodies are read by go_json.h: Poco's parser does not do
// with them what Go's does (docs/adr/0044).
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

/// The text that Go's encoding/json would write: compact, UTF-8 as it is, with escapes for control
/// characters, for '<', '>', '&', U+2028 and U+2029, and for bytes that are not UTF-8.
/// Throws std::logic_error for a value of another type than those of Json.
std::string write_json(const Json& value);

/// Reads one JSON text by Poco's parser; throws Refusal. Of two members of one name, the last one
/// counts.
Json read_json(const std::string& text);

/// The parts of a value that was read; nullptr or false where it is of another type.
const Poco::JSON::Object* as_object(const Json& value);
const Poco::JSON::Array* as_array(const Json& value);
const std::string* as_string(const Json& value);
bool read_bool(const Json& value, bool& target);
/// Integers of at most 4 * 10^12 either way: Poco's parser changes those that do not fit its types,
/// and what is measured in seconds must still fit when it is counted in microseconds.
bool read_integer(const Json& value, std::int64_t& target);

} // namespace infrastate::simulator
