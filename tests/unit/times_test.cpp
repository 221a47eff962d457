// SPDX-License-Identifier: Apache-2.0
// Which spellings of a time are read and which are refused. The table is data/times.json, and it
// applies to every parameter that takes a time.
#include "support/check.h"

#include "infrastate/json/json.h"
#include "infrastate/schema/check.h"
#include "infrastate/types/timestamp.h"

#include <fstream>
#include <iterator>

namespace infrastate {
namespace {

class TimesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(TimesTest);
    CPPUNIT_TEST(spellings_are_read_and_refused_as_the_table_says);
    CPPUNIT_TEST(every_parameter_with_a_time_reads_the_same_spellings);
    CPPUNIT_TEST_SUITE_END();

    static Value table() {
        std::ifstream file(INFRASTATE_TEST_DATA "/times.json");
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        Value out = test::must(json::read(text));
        CPPUNIT_ASSERT(out.items().size() > 50);
        return out;
    }

public:
    void spellings_are_read_and_refused_as_the_table_says() {
        const Value rows = table();
        for (const Value& row : rows.items()) {
            const std::string text(row.text("text"));
            const auto time = Timestamp::parse(text);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(text, !row.flag("refused"), time.ok());
            if (!time) continue;
            CPPUNIT_ASSERT_EQUAL_MESSAGE(text, row.find("seconds")->integer(),
                                         time->unix_seconds());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(text, row.find("nanoseconds")->integer(),
                                         std::int64_t{time->nanosecond()});
        }
    }

    void every_parameter_with_a_time_reads_the_same_spellings() {
        int parameters = 0;
        const Value rows = table();
        for (const schema::Resource& resource : schema::resources())
            for (const schema::Param& param : resource.input.params) {
                if (param.type != schema::Type::rfc3339) continue;
                ++parameters;
                for (const Value& row : rows.items()) {
                    const std::string text(row.text("text"));
                    if (text.empty() || param.words.contains(text)) continue;
                    const auto checked =
                        schema::check(resource.input, Value::object({{param.name, text}}));
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(text, !row.flag("refused"), checked.ok());
                }
            }
        CPPUNIT_ASSERT_EQUAL(3, parameters); // expires_at, rotate_if_created_before, seen_after
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TimesTest);

} // namespace
} // namespace infrastate
