// SPDX-License-Identifier: Apache-2.0
#include "support/check.h"

#include "infrastate/types/timestamp.h"

#include <limits>
#include <stdexcept>

namespace infrastate {
namespace {

using test::must;
using test::must_contain;
using test::must_fail;

constexpr std::int64_t first_second = -62'135'596'800;
constexpr std::int64_t last_second = 253'402'300'799;

class TimestampTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(TimestampTest);
    CPPUNIT_TEST(reads_rfc_3339);
    CPPUNIT_TEST(refuses_what_is_not_rfc_3339);
    CPPUNIT_TEST(writes_utc_and_a_fraction_only_where_there_is_one);
    CPPUNIT_TEST(reads_the_three_forms_of_an_http_date);
    CPPUNIT_TEST(refuses_what_is_no_http_date);
    CPPUNIT_TEST(every_day_of_the_calendar_reads_back);
    CPPUNIT_TEST(stays_within_the_years_1_to_9999);
    CPPUNIT_TEST(adds_spans_and_clamps);
    CPPUNIT_TEST(differences_round_towards_minus_infinity);
    CPPUNIT_TEST(an_error_shows_no_control_characters);
    CPPUNIT_TEST_SUITE_END();

public:
    void reads_rfc_3339() {
        struct Row {
            const char* text;
            std::int64_t seconds;
            std::int32_t nanoseconds;
        };
        for (const Row& row : {
                 Row{"1970-01-01T00:00:00Z", 0, 0},
                 Row{"1970-01-01t00:00:00z", 0, 0},
                 Row{"2027-11-23T07:56:35Z", 1'826'956'595, 0},
                 Row{"2027-11-23T07:56:35+00:00", 1'826'956'595, 0},
                 Row{"2027-11-23T07:56:35-00:00", 1'826'956'595, 0},
                 Row{"2027-11-23T09:26:35+01:30", 1'826'956'595, 0},
                 Row{"2027-11-22T23:56:35-08:00", 1'826'956'595, 0},
                 Row{"1969-12-31T23:59:59Z", -1, 0},
                 Row{"1969-12-31T23:59:59.25Z", -1, 250'000'000},
                 Row{"2000-02-29T00:00:00Z", 951'782'400, 0},
                 Row{"2024-02-29T12:00:00Z", 1'709'208'000, 0},
                 Row{"1970-01-01T00:00:00.5Z", 0, 500'000'000},
                 Row{"1970-01-01T00:00:00.123456789Z", 0, 123'456'789},
                 Row{"1970-01-01T00:00:00.1234567899999Z", 0, 123'456'789},
                 Row{"2016-12-31T23:59:60Z", 1'483'228'800, 0},
                 Row{"2016-12-31T23:59:60.5Z", 1'483'228'800, 500'000'000},
                 Row{"2017-01-01T05:29:60+05:30", 1'483'228'800, 0},
                 Row{"0001-01-01T00:00:00Z", first_second, 0},
                 Row{"9999-12-31T23:59:59.999999999Z", last_second, 999'999'999},
             }) {
            const Timestamp time = must(Timestamp::parse(row.text), row.text);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.text, row.seconds, time.unix_seconds());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.text, row.nanoseconds, time.nanosecond());
        }
    }

    void refuses_what_is_not_rfc_3339() {
        for (const std::string_view text : {
                 std::string_view(""),
                 std::string_view("now"),
                 std::string_view("2027-11-23"),
                 std::string_view("2027-11-23T07:56:35"),
                 std::string_view("2027-11-23T07:56Z"),
                 std::string_view("2027-11-23T07:56:35ZZ"),
                 std::string_view("2027-11-23T07:56:35Z "),
                 std::string_view(" 2027-11-23T07:56:35Z"),
                 std::string_view("2027-11-23T07:56:35Z\0", 21),
                 std::string_view("2027-11-23T07:56:35.Z"),
                 std::string_view("2027-11-23T07:56:35,5Z"),
                 std::string_view("2027-11-23T07:56:35+0100"),
                 std::string_view("2027-11-23T07:56:35+01"),
                 std::string_view("2027-11-23T07:56:35+24:00"),
                 std::string_view("2027-11-23T07:56:35+01:60"),
                 std::string_view("2027-11-23T24:00:00Z"),
                 std::string_view("2027-11-23T07:60:00Z"),
                 std::string_view("2027-11-23T07:56:61Z"),
                 std::string_view("2027-00-23T07:56:35Z"),
                 std::string_view("2027-13-23T07:56:35Z"),
                 std::string_view("2027-11-00T07:56:35Z"),
                 std::string_view("2027-11-31T07:56:35Z"),
                 std::string_view("2027-02-29T07:56:35Z"),
                 std::string_view("2100-02-29T07:56:35Z"),
                 std::string_view("0000-01-01T00:00:00Z"),
                 std::string_view("10000-01-01T00:00:00Z"),
                 std::string_view("-001-01-01T00:00:00Z"),
                 std::string_view("20271123T075635Z"),
                 std::string_view("1826956595"),
                 std::string_view("2027-1-23T07:56:35Z"),
                 // In range by their digits, out of range in UTC.
                 std::string_view("0001-01-01T00:00:00+00:01"),
                 std::string_view("9999-12-31T23:59:59-00:01"),
                 std::string_view("9999-12-31T23:59:60Z"),
             }) {
            const Error error = must_fail(Timestamp::parse(text), std::string(text));
            CPPUNIT_ASSERT_EQUAL(Code::argument, error.code);
            must_contain(error.message, "RFC 3339, like 2027-11-23T07:56:35Z");
        }
    }

    void writes_utc_and_a_fraction_only_where_there_is_one() {
        struct Row {
            const char* from;
            const char* to;
        };
        for (const Row& row : {
                 Row{"2027-11-23T07:56:35Z", "2027-11-23T07:56:35Z"},
                 Row{"2027-11-23t09:56:35+02:00", "2027-11-23T07:56:35Z"},
                 Row{"2027-11-23T07:56:35.000Z", "2027-11-23T07:56:35Z"},
                 Row{"2027-11-23T07:56:35.120Z", "2027-11-23T07:56:35.12Z"},
                 Row{"2027-11-23T07:56:35.000000001Z", "2027-11-23T07:56:35.000000001Z"},
                 Row{"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
                 Row{"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
                 Row{"1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"},
                 Row{"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
             })
            CPPUNIT_ASSERT_EQUAL(std::string(row.to), must(Timestamp::parse(row.from)).text());
    }

    void reads_the_three_forms_of_an_http_date() {
        for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                                 "Sun Nov  6 08:49:37 1994"})
            CPPUNIT_ASSERT_EQUAL(std::string("1994-11-06T08:49:37Z"),
                                 must(Timestamp::parse_http_date(text), text).text());
        CPPUNIT_ASSERT_EQUAL(std::string("1994-11-16T08:49:37Z"),
                             must(Timestamp::parse_http_date("Wed Nov 16 08:49:37 1994")).text());
        CPPUNIT_ASSERT_EQUAL(
            std::string("2026-11-23T01:56:35Z"),
            must(Timestamp::parse_http_date("Monday, 23-Nov-26 01:56:35 GMT")).text());
        CPPUNIT_ASSERT_EQUAL(
            std::string("2017-01-01T00:00:00Z"),
            must(Timestamp::parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT")).text());
    }

    void refuses_what_is_no_http_date() {
        for (const std::string_view text : {
                 std::string_view(""),
                 std::string_view("Sun"),
                 std::string_view("Sun, "),
                 std::string_view("Sun, 06 Nov 1994 08:49:37"),
                 std::string_view("Sun, 06 Nov 1994 08:49:37 UTC"),
                 std::string_view("Sun, 06 Nov 1994 08:49:37 GMT "),
                 std::string_view("Sun, 06 Nov 1994 25:49:37 GMT"),
                 std::string_view("Sun, 31 Nov 1994 08:49:37 GMT"),
                 std::string_view("Sun, 00 Nov 1994 08:49:37 GMT"),
                 std::string_view("Sun, 6 Nov 1994 08:49:37 GMT"),
                 std::string_view("Sun, 06 nov 1994 08:49:37 GMT"),
                 std::string_view("Sun, 06 Nov 94 08:49:37 GMT"),
                 std::string_view("Sunday, 06-Nov-1994 08:49:37 GMT"),
                 std::string_view("Sun Nov 6 08:49:37 1994"),
                 std::string_view("Sun Nov  6 08:49:37 1994 GMT"),
                 std::string_view("1994-11-06T08:49:37Z"),
                 std::string_view("120"),
                 std::string_view("Sat, 01 Jan 0000 00:00:00 GMT"),
                 std::string_view("Fri, 31 Dec 9999 23:59:60 GMT"),
             })
            must_contain(must_fail(Timestamp::parse_http_date(text), std::string(text)).message,
                         "not an HTTP date", std::string(text));
    }

    void every_day_of_the_calendar_reads_back() {
        // Counts the calendar by hand, so that the same error cannot be in code and test.
        constexpr int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        std::int64_t seconds = first_second;
        for (int year = 1; year <= 9999; ++year) {
            const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            for (int month = 1; month <= 12; ++month) {
                const int days = lengths[month - 1] + (month == 2 && leap ? 1 : 0);
                // The first and the last day of each month are enough: the days between follow by
                // addition.
                for (const int day : {1, days}) {
                    char text[] = "0000-00-00T00:00:00Z";
                    const auto put = [&](std::size_t at, int digits, int value) {
                        for (int i = digits - 1; i >= 0; --i, value /= 10)
                            text[at + static_cast<std::size_t>(i)] =
                                static_cast<char>('0' + value % 10);
                    };
                    put(0, 4, year);
                    put(5, 2, month);
                    put(8, 2, day);
                    const Timestamp time = must(Timestamp::parse(text), text);
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(text, seconds + (day - 1) * std::int64_t{86'400},
                                                 time.unix_seconds());
                    CPPUNIT_ASSERT_EQUAL(std::string(text), time.text());
                }
                seconds += days * std::int64_t{86'400};
            }
        }
        CPPUNIT_ASSERT_EQUAL(last_second + 1, seconds);
    }

    void stays_within_the_years_1_to_9999() {
        CPPUNIT_ASSERT_EQUAL(std::string("0001-01-01T00:00:00Z"),
                             Timestamp::from_unix(first_second).text());
        CPPUNIT_ASSERT_EQUAL(std::string("9999-12-31T23:59:59Z"),
                             Timestamp::from_unix(last_second).text());
        CPPUNIT_ASSERT_THROW(Timestamp::from_unix(first_second - 1), std::out_of_range);
        CPPUNIT_ASSERT_THROW(Timestamp::from_unix(last_second + 1), std::out_of_range);
        CPPUNIT_ASSERT_THROW(Timestamp::from_unix(0, -1), std::out_of_range);
        CPPUNIT_ASSERT_THROW(Timestamp::from_unix(0, 1'000'000'000), std::out_of_range);
    }

    void adds_spans_and_clamps() {
        const Timestamp start = Timestamp::from_unix(0, 600'000'000);
        const Timestamp later = start.plus(must(Duration::parse("1.5s")));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, later.unix_seconds());
        CPPUNIT_ASSERT_EQUAL(std::int32_t{100'000'000}, later.nanosecond());
        CPPUNIT_ASSERT_EQUAL(std::string("1969-12-31T23:59:00.6Z"), start.plus_seconds(-60).text());
        constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
        CPPUNIT_ASSERT_EQUAL(last_second, start.plus_seconds(most).unix_seconds());
        CPPUNIT_ASSERT_EQUAL(last_second,
                             Timestamp::from_unix(last_second).plus_seconds(1).unix_seconds());
        CPPUNIT_ASSERT_EQUAL(first_second, start.plus_seconds(-most - 1).unix_seconds());
        CPPUNIT_ASSERT_EQUAL(first_second,
                             Timestamp::from_unix(-1).plus_seconds(-most - 1).unix_seconds());
    }

    void differences_round_towards_minus_infinity() {
        const Timestamp a = Timestamp::from_unix(10, 500'000'000);
        const Timestamp b = Timestamp::from_unix(12, 400'000'000);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, b.seconds_since(a));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-2}, a.seconds_since(b));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, a.seconds_since(a));
        CPPUNIT_ASSERT_EQUAL(
            last_second - first_second,
            Timestamp::from_unix(last_second).seconds_since(Timestamp::from_unix(first_second)));
        CPPUNIT_ASSERT(a < b);
    }

    void an_error_shows_no_control_characters() {
        const std::string message =
            must_fail(Timestamp::parse("\x1B[2J\r\n" + std::string(5'000, 'x'))).message;
        CPPUNIT_ASSERT(message.size() < 300);
        for (char c : message)
            CPPUNIT_ASSERT(static_cast<unsigned char>(c) >= 0x20);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TimestampTest);

} // namespace
} // namespace infrastate
