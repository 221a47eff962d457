// SPDX-License-Identifier: Apache-2.0
#include "support/check.h"
#include "support/freed_memory.h"
#include "support/poco_json.h"

#include "infrastate/json/json.h"
#include "infrastate/types/secret.h"

#include <limits>
#include <random>

namespace infrastate {
namespace {

using json::read;
using json::ReadLimits;
using test::must;
using test::must_contain;
using test::must_fail;
using test::must_not_contain;

class JsonReaderTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(JsonReaderTest);
    CPPUNIT_TEST(reads_every_kind);
    CPPUNIT_TEST(numbers_are_integers_exactly_if_written_as_such);
    CPPUNIT_TEST(strings_are_unescaped_to_utf8);
    CPPUNIT_TEST(names_keep_their_order_and_are_unescaped);
    CPPUNIT_TEST(syntax_errors_are_refused_at_their_place);
    CPPUNIT_TEST(names_given_twice_are_refused);
    CPPUNIT_TEST(invalid_utf8_is_refused);
    CPPUNIT_TEST(every_other_sequence_of_three_bytes_agrees_with_the_standard);
    CPPUNIT_TEST(limits_hold_at_their_exact_edge);
    CPPUNIT_TEST(a_depth_beyond_what_the_stack_bears_is_refused_whatever_the_limit);
    CPPUNIT_TEST(errors_never_quote_the_text);
    CPPUNIT_TEST(columns_count_characters);
    CPPUNIT_TEST(an_object_of_many_names_is_read);
    CPPUNIT_TEST(poco_reads_the_same_in_a_thousand_texts);
    CPPUNIT_TEST(no_copy_of_a_text_is_left_in_freed_memory);
    CPPUNIT_TEST_SUITE_END();

public:
    void reads_every_kind() {
        const Value value =
            must(read(" {\"n\":null,\"t\":true,\"f\":false,\"i\":-7,\"d\":2.5,\"s\":\"x\","
                      "\"a\":[1,[],{}],\"o\":{\"a\":{\"a\":[]}}}\r\n\t "));
        const Value expected =
            Value::object({{"n", nullptr},
                           {"t", true},
                           {"f", false},
                           {"i", -7},
                           {"d", 2.5},
                           {"s", "x"},
                           {"a", Value(Value::Array{Value(1), Value::array(), Value::object()})},
                           {"o", Value::object({{"a", Value::object({{"a", Value::array()}})}})}});
        CPPUNIT_ASSERT(expected == value);
        CPPUNIT_ASSERT(must(read("null")).is_null());
        CPPUNIT_ASSERT(must(read(" \"x\" ")) == Value("x"));
        CPPUNIT_ASSERT(must(read("[]")) == Value::array());
        CPPUNIT_ASSERT(must(read("{ }")) == Value::object());
        CPPUNIT_ASSERT(must(read("[ [ ] , [ ] ]")).items().size() == 2);
    }

    void numbers_are_integers_exactly_if_written_as_such() {
        constexpr auto most = std::numeric_limits<std::int64_t>::max();
        struct Row {
            const char* text;
            Value value;
        };
        for (const Row& row : {
                 Row{"0", 0},
                 Row{"-0", 0},
                 Row{"42", 42},
                 Row{"2147483648", Value(std::int64_t{2'147'483'648})},
                 Row{"9223372036854775807", Value(most)},
                 Row{"-9223372036854775808", Value(-most - 1)},
                 Row{"1.0", 1.0},
                 Row{"2.7", 2.7},
                 Row{"-0.5", -0.5},
                 Row{"1e2", 100.0},
                 Row{"1E2", 100.0},
                 Row{"1E+2", 100.0},
                 Row{"25e-1", 2.5},
                 Row{"0.1", 0.1},
                 Row{"123456789.125", 123456789.125},
                 Row{"1.7976931348623157e308", std::numeric_limits<double>::max()},
                 Row{"9223372036854775808.0", 9223372036854775808.0},
                 Row{"5e-324", std::numeric_limits<double>::denorm_min()},
             }) {
            const Value value = must(read(row.text), row.text);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.text, row.value.kind(), value.kind());
            CPPUNIT_ASSERT_MESSAGE(row.text, row.value == value);
            // Numbers inside containers must not be confused with each other.
            const std::string list = std::string("[7,") + row.text + ",{\"a\":" + row.text + "}]";
            const Value in_list = must(read(list), list);
            CPPUNIT_ASSERT_MESSAGE(list, in_list.items()[1] == row.value);
            CPPUNIT_ASSERT_MESSAGE(list, *in_list.items()[2].find("a") == row.value);
        }
    }

    void strings_are_unescaped_to_utf8() {
        struct Row {
            const char* text;
            const char* value;
        };
        for (const Row& row : {
                 Row{R"("")", ""},
                 Row{R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"},
                 Row{R"("\u0041\u00e4\u20AC")", "A\xC3\xA4\xE2\x82\xAC"},
                 Row{R"("\ud83d\ude00")", "\xF0\x9F\x98\x80"},
                 Row{R"("\uD800\uDC00\uDBFF\uDFFF")", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"},
                 Row{R"("\ud7ff\ue000\uffff")", "\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF"},
                 Row{R"("\\u0000")", "\\u0000"},
                 Row{"\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\x7F\"",
                     "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\x7F"},
                 Row{"\"// no comment\"", "// no comment"},
                 Row{"\"\xEF\xBB\xBF\"", "\xEF\xBB\xBF"},
             })
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.text, std::string(row.value),
                                         must(read(row.text), row.text).string());
    }

    void names_keep_their_order_and_are_unescaped() {
        const Value value = must(read(R"({"z":1,"\u0061":2,"":3,"a\"b":{"z":4}})"));
        std::string order;
        for (const auto& [name, member] : value.members())
            order += name + " ";
        CPPUNIT_ASSERT_EQUAL(std::string("z a  a\"b "), order);
    }

    void syntax_errors_are_refused_at_their_place() {
        struct Row {
            std::string_view text;
            const char* detail;
            const char* place; // "": the text as a whole
        };
        using namespace std::string_view_literals;
        for (const Row& row : {
                 Row{"", "json_empty", ""},
                 Row{" \r\n\t", "json_empty", ""},
                 Row{"\xEF\xBB\xBF{}", "json_syntax", "line 1, column 1:"},
                 Row{"{", "json_syntax", "line 1, column 2:"},
                 Row{"[", "json_syntax", "line 1, column 2:"},
                 Row{"]", "json_syntax", "line 1, column 1:"},
                 Row{"{]", "json_syntax", "line 1, column 2:"},
                 Row{"[}", "json_syntax", "line 1, column 2:"},
                 Row{"[1}", "json_syntax", "line 1, column 3:"},
                 Row{"{\"a\":1]", "json_syntax", "line 1, column 7:"},
                 Row{"[1,]", "json_syntax", "line 1, column 4:"},
                 Row{"[,1]", "json_syntax", "line 1, column 2:"},
                 Row{"[1 2]", "json_syntax", "line 1, column 4:"},
                 Row{"{\"a\" 1}", "json_syntax", "line 1, column 6:"},
                 Row{"{\"a\":}", "json_syntax", "line 1, column 6:"},
                 Row{"{\"a\":1,}", "json_syntax", "line 1, column 8:"},
                 Row{"{\"a\":1 \"b\":2}", "json_syntax", "line 1, column 8:"},
                 Row{"{a:1}", "json_syntax", "line 1, column 2:"},
                 Row{"{1:1}", "json_syntax", "line 1, column 2:"},
                 Row{"{null:1}", "json_syntax", "line 1, column 2:"},
                 Row{"{'a':1}", "json_syntax", "line 1, column 2:"},
                 Row{"{\n  \"a\": 1\n  \"b\": 2\n}", "json_syntax", "line 3, column 3:"},
                 Row{"tru", "json_syntax", "line 1, column 1:"},
                 Row{"True", "json_syntax", "line 1, column 1:"},
                 Row{"nul", "json_syntax", "line 1, column 1:"},
                 Row{"NaN", "json_syntax", "line 1, column 1:"},
                 Row{"Infinity", "json_syntax", "line 1, column 1:"},
                 Row{"[-Infinity]", "json_number", "line 1, column 2:"},
                 Row{"\"abc", "json_syntax", "line 1, column 1:"},
                 Row{"[\"abc", "json_syntax", "line 1, column 2:"},
                 Row{"\"abc\\\"", "json_syntax", "line 1, column 1:"},
                 Row{"\"abc\\", "json_escape", "line 1, column 5:"},
                 Row{"[1] // end", "json_trailing", "line 1, column 5:"},
                 Row{"/* x */ 1", "json_syntax", "line 1, column 1:"},
                 Row{"[1, # x\n2]", "json_syntax", "line 1, column 5:"},
                 Row{"[1 /* x */]", "json_syntax", "line 1, column 4:"},
                 Row{"{}{}", "json_trailing", "line 1, column 3:"},
                 Row{"1 2", "json_trailing", "line 1, column 3:"},
                 Row{"null,", "json_trailing", "line 1, column 5:"},
                 Row{"truex", "json_trailing", "line 1, column 5:"},
                 Row{"{}\0"sv, "json_trailing", "line 1, column 3:"},
                 Row{"\0{}"sv, "json_syntax", "line 1, column 1:"},
                 Row{"\x0B{}", "json_syntax", "line 1, column 1:"},
                 Row{"\xC2\xA0{}", "json_syntax", "line 1, column 1:"},
                 // raw control characters in strings
                 Row{"\"a\nb\"", "json_control", "line 1, column 3:"},
                 Row{"\"a\tb\"", "json_control", "line 1, column 3:"},
                 Row{"\"a\0b\""sv, "json_control", "line 1, column 3:"},
                 Row{"{\"a\x1F\":1}", "json_control", "line 1, column 4:"},
                 // escapes
                 Row{"\"\\x41\"", "json_escape", "line 1, column 2:"},
                 Row{"\"\\'\"", "json_escape", "line 1, column 2:"},
                 Row{"\"\\U0041\"", "json_escape", "line 1, column 2:"},
                 Row{"\"\\\0\""sv, "json_escape", "line 1, column 2:"},
                 Row{"\"\\u12\"", "json_escape", "line 1, column 2:"},
                 Row{"\"\\u12g4\"", "json_escape", "line 1, column 2:"},
                 Row{"\"\\u-123\"", "json_escape", "line 1, column 2:"},
                 Row{"\"\\u+123\"", "json_escape", "line 1, column 2:"},
                 Row{"\"\\u", "json_escape", "line 1, column 2:"},
                 Row{"\"a\\u0000b\"", "json_escape", "line 1, column 3:"},
                 Row{"{\"a\\u0000b\":1}", "json_escape", "line 1, column 4:"},
                 Row{"\"\\ud83d\"", "json_escape", "line 1, column 2:"},
                 Row{"\"\\ud83dx\"", "json_escape", "line 1, column 2:"},
                 Row{"\"\\ud83d\\n\"", "json_escape", "line 1, column 2:"},
                 Row{"\"\\ud83d\\ud83d\"", "json_escape", "line 1, column 2:"},
                 Row{"\"\\ud83d\\u0041\"", "json_escape", "line 1, column 2:"},
                 Row{"\"\\ud83d\\u\"", "json_escape", "line 1, column 2:"},
                 Row{"\"\\ude00\"", "json_escape", "line 1, column 2:"},
                 // numbers
                 Row{"01", "json_number", "line 1, column 1:"},
                 Row{"-01", "json_number", "line 1, column 1:"},
                 Row{"00", "json_number", "line 1, column 1:"},
                 Row{"-", "json_number", "line 1, column 1:"},
                 Row{"+1", "json_syntax", "line 1, column 1:"},
                 Row{".5", "json_syntax", "line 1, column 1:"},
                 Row{"1.", "json_number", "line 1, column 1:"},
                 Row{"1.e1", "json_number", "line 1, column 1:"},
                 Row{"1e", "json_number", "line 1, column 1:"},
                 Row{"1e+", "json_number", "line 1, column 1:"},
                 Row{"1e1.5", "json_trailing", "line 1, column 4:"},
                 Row{"0x10", "json_trailing", "line 1, column 2:"},
                 Row{"1_000", "json_trailing", "line 1, column 2:"},
                 Row{"[9223372036854775808]", "json_number", "line 1, column 2:"},
                 Row{"[-9223372036854775809]", "json_number", "line 1, column 2:"},
                 Row{"[1, 18446744073709551615]", "json_number", "line 1, column 5:"},
                 Row{"[1e400]", "json_number", "line 1, column 2:"},
                 Row{"[-1e400]", "json_number", "line 1, column 2:"},
                 Row{"1.8e308", "json_number", "line 1, column 1:"},
                 Row{"1e99999999999999999999", "json_number", "line 1, column 1:"},
             }) {
            const std::string where(row.text);
            const Error error = must_fail(read(row.text), where);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(where, Code::argument, error.code);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(where + ": " + error.message, std::string(row.detail),
                                         error.detail);
            must_contain(error.message, row.place, where);
        }
        // Longer than any sensible number.
        must_fail(read("0." + std::string(100'000, '1')));
        must_fail(read(std::string(100'000, '9')));
    }

    void names_given_twice_are_refused() {
        struct Row {
            const char* text;
            const char* place;
        };
        for (const Row& row : {
                 Row{R"({"a":1,"a":1})", "line 1, column 8:"},
                 Row{R"({"a":1,"\u0061":2})", "line 1, column 8:"},
                 Row{R"({"":1,"":2})", "line 1, column 7:"},
                 Row{R"([{"a":{}},{"b":{"c":1,"d":2,"c":3}}])", "line 1, column 29:"},
                 Row{"{\"a\":1,\n\"b\":{\"a\":1},\n  \"b\":2}", "line 3, column 3:"},
                 Row{R"({"x":1,"x":2,"x":3})", "line 1, column 8:"},
             }) {
            const Error error = must_fail(read(row.text), row.text);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.text, std::string("json_duplicate"), error.detail);
            must_contain(error.message, row.place, row.text);
        }
        must(read(R"({"a":{"a":{"a":1}},"b":{"a":[{"a":1},{"a":1}]},"A":1})"));
    }

    void invalid_utf8_is_refused() {
        for (const std::string_view bytes : {
                 std::string_view("\x80"),             // a continuation alone
                 std::string_view("\xC3"),             // cut off
                 std::string_view("\xC3("),            //
                 std::string_view("\xE2\x82"),         //
                 std::string_view("\xF0\x9F\x98"),     //
                 std::string_view("\xC0\x80"),         // overlong NUL
                 std::string_view("\xC1\xBF"),         // overlong
                 std::string_view("\xE0\x9F\xBF"),     //
                 std::string_view("\xF0\x8F\xBF\xBF"), //
                 std::string_view("\xED\xA0\x80"),     // surrogates
                 std::string_view("\xED\xBF\xBF"),     //
                 std::string_view("\xED\xA0\xBD\xED\xB8\x80"),
                 std::string_view("\xF4\x90\x80\x80"), // above U+10FFFF
                 std::string_view("\xF5\x80\x80\x80"), //
                 std::string_view("\xFF"), std::string_view("\xFE\xFF"),
                 std::string_view("\xE4"), // Latin-1
             }) {
            for (const std::string& text :
                 {"\"" + std::string(bytes) + "\"", "{\"" + std::string(bytes) + "\":1}",
                  "[\"ok\",\"" + std::string(bytes)}) {
                const Error error = must_fail(read(text), "bytes");
                CPPUNIT_ASSERT_EQUAL(std::string("json_utf8"), error.detail);
            }
        }
    }

    void every_other_sequence_of_three_bytes_agrees_with_the_standard() {
        // Decoded here by the definition (ranges of values), not by the reader's table.
        for (unsigned a = 0x80; a <= 0xFF; ++a)
            for (unsigned b = 0x7F; b <= 0xC0; ++b)
                for (const unsigned c : {0x7FU, 0x80U, 0xBFU, 0xC0U}) {
                    const bool continued = (b & 0xC0U) == 0x80U && (c & 0xC0U) == 0x80U;
                    const unsigned point = ((a & 0x0FU) << 12U) | ((b & 0x3FU) << 6U) | (c & 0x3FU);
                    const bool three = (a & 0xF0U) == 0xE0U && continued && point >= 0x800 &&
                                       (point < 0xD800 || point > 0xDFFF);
                    const bool two = (a & 0xE0U) == 0xC0U && (b & 0xC0U) == 0x80U &&
                                     (a & 0x1FU) >= 2U && c == 0x7FU;
                    const std::string text{'"', static_cast<char>(a), static_cast<char>(b),
                                           static_cast<char>(c), '"'};
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(a) + " " + std::to_string(b) + " " +
                                                     std::to_string(c),
                                                 two || three, read(text).ok());
                }
    }

    void limits_hold_at_their_exact_edge() {
        CPPUNIT_ASSERT(read("[1,2]", ReadLimits{.max_bytes = 5}).ok());
        CPPUNIT_ASSERT_EQUAL(std::string("json_too_large"),
                             must_fail(read("[1,2]", ReadLimits{.max_bytes = 4})).detail);
        CPPUNIT_ASSERT(read("[[[]]]", ReadLimits{.max_depth = 3}).ok());
        CPPUNIT_ASSERT(read("[[1],{\"a\":[1]}]", ReadLimits{.max_depth = 3}).ok());
        CPPUNIT_ASSERT_EQUAL(std::string("json_too_deep"),
                             must_fail(read("[[[]]]", ReadLimits{.max_depth = 2})).detail);
        CPPUNIT_ASSERT_EQUAL(std::string("json_too_deep"),
                             must_fail(read("{\"a\":{}}", ReadLimits{.max_depth = 1})).detail);
        CPPUNIT_ASSERT(read("1", ReadLimits{.max_depth = 0}).ok());
        CPPUNIT_ASSERT(read("[1,{\"a\":2}]", ReadLimits{.max_nodes = 3}).ok());
        CPPUNIT_ASSERT_EQUAL(std::string("json_too_many_nodes"),
                             must_fail(read("[1,{\"a\":2}]", ReadLimits{.max_nodes = 2})).detail);
        const ReadLimits standard;
        CPPUNIT_ASSERT(
            read(std::string(standard.max_depth, '[') + std::string(standard.max_depth, ']')).ok());
        CPPUNIT_ASSERT_EQUAL(std::string("json_too_deep"),
                             must_fail(read(std::string(10'000'000, '['))).detail);
        CPPUNIT_ASSERT_EQUAL(std::string("json_too_large"),
                             must_fail(read("\"" + std::string(16u << 20, 'x') + "\"")).detail);
    }

    void a_depth_beyond_what_the_stack_bears_is_refused_whatever_the_limit() {
        const ReadLimits generous{.max_depth = 1u << 20};
        const std::string deep = std::string(512, '[') + std::string(512, ']');
        CPPUNIT_ASSERT(read(deep, generous).ok());
        CPPUNIT_ASSERT_EQUAL(std::string("json_too_deep"),
                             must_fail(read("[" + deep + "]", generous)).detail);
    }

    void errors_never_quote_the_text() {
        const std::string secret = "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb";
        for (const std::string& text : {
                 "{\"k\":" + secret + "}",
                 "{\"k\":\"" + secret + "\",\"k\":1}",
                 "{\"" + secret + "\":1,\"" + secret + "\":2}",
                 "{\"k\":\"" + secret + "\n\"}",
                 "{\"k\":\"" + secret,
                 secret,
                 "[\"" + secret + "\" \"" + secret + "\"]",
                 "[1e400,\"" + secret + "\"]",
             })
            must_not_contain(must_fail(read(text)).message, "aaaa");
    }

    void columns_count_characters() {
        must_contain(must_fail(read("{\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\": x}")).message,
                     "line 1, column 9:");
        must_contain(must_fail(read("[\r\n\r\n x]")).message, "line 3, column 2:");
    }

    void an_object_of_many_names_is_read() {
        std::string text = "{";
        for (int i = 0; i < 200'000; ++i)
            text += (i == 0 ? "\"n" : ",\"n") + std::to_string(i) + "\":" + std::to_string(i);
        const Value value = must(read(text + "}"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{200'000}, value.members().size());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{199'999}, value.members().back().second.integer());
        CPPUNIT_ASSERT_EQUAL(std::string("json_duplicate"),
                             must_fail(read(text + ",\"n777\":1}")).detail);
    }

    void poco_reads_the_same_in_a_thousand_texts() {
        std::mt19937 random(20261125); // NOLINT: the same texts on every run
        for (int i = 0; i < 1000; ++i) {
            const std::string text = any_text(random, 4);
            CPPUNIT_ASSERT_MESSAGE(text, test::poco_reads_the_same(text, must(read(text), text)));
        }
    }

    void no_copy_of_a_text_is_left_in_freed_memory() {
        const std::string secret = "wwwwwwwwww.left-behind-left-behind";
        const std::string part = secret.substr(11, 12);
        const test::FreedMemoryWatch watch(part);
        for (const std::string_view before : {"", "\\n", "a\\u00e4\\n\\\"\\ud83d\\ude00"})
            for (const std::string_view after :
                 {"\"}]", "\\t\"}]", "\"}", "\",\"b\":}]", "\\q\"}]", ""}) {
                std::string text = "[1,{\"a\":\"";
                text.reserve(200);
                text.append(before).append(secret).append(after);
                {
                    const auto value = read(text);
                    CPPUNIT_ASSERT_EQUAL(after == "\"}]" || after == "\\t\"}]", value.ok());
                }
                wipe(text);
            }
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, watch.leaks());
    }

private:
    /// A JSON text of any kind, nested at most `depth` deep.
    static std::string any_text(std::mt19937& random, int depth) {
        const auto below = [&](unsigned most) { return static_cast<unsigned>(random() % most); };
        const char* const scalars[] = {"null",
                                       "true",
                                       "false",
                                       "0",
                                       "-0",
                                       "-17",
                                       "9223372036854775807",
                                       "2.5",
                                       "-1e3",
                                       "1E-7",
                                       "123456789.125",
                                       "\"\"",
                                       "\"plain\"",
                                       R"("\"\\\/\b\f\n\r\t")",
                                       R"("\u0041\u00e4\u20ac\ud83d\ude00")",
                                       "\"\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80\"",
                                       "\"\x7F\""};
        const char* const spaces[] = {"", "", " ", "\n\t", "\r\n"};
        const std::string space = spaces[below(std::size(spaces))];
        if (depth == 0 || below(3) == 0) return space + scalars[below(std::size(scalars))] + space;
        const bool object = below(2) == 0;
        std::string out = object ? "{" : "[";
        for (unsigned i = 0, count = below(5); i < count; ++i) {
            if (i > 0) out += ',';
            if (object) out += space + "\"n\\u002d" + std::to_string(i) + "\"" + space + ":";
            out += any_text(random, depth - 1);
        }
        return out + (object ? "}" : "]") + space;
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JsonReaderTest);

} // namespace
} // namespace infrastate
