// SPDX-License-Identifier: Apache-2.0
#include "support/check.h"

namespace infrastate::test {

std::string describe(const Error& error) {
    return std::string(code_name(error.code)) + " [" + error.detail + "] " + error.field + ": " +
           error.message;
}

void must_contain(const std::string& text, const std::string& part, const std::string& where,
                  const Place& place) {
    if (text.find(part) == std::string::npos)
        CppUnit::Asserter::fail(where + ": '" + part + "' is missing in '" + text + "'",
                                place.source);
}

void must_not_contain(const std::string& text, const std::string& part, const std::string& where,
                      const Place& place) {
    if (text.find(part) != std::string::npos)
        CppUnit::Asserter::fail(where + ": '" + part + "' must not stand in '" + text + "'",
                                place.source);
}

} // namespace infrastate::test
