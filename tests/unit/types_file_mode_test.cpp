// SPDX-License-Identifier: Apache-2.0
// Modes without quotes: YAML and JSON read them as numbers.
#include "support/check.h"

#include "infrastate/types/file_mode.h"

#include <string>

namespace infrastate {
namespace {

class TypesFileModeTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(TypesFileModeTest);
    CPPUNIT_TEST(a_decimal_number_in_the_place_of_an_octal_one_is_seen);
    CPPUNIT_TEST(a_mode_as_it_stands_is_not_taken_for_one);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_decimal_number_in_the_place_of_an_octal_one_is_seen() {
        for (const int number : {400, 440, 444, 600, 640, 644, 660})
            CPPUNIT_ASSERT_EQUAL("0" + std::to_string(number),
                                 mode_without_quotes(number).value_or("nothing"));
    }

    /// All usual modes as YAML 1.1 reads them, and numbers that nobody can have meant as a mode.
    void a_mode_as_it_stands_is_not_taken_for_one() {
        for (const int number :
             {0400, 0440, 0444, 0600, 0640, 0644, 0660, 0700, 0750, 0755,    0,
              1,    7,    77,   777,  700,  750,  755,  512,  1777, 640'640, -640})
            CPPUNIT_ASSERT_EQUAL(std::string("nothing"),
                                 mode_without_quotes(number).value_or("nothing"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TypesFileModeTest);

} // namespace
} // namespace infrastate
