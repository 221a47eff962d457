// SPDX-License-Identifier: Apache-2.0
#include "support/check.h"
#include "support/freed_memory.h"

#include "infrastate/json/json.h"
#include "infrastate/types/secret.h"

#include <limits>
#include <stdexcept>

namespace infrastate {
namespace {

using json::read;
using json::write;
using json::write_pretty;
using test::must;

constexpr char mark[] = "wwwwwwwwww.wxyzwxyzwxyzwxyzwxyzwxyz";

class JsonWriterTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(JsonWriterTest);
    CPPUNIT_TEST(writes_each_kind_in_one_line);
    CPPUNIT_TEST(escapes_everything_outside_printable_ascii);
    CPPUNIT_TEST(bytes_that_are_not_utf8_become_the_replacement_character);
    CPPUNIT_TEST(pretty_text_is_indented_and_reads_back);
    CPPUNIT_TEST(what_is_written_reads_back_the_same);
    CPPUNIT_TEST(each_character_at_each_place_is_written_and_read_as_alone);
    CPPUNIT_TEST(a_number_that_is_not_finite_throws);
    CPPUNIT_TEST(writing_leaves_no_copy_of_a_secret_behind);
    CPPUNIT_TEST_SUITE_END();

public:
    void writes_each_kind_in_one_line() {
        const Value value = Value::object(
            {{"null", nullptr},
             {"yes", true},
             {"no", false},
             {"int", std::numeric_limits<std::int64_t>::min()},
             {"num", 0.5},
             {"text", "x"},
             {"list", Value(Value::Array{Value(1), Value("a"), Value::array(), Value::object()})}});
        CPPUNIT_ASSERT_EQUAL(
            std::string(R"({"null":null,"yes":true,"no":false,"int":-9223372036854775808,)"
                        R"("num":0.5,"text":"x","list":[1,"a",[],{}]})"),
            write(value));
        CPPUNIT_ASSERT_EQUAL(std::string("2.0"), write(Value(2.0)));
        CPPUNIT_ASSERT_EQUAL(std::string("1e+300"), write(Value(1e300)));
    }

    void escapes_everything_outside_printable_ascii() {
        struct Row {
            const char* text;
            const char* json;
        };
        for (const Row& row : {
                 Row{"", R"("")"},
                 Row{" !#[]~", R"(" !#[]~")"},
                 Row{"\"\\/", R"("\"\\/")"},
                 Row{"\b\f\n\r\t", R"("\b\f\n\r\t")"},
                 Row{"\x01\x1F\x7F", R"("\u0001\u001f\u007f")"},
                 Row{"\xC3\xA4\xE2\x82\xAC", R"("\u00e4\u20ac")"},
                 Row{"\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF", R"("\ud83d\ude00\udbff\udfff")"},
                 Row{"\xE2\x80\xA8</script>", R"("\u2028</script>")"},
             })
            CPPUNIT_ASSERT_EQUAL(std::string(row.json), write(Value(row.text)));
        CPPUNIT_ASSERT_EQUAL(std::string(R"("a\u0000b")"), write(Value(std::string("a\0b", 3))));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"\u00e4\n":1})"),
                             write(Value::object({{"\xC3\xA4\n", 1}})));
    }

    void bytes_that_are_not_utf8_become_the_replacement_character() {
        struct Row {
            const char* text;
            const char* json;
        };
        for (const Row& row : {
                 Row{"a\x80z", R"("a\ufffdz")"},
                 Row{"\xC3", R"("\ufffd")"},
                 Row{"\xC3(", R"("\ufffd(")"},
                 Row{"\xC0\x80", R"("\ufffd\ufffd")"},
                 Row{"\xED\xA0\x80", R"("\ufffd\ufffd\ufffd")"},
                 Row{"\xF4\x90\x80\x80", R"("\ufffd\ufffd\ufffd\ufffd")"},
                 Row{"\xE2\x82", R"("\ufffd\ufffd")"},
                 Row{"\xFF\xC3\xA4", R"("\ufffd\u00e4")"},
             }) {
            CPPUNIT_ASSERT_EQUAL(std::string(row.json), write(Value(row.text)));
            must(read(row.json));
        }
    }

    void pretty_text_is_indented_and_reads_back() {
        const Value value =
            Value::object({{"a", Value(Value::Array{Value(1), Value::object({{"b", nullptr}})})},
                           {"empty", Value::object()},
                           {"none", Value::array()}});
        CPPUNIT_ASSERT_EQUAL(std::string("{\n"
                                         "  \"a\": [\n"
                                         "    1,\n"
                                         "    {\n"
                                         "      \"b\": null\n"
                                         "    }\n"
                                         "  ],\n"
                                         "  \"empty\": {},\n"
                                         "  \"none\": []\n"
                                         "}"),
                             write_pretty(value));
        CPPUNIT_ASSERT(must(read(write_pretty(value))) == value);
    }

    void what_is_written_reads_back_the_same() {
        Value numbers = Value::array();
        for (const double number :
             {0.0, -0.0, 0.1, 1.0 / 3, 1e21, 1e22, 1e-7, 123456789012345680.0, 5e-324,
              std::numeric_limits<double>::max(), -2.5e-300, 9007199254740993.0})
            numbers.push(Value(number));
        for (std::int64_t number = 1; number < (std::int64_t{1} << 61); number = number * 3 + 1) {
            numbers.push(Value(number));
            numbers.push(Value(-number));
        }
        CPPUNIT_ASSERT(must(read(write(numbers))) == numbers);
        // Every code point that a string may contain, a thousand at a time.
        std::string text;
        for (unsigned point = 1; point <= 0x10FFFF; point += point < 0x900 ? 1 : 61) {
            if (point >= 0xD800 && point <= 0xDFFF) continue;
            if (point < 0x80) {
                text += static_cast<char>(point);
            } else if (point < 0x800) {
                text += static_cast<char>(0xC0U | (point >> 6U));
                text += static_cast<char>(0x80U | (point & 0x3FU));
            } else if (point < 0x10000) {
                text += static_cast<char>(0xE0U | (point >> 12U));
                text += static_cast<char>(0x80U | ((point >> 6U) & 0x3FU));
                text += static_cast<char>(0x80U | (point & 0x3FU));
            } else {
                text += static_cast<char>(0xF0U | (point >> 18U));
                text += static_cast<char>(0x80U | ((point >> 12U) & 0x3FU));
                text += static_cast<char>(0x80U | ((point >> 6U) & 0x3FU));
                text += static_cast<char>(0x80U | (point & 0x3FU));
            }
        }
        const std::string json = write(Value(text));
        for (char c : json)
            CPPUNIT_ASSERT(c >= ' ' && c <= '~');
        CPPUNIT_ASSERT_EQUAL(text, must(read(json)).string());
    }

    /// Reader and writer take eight characters at once.
    void each_character_at_each_place_is_written_and_read_as_alone() {
        const auto inner = [](const Value& value) {
            const std::string quoted = write(value);
            return quoted.substr(1, quoted.size() - 2);
        };
        for (std::size_t length = 1; length <= 26; ++length)
            for (std::size_t at = 0; at < length; ++at)
                for (int byte = 1; byte < 0x80; ++byte) {
                    const std::string one(1, static_cast<char>(byte));
                    const std::string before(at, 'x'), behind(length - at - 1, '~');
                    const std::string text = before + one + behind;
                    const std::string written = write(Value(text));
                    CPPUNIT_ASSERT_EQUAL('"' + before + inner(Value(one)) + behind + '"', written);
                    const auto back = read(written);
                    CPPUNIT_ASSERT(back.ok());
                    CPPUNIT_ASSERT_EQUAL(text, back->string());
                }
    }

    void a_number_that_is_not_finite_throws() {
        CPPUNIT_ASSERT_THROW(write(Value(std::numeric_limits<double>::infinity())),
                             std::invalid_argument);
        CPPUNIT_ASSERT_THROW(write(Value(std::numeric_limits<double>::quiet_NaN())),
                             std::invalid_argument);
    }

    void writing_leaves_no_copy_of_a_secret_behind() {
        const test::FreedMemoryWatch watch(mark);
        {
            Value value = Value::object({{"secret", mark}, {"list", Value::array()}});
            for (int i = 0; i < 200; ++i)
                value.find("list")->push(Value("\xC3\xA4\n deep \x01"));
            for (auto* print : {&write, &write_pretty}) {
                std::string text = (*print)(value);
                wipe(text);
            }
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, watch.leaks());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JsonWriterTest);

} // namespace
} // namespace infrastate
