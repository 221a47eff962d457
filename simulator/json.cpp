// SPDX-License-Identifier: Apache-2.0
#include "json.h"

#include "go_text.h"
#include "refusal.h"

#include <Poco/Exception.h>
#include <Poco/JSON/Parser.h>

#include <charconv>
#include <stdexcept>

namespace infrastate::simulator {

namespace {

constexpr std::int64_t largest_integer = 4'000'000'000'000;

template <class Type>
const Type* pointer(const Json& value) {
    return !value.isEmpty() && value.type() == typeid(Type) ? &value.extract<Type>() : nullptr;
}

void escape(std::string& out, char32_t character) {
    static constexpr std::string_view digits = "0123456789abcdef";
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4)
        out += digits[character >> shift & 15];
}

void write_string(std::string& out, std::string_view text) {
    out += '"';
    for (std::size_t at = 0, bytes = 0; at < text.size(); at += bytes) {
        const char32_t c = character_at(text, at, bytes);
        const bool invalid = c == 0xFFFD && bytes == 1;
        if (c == U'"' || c == U'\\') {
            out += '\\';
            out += static_cast<char>(c);
        } else if (c == U'\n') {
            out += "\\n";
        } else if (c == U'\r') {
            out += "\\r";
        } else if (c == U'\t') {
            out += "\\t";
        } else if (c < 0x20 || c == U'<' || c == U'>' || c == U'&' || c == 0x2028 || c == 0x2029 ||
                   invalid) {
            escape(out, c);
        } else {
            out += text.substr(at, bytes);
        }
    }
    out += '"';
}

void write_number(std::string& out, double number) {
    char digits[32];
    const auto [end, problem] = std::to_chars(digits, digits + sizeof digits, number);
    out.append(digits, problem == std::errc{} ? end : digits);
}

void write_value(std::string& out, const Json& value) {
    if (value.isEmpty()) {
        out += "null";
    } else if (const auto* object = pointer<JsonObject>(value)) {
        out += '{';
        bool first = true;
        for (const std::string& name : (*object)->getNames()) {
            if (!std::exchange(first, false)) out += ',';
            write_string(out, name);
            out += ':';
            write_value(out, (*object)->get(name));
        }
        out += '}';
    } else if (const auto* array = pointer<JsonArray>(value)) {
        out += '[';
        bool first = true;
        for (const Json& item : **array) {
            if (!std::exchange(first, false)) out += ',';
            write_value(out, item);
        }
        out += ']';
    } else if (const auto* text = pointer<std::string>(value)) {
        write_string(out, *text);
    } else if (value.isBoolean()) { // tested before the integers: Poco counts a bool as one
        out += value.convert<bool>() ? "true" : "false";
    } else if (value.isInteger()) {
        out += std::to_string(value.convert<Poco::Int64>());
    } else if (const auto* number = pointer<double>(value)) {
        write_number(out, *number);
    } else {
        throw std::logic_error("a value of this type has no JSON");
    }
}

} // namespace

JsonObject json_object(std::initializer_list<std::pair<const char*, Json>> members) {
    JsonObject object = new Poco::JSON::Object(Poco::JSON_PRESERVE_KEY_ORDER);
    for (const auto& [name, value] : members)
        object->set(name, value);
    return object;
}

JsonArray json_array() {
    return new Poco::JSON::Array;
}

std::string write_json(const Json& value) {
    std::string text;
    write_value(text, value);
    return text;
}

Json read_json(const std::string& text) {
    try {
        Poco::JSON::Parser parser;
        return parser.parse(text);
    } catch (const Poco::Exception& problem) {
        throw Refusal("this is not JSON: " + problem.message());
    }
}

const Poco::JSON::Object* as_object(const Json& value) {
    const auto* object = pointer<JsonObject>(value);
    return object == nullptr ? nullptr : object->get();
}

const Poco::JSON::Array* as_array(const Json& value) {
    const auto* array = pointer<JsonArray>(value);
    return array == nullptr ? nullptr : array->get();
}

const std::string* as_string(const Json& value) {
    return pointer<std::string>(value);
}

bool read_bool(const Json& value, bool& target) {
    if (value.isEmpty() || !value.isBoolean()) return false;
    target = value.convert<bool>();
    return true;
}

bool read_integer(const Json& value, std::int64_t& target) {
    if (value.isEmpty() || value.isBoolean() || !value.isInteger()) return false;
    try {
        const auto number = value.convert<Poco::Int64>();
        if (number < -largest_integer || number > largest_integer) return false;
        target = number;
        return true;
    } catch (const Poco::Exception&) { // an unsigned number that is no Int64
        return false;
    }
}

} // namespace infrastate::simulator
