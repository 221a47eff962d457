// SPDX-License-Identifier: Apache-2.0
#include "infrastate/types/ascii.h"

#include <cppunit/extensions/HelperMacros.h>

#include <limits>
#include <string>

namespace infrastate {
namespace {

class AsciiTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(AsciiTest);
    CPPUNIT_TEST(only_ascii_letters_and_digits_count);
    CPPUNIT_TEST(case_is_ignored_for_letters_alone);
    CPPUNIT_TEST(blanks_go_at_both_ends_and_stay_inside);
    CPPUNIT_TEST(bytes_become_hexadecimal_digits);
    CPPUNIT_TEST(base32_is_that_of_the_rfc_in_lower_case);
    CPPUNIT_TEST(base64_is_that_of_the_rfc);
    CPPUNIT_TEST(numbers_are_written_as_python_writes_them);
    CPPUNIT_TEST(what_is_percent_encoded_reads_the_same);
    CPPUNIT_TEST(a_percent_sign_wants_two_hexadecimal_digits);
    CPPUNIT_TEST(a_url_falls_into_its_parts);
    CPPUNIT_TEST(a_sign_that_ends_no_authority_may_stand_in_a_password);
    CPPUNIT_TEST_SUITE_END();

    void only_ascii_letters_and_digits_count() {
        for (int code = std::numeric_limits<char>::min(); code <= std::numeric_limits<char>::max();
             ++code) {
            const char c = static_cast<char>(code);
            const bool digit = std::string("0123456789").find(c) != std::string::npos;
            const std::string alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
            CPPUNIT_ASSERT_EQUAL(digit, is_digit(c));
            const bool letter = alphabet.find(c) != std::string::npos;
            CPPUNIT_ASSERT_EQUAL(letter, is_letter(c));
            CPPUNIT_ASSERT_EQUAL(alphabet.find(c) < 26, is_lower(c));
            CPPUNIT_ASSERT_EQUAL(letter || digit, is_letter_or_digit(c));
            CPPUNIT_ASSERT_EQUAL(digit && c != '8' && c != '9', is_octal_digit(c));
        }
    }

    void case_is_ignored_for_letters_alone() {
        CPPUNIT_ASSERT(equal_without_case("Content-Length", "cONTENT-lENGTH"));
        CPPUNIT_ASSERT(!equal_without_case("a", "ab"));
        CPPUNIT_ASSERT(!equal_without_case("[", "{")); // 0x20 apart, like letters of two cases
        CPPUNIT_ASSERT(!equal_without_case("\xC4", "\xE4"));
        CPPUNIT_ASSERT_EQUAL(std::string("a[\xC4z"), lower("A[\xC4Z"));
    }

    void blanks_go_at_both_ends_and_stay_inside() {
        CPPUNIT_ASSERT_EQUAL(std::string_view("a \t b"), trimmed(" \t\r\n\v\fa \t b\n"));
        CPPUNIT_ASSERT_EQUAL(std::string_view(), trimmed(" \n "));
        CPPUNIT_ASSERT_EQUAL(std::string_view(), trimmed(""));
        CPPUNIT_ASSERT_EQUAL(std::string_view("\xC2\xA0"), trimmed("\xC2\xA0")); // not ASCII
    }

    void bytes_become_hexadecimal_digits() {
        using namespace std::string_view_literals;
        CPPUNIT_ASSERT_EQUAL(std::string("00ff7f80"), hex_text("\x00\xFF\x7F\x80"sv));
        CPPUNIT_ASSERT_EQUAL(std::string(), hex_text(""));
        CPPUNIT_ASSERT(is_hex("00ff", 4));
        for (const std::string_view bad : {"00f", "00FF", "00fg", "00ff0", "0 ff"})
            CPPUNIT_ASSERT_MESSAGE(std::string(bad), !is_hex(bad, 4));
    }

    void base32_is_that_of_the_rfc_in_lower_case() {
        // RFC 4648, section 10; without padding.
        CPPUNIT_ASSERT_EQUAL(std::string("mzxw6ytb"), base32_text("fooba"));
        CPPUNIT_ASSERT_EQUAL(std::string("mzxw6ytbmzxw6ytb"), base32_text("foobafooba"));
    }

    /// RFC 4648, 10.
    void base64_is_that_of_the_rfc() {
        for (const auto& [bytes, text] :
             {std::pair("", ""), std::pair("f", "Zg=="), std::pair("fo", "Zm8="),
              std::pair("foo", "Zm9v"), std::pair("foob", "Zm9vYg=="),
              std::pair("fooba", "Zm9vYmE="), std::pair("foobar", "Zm9vYmFy"),
              std::pair("\xFB\xEF\xFF", "++//")})
            CPPUNIT_ASSERT_EQUAL(std::string(text), base64_text(bytes));
    }

    void numbers_are_written_as_python_writes_them() {
        struct Row {
            double number;
            const char* text;
        };
        for (const Row& row :
             {Row{3.7, "3.7"}, Row{2, "2.0"}, Row{0, "0.0"}, Row{-0.0, "-0.0"}, Row{-1.5, "-1.5"},
              Row{1e-4, "0.0001"}, Row{9e-5, "9e-05"}, Row{1e16, "1e+16"},
              Row{0.1 + 0.2, "0.30000000000000004"}, Row{9999999999999998, "9999999999999998.0"},
              Row{1.5e300, "1.5e+300"}})
            CPPUNIT_ASSERT_EQUAL(std::string(row.text), number_text(row.number));
    }

    void what_is_percent_encoded_reads_the_same() {
        CPPUNIT_ASSERT_EQUAL(std::string("aZ09-._~"), percent_encoded("aZ09-._~"));
        CPPUNIT_ASSERT_EQUAL(std::string("%2F%26%20%C3%A4"), percent_encoded("/& \xC3\xA4"));
        for (int code = 0; code < 256; ++code) {
            const char c = static_cast<char>(code);
            const std::string text = percent_encoded({&c, 1});
            CPPUNIT_ASSERT_EQUAL(c, percent_decoded_byte(text).value_or(text.front()));
        }
    }

    void a_percent_sign_wants_two_hexadecimal_digits() {
        CPPUNIT_ASSERT_EQUAL('/', percent_decoded_byte("%2frest").value());
        CPPUNIT_ASSERT_EQUAL('/', percent_decoded_byte("%2F").value());
        CPPUNIT_ASSERT_EQUAL('\0', percent_decoded_byte("%00").value());
        for (const std::string_view bad : {"", "%", "%2", "%2g", "%g2", "2f%", "% 2"})
            CPPUNIT_ASSERT_MESSAGE(std::string(bad), !percent_decoded_byte(bad));
    }

    void a_url_falls_into_its_parts() {
        struct Row {
            std::string_view url;
            std::optional<std::string_view> scheme, userinfo;
            std::string_view password, host, rest;
        };
        const std::optional<std::string_view> none;
        for (const Row& row :
             {Row{"http://u:p@h:1/x", "http", "u:p", "p", "h:1", "/x"},
              Row{"u:p@h", none, "u:p", "p", "h", ""},
              Row{"http://h/x@y", "http", none, "", "h", "/x@y"},
              Row{"http://h?a:b@c", "http", none, "", "h", "?a:b@c"},
              Row{"http://h#a:b@c", "http", none, "", "h", "#a:b@c"},
              Row{"http://u@h", "http", "u", "", "h", ""},
              Row{"http://:p@h", "http", ":p", "p", "h", ""},
              Row{"http://@h", "http", "", "", "h", ""},
              Row{"http://u:p:q@h", "http", "u:p:q", "p:q", "h", ""},
              Row{"http://u:p@q@h", "http", "u:p@q", "p@q", "h", ""},
              Row{"://h", "", none, "", "h", ""}, Row{"", none, none, "", "", ""}}) {
            const UrlParts found = split_url(row.url);
            const std::string about(row.url);
            CPPUNIT_ASSERT_MESSAGE(about, row.scheme == found.scheme);
            CPPUNIT_ASSERT_MESSAGE(about, row.userinfo == found.userinfo);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(about, row.password, found.password);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(about, row.host, found.host);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(about, row.rest, found.rest);
        }
    }

    void a_sign_that_ends_no_authority_may_stand_in_a_password() {
        CPPUNIT_ASSERT_EQUAL(std::string_view("p?#"), split_url("http://u:p?#@h/x", "/").password);
        CPPUNIT_ASSERT_EQUAL(std::string_view("h"), split_url("http://u:p?#@h/x", "/").host);
        CPPUNIT_ASSERT_EQUAL(std::string_view("p/?#"), split_url("http://u:p/?#@h/x", "").password);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AsciiTest);

} // namespace
} // namespace infrastate
