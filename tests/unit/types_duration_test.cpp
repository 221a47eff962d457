// SPDX-License-Identifier: Apache-2.0
#include "support/check.h"

#include "infrastate/types/duration.h"

#include <cstdint>
#include <limits>
#include <stdexcept>

namespace infrastate {
namespace {

using test::must;
using test::must_contain;
using test::must_fail;

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

class DurationTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DurationTest);
    CPPUNIT_TEST(reads_what_go_reads);
    CPPUNIT_TEST(refuses_what_go_refuses_and_what_is_not_above_zero);
    CPPUNIT_TEST(the_reason_of_a_refusal_is_named);
    CPPUNIT_TEST(an_error_shows_no_control_characters_and_not_the_whole_of_a_long_text);
    CPPUNIT_TEST(writes_the_canonical_spelling_of_go);
    CPPUNIT_TEST(canonical_text_reads_back_as_the_same_span);
    CPPUNIT_TEST(seconds_round_down);
    CPPUNIT_TEST(constants_outside_the_range_throw);
    CPPUNIT_TEST(compares_by_length);
    CPPUNIT_TEST(span_text_writes_zero_and_negative_spans);
    CPPUNIT_TEST_SUITE_END();

public:
    void reads_what_go_reads() {
        struct Row {
            const char* text;
            std::int64_t nanoseconds;
        };
        for (const Row& row : {
                 Row{"1ns", 1},
                 Row{"1us", 1'000},
                 Row{"1\xC2\xB5s", 1'000},
                 Row{"1\xCE\xBCs", 1'000},
                 Row{"1ms", 1'000'000},
                 Row{"1s", second},
                 Row{"1m", minute},
                 Row{"1h", hour},
                 Row{"8766h0m0s", 8766 * hour},
                 Row{"72h0m0s", 72 * hour},
                 Row{"1h30m", 90 * minute},
                 Row{"90m", 90 * minute},
                 Row{"1.5h", 90 * minute},
                 Row{"+45s", 45 * second},
                 Row{".5s", second / 2},
                 Row{"1.s", second},
                 Row{"00001h", hour},
                 Row{"1m1m", 2 * minute},
                 Row{"1s1h", hour + second},
                 Row{"0h1s", second},
                 Row{"3h0.5s", 3 * hour + second / 2},
                 Row{"39h9m14.425s", 39 * hour + 9 * minute + 14'425'000'000},
                 Row{"1h2m3s4ms5us6ns", hour + 2 * minute + 3 * second + 4'000'000 + 5'000 + 6},
                 Row{"0.3333333333333333333h", 20 * minute},
                 Row{"0.830103483285477580700h", 2'988'372'539'827},
                 Row{"9007199254.740993s", 9'007'199'254'740'993'000},
                 Row{"0.100000000000000000000h", 6 * minute},
                 Row{"1.9ns", 1},
                 // One nanosecond off if more or fewer digits are kept than Go keeps.
                 Row{"0.99993999999999997281999m", 59'996'399'999},
                 Row{"26.9999197999999999679909m", 1'619'995'187'999},
                 Row{"20.59995497093999999648599h", 74'159'837'895'383},
                 Row{"2562047h47m16.854775807s", most},
                 Row{"9223372036854775807ns", most},
                 Row{"9223372036854775.807us", most},
                 Row{"2562047h47m16s", 2562047 * hour + 47 * minute + 16 * second},
             })
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.text, row.nanoseconds,
                                         must(Duration::parse(row.text), row.text).nanoseconds());
    }

    void refuses_what_go_refuses_and_what_is_not_above_zero() {
        for (const std::string_view text : {
                 std::string_view(""),
                 std::string_view("1"),
                 std::string_view("h"),
                 std::string_view("."),
                 std::string_view(".s"),
                 std::string_view("+.s"),
                 std::string_view("+"),
                 std::string_view("-"),
                 std::string_view("1d"),
                 std::string_view("1d2x"),
                 std::string_view("1w"),
                 std::string_view("1e3h"),
                 std::string_view("1 h"),
                 std::string_view(" 1h"),
                 std::string_view("1h "),
                 std::string_view("1h 30m"),
                 std::string_view("1H"),
                 std::string_view("1,5h"),
                 std::string_view("1h30"),
                 std::string_view("1.2.3h"),
                 std::string_view("++1h"),
                 std::string_view("+-1h"),
                 std::string_view("1h-30m"),
                 std::string_view("1h+1m"),
                 std::string_view("0x1h"),
                 std::string_view("1mm"),
                 std::string_view("1msms"),
                 std::string_view("1hh"),
                 std::string_view("one hour"),
                 std::string_view("inf"),
                 std::string_view("nan"),
                 std::string_view("1h\n"),
                 std::string_view("1h\0", 3),
                 std::string_view("\0", 1),
                 std::string_view("1\xC2s"),
                 std::string_view("1\xB5s"),
                 std::string_view("\xEF\xBC\x91h"),
                 // no length of time above zero
                 std::string_view("0"),
                 std::string_view("+0"),
                 std::string_view("-0"),
                 std::string_view("0s"),
                 std::string_view("0h0m0s"),
                 std::string_view("0.0s"),
                 std::string_view("0.9ns"),
                 std::string_view("-1h"),
                 std::string_view("-1ns"),
                 // more than an int64 of nanoseconds
                 std::string_view("2628000h"),
                 std::string_view("9223372036854775808ns"),
                 std::string_view("9223372036854775.808us"),
                 std::string_view("2562047h47m16.854775808s"),
                 std::string_view("2562048h"),
                 std::string_view("99999999999999999999h"),
                 std::string_view("3000000h"),
                 std::string_view("9223372036854775807h"),
                 std::string_view("9223372036854775807ns1ns"),
                 std::string_view("184467440737095516161ns"),
             }) {
            const Error error = must_fail(Duration::parse(text), std::string(text));
            CPPUNIT_ASSERT_EQUAL(Code::argument, error.code);
            CPPUNIT_ASSERT(error.effect == Effect::none);
        }
    }

    void the_reason_of_a_refusal_is_named() {
        struct Row {
            const char* text;
            const char* reason;
        };
        for (const Row& row : {
                 Row{"1d2x", "is not a duration: write it like 8766h"},
                 Row{"1e3h", "is not a duration"},
                 Row{"30d", "; a day is 24h, so write 720h"},
                 Row{"1day", "; a day is 24h, so write 24h"},
                 Row{"2w", "; a day is 24h, so write 336h"},
                 Row{"", "'' is not a duration"},
                 Row{"-1h", "negative"},
                 Row{"0s", "is zero"},
                 Row{"0", "is zero"},
                 Row{"2628000h", "too long; at most 2562047h47m16s (about 292 years)"},
                 Row{"9223372036854775808ns", "too long"},
             })
            must_contain(must_fail(Duration::parse(row.text), row.text).message, row.reason,
                         row.text);
    }

    void an_error_shows_no_control_characters_and_not_the_whole_of_a_long_text() {
        const std::string message =
            must_fail(Duration::parse("1\n\x1B[31m\x7F" + std::string(5'000, 'x'))).message;
        CPPUNIT_ASSERT(message.size() < 300);
        for (char c : message)
            CPPUNIT_ASSERT(static_cast<unsigned char>(c) >= 0x20 && c != '\x7F');
    }

    void writes_the_canonical_spelling_of_go() {
        struct Row {
            std::int64_t nanoseconds;
            const char* text;
        };
        for (const Row& row : {
                 Row{1, "1ns"},
                 Row{999, "999ns"},
                 Row{1'000, "1\xC2\xB5s"},
                 Row{1'100, "1.1\xC2\xB5s"},
                 Row{999'999, "999.999\xC2\xB5s"},
                 Row{1'000'000, "1ms"},
                 Row{500'000'000, "500ms"},
                 Row{2'200'000, "2.2ms"},
                 Row{second, "1s"},
                 Row{3'300'000'000, "3.3s"},
                 Row{second + 1, "1.000000001s"},
                 Row{minute, "1m0s"},
                 Row{90 * second, "1m30s"},
                 Row{4 * minute + 5 * second + 1'000'000, "4m5.001s"},
                 Row{hour, "1h0m0s"},
                 Row{hour + second, "1h0m1s"},
                 Row{8766 * hour, "8766h0m0s"},
                 Row{72 * hour, "72h0m0s"},
                 Row{most, "2562047h47m16.854775807s"},
             })
            CPPUNIT_ASSERT_EQUAL(std::string(row.text),
                                 Duration::from_nanoseconds(row.nanoseconds).text());
    }

    void canonical_text_reads_back_as_the_same_span() {
        const auto check = [](std::int64_t nanoseconds) {
            const Duration span = Duration::from_nanoseconds(nanoseconds);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(span.text(), nanoseconds,
                                         must(Duration::parse(span.text())).nanoseconds());
        };
        for (std::int64_t base = 1; base < most / 7; base = base * 7 + 3)
            for (std::int64_t near : {base - 1, base, base + 1})
                if (near > 0) check(near);
        for (std::int64_t power = 1; power <= most / 10; power *= 10)
            for (std::int64_t near : {power, power + 1, power * 9, power * 10 - 1})
                check(near);
        check(most);
        check(most - 1);
    }

    void seconds_round_down() {
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, Duration::from_nanoseconds(second - 1).seconds());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, Duration::from_nanoseconds(2 * second - 1).seconds());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, Duration::from_seconds(7).seconds());
    }

    void constants_outside_the_range_throw() {
        CPPUNIT_ASSERT_THROW(Duration::from_nanoseconds(0), std::invalid_argument);
        CPPUNIT_ASSERT_THROW(Duration::from_nanoseconds(-1), std::invalid_argument);
        CPPUNIT_ASSERT_THROW(Duration::from_seconds(0), std::invalid_argument);
        CPPUNIT_ASSERT_THROW(Duration::from_seconds(most), std::invalid_argument);
        CPPUNIT_ASSERT_THROW(Duration::from_seconds(300LL * 365 * 86'400), std::invalid_argument);
    }

    void compares_by_length() {
        CPPUNIT_ASSERT(must(Duration::parse("60m")) == must(Duration::parse("1h")));
        CPPUNIT_ASSERT(must(Duration::parse("59m")) < must(Duration::parse("1h")));
    }

    void span_text_writes_zero_and_negative_spans() {
        struct Row {
            std::int64_t seconds;
            const char* text;
        };
        for (const Row& row : {
                 Row{0, "0s"},
                 Row{1, "1s"},
                 Row{-60, "-1m0s"},
                 Row{3'600, "1h0m0s"},
                 Row{-3'661, "-1h1m1s"},
                 Row{most, "2562047788015215h30m7s"},
                 Row{std::numeric_limits<std::int64_t>::min(), "-2562047788015215h30m8s"},
             })
            CPPUNIT_ASSERT_EQUAL(std::string(row.text), span_text(row.seconds));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DurationTest);

} // namespace
} // namespace infrastate
