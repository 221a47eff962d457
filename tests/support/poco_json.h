// SPDX-License-Identifier: Apache-2.0
// What Poco's JSON parser reads from a text, to check what ours has read. Header only, so that
// tests and fuzz targets need only Poco::JSON.
#pragma once

#include "infrastate/types/value.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace infrastate::test {

inline bool means_the_same(const Value& ours, const Poco::Dynamic::Var& theirs) {
    switch (ours.kind()) {
    case Value::Kind::null:
        return theirs.isEmpty();
    case Value::Kind::boolean:
        return theirs.isBoolean() && theirs.convert<bool>() == ours.boolean();
    case Value::Kind::integer:
        return theirs.isInteger() && theirs.convert<Poco::Int64>() == ours.integer();
    case Value::Kind::number: // Poco reads 1E2 as an integer
        return theirs.isNumeric() && theirs.convert<double>() == ours.number();
    case Value::Kind::string:
        return theirs.isString() && theirs.convert<std::string>() == ours.string();
    case Value::Kind::array: {
        if (theirs.type() != typeid(Poco::JSON::Array::Ptr)) return false;
        const auto items = theirs.extract<Poco::JSON::Array::Ptr>();
        if (items->size() != ours.items().size()) return false;
        for (std::size_t i = 0; i < ours.items().size(); ++i)
            if (!means_the_same(ours.items()[i], items->get(static_cast<unsigned>(i))))
                return false;
        return true;
    }
    case Value::Kind::object: {
        if (theirs.type() != typeid(Poco::JSON::Object::Ptr)) return false;
        const auto object = theirs.extract<Poco::JSON::Object::Ptr>();
        if (object->size() != ours.members().size()) return false;
        for (const auto& [name, member] : ours.members())
            if (!object->has(name) || !means_the_same(member, object->get(name))) return false;
        return true;
    }
    }
    return false;
}

/// Integers far below zero. Poco 1.11 rounds them and Poco 1.14 refuses them.
inline bool beyond_poco(const Value& value) {
    switch (value.kind()) {
    case Value::Kind::integer:
        return value.integer() < -(std::int64_t{1} << 53);
    case Value::Kind::array:
        return std::any_of(value.items().begin(), value.items().end(), beyond_poco);
    case Value::Kind::object:
        return std::any_of(value.members().begin(), value.members().end(),
                           [](const Value::Member& member) { return beyond_poco(member.second); });
    default:
        return false;
    }
}

/// Throws Poco::Exception if Poco cannot read what ours has read.
inline bool poco_reads_the_same(std::string_view text, const Value& ours) {
    if (beyond_poco(ours)) return true;
    Poco::JSON::Parser parser;
    parser.setDepth(1024);
    // Poco's parser accepts only an array or object at the top.
    const auto list = parser.parse("[" + std::string(text) + "]").extract<Poco::JSON::Array::Ptr>();
    return list->size() == 1 && means_the_same(ours, list->get(0));
}

} // namespace infrastate::test
