// SPDX-License-Identifier: Apache-2.0
// Assertions on Result for CppUnit tests: they return the value, or fail the test and show the
// error. `where` names the row of a table, so that a failure tells which row it was.
#pragma once

#include "infrastate/types/error.h"
#include "infrastate/types/value.h"

#include <cppunit/SourceLine.h>
#include <cppunit/TestAssert.h>
#include <cppunit/extensions/HelperMacros.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace infrastate::test {

/// The place of the caller, so that a failure is shown in the test and not in this file.
struct Place {
    Place(const char* file = __builtin_FILE(), int line = __builtin_LINE()) : source(file, line) {}
    CppUnit::SourceLine source;
};

/// "ARGUMENT [detail] field: message", for failure messages.
std::string describe(const Error& error);

template <class T>
T must(Result<T> result, const std::string& where = {}, const Place& place = {}) {
    if (!result)
        CppUnit::Asserter::fail(where + ": unexpected error " + describe(result.error()),
                                place.source);
    if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

template <class T>
Error must_fail(Result<T> result, const std::string& where = {}, const Place& place = {}) {
    if (result)
        CppUnit::Asserter::fail(where + ": succeeded where an error is expected", place.source);
    return std::move(result).error();
}

/// Fails unless `text` contains `part` (or if it does). The message shows both.
void must_contain(const std::string& text, const std::string& part, const std::string& where = {},
                  const Place& place = {});
void must_not_contain(const std::string& text, const std::string& part,
                      const std::string& where = {}, const Place& place = {});

/// An object of the members that a test passes as a list.
inline Value object_of(std::initializer_list<std::pair<std::string_view, Value>> members) {
    Value out = Value::object();
    for (const auto& [name, value] : members)
        out.set(name, value);
    return out;
}

} // namespace infrastate::test

// How CppUnit prints the enumerations that tests compare.
template <>
struct CppUnit::assertion_traits<infrastate::Code> {
    static bool equal(infrastate::Code a, infrastate::Code b) { return a == b; }
    static std::string toString(infrastate::Code code) {
        return std::string(infrastate::code_name(code));
    }
};
template <>
struct CppUnit::assertion_traits<infrastate::Effect> {
    static bool equal(infrastate::Effect a, infrastate::Effect b) { return a == b; }
    static std::string toString(infrastate::Effect effect) {
        switch (effect) {
        case infrastate::Effect::none:
            return "none";
        case infrastate::Effect::changed:
            return "changed";
        case infrastate::Effect::unknown:
            return "unknown";
        }
        return "?";
    }
};
template <>
struct CppUnit::assertion_traits<infrastate::Value::Kind> {
    static bool equal(infrastate::Value::Kind a, infrastate::Value::Kind b) { return a == b; }
    static std::string toString(infrastate::Value::Kind kind) {
        return std::string(infrastate::kind_name(kind));
    }
};
