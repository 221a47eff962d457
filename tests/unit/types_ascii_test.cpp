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
    CPPUNIT_TEST(a_percent_sign_wants_two_hexadecimal_digits);
    CPPUNIT_TEST(credentials_end_where_the_host_begins);
    CPPUNIT_TEST_SUITE_END();

    void only_ascii_letters_and_digits_count() {
        for (int code = std::numeric_limits<char>::min(); code <= std::numeric_limits<char>::max();
             ++code) {
            const char c = static_cast<char>(code);
            const bool digit = std::string("0123456789").find(c) != std::string::npos;
            const std::string alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
            CPPUNIT_ASSERT_EQUAL(digit, is_digit(c));
            CPPUNIT_ASSERT_EQUAL(alphabet.find(c) != std::string::npos, is_letter(c));
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

    void a_percent_sign_wants_two_hexadecimal_digits() {
        CPPUNIT_ASSERT_EQUAL('/', percent_decoded_byte("%2frest").value());
        CPPUNIT_ASSERT_EQUAL('/', percent_decoded_byte("%2F").value());
        CPPUNIT_ASSERT_EQUAL('\0', percent_decoded_byte("%00").value());
        for (const std::string_view bad : {"", "%", "%2", "%2g", "%g2", "2f%", "% 2"})
            CPPUNIT_ASSERT_MESSAGE(std::string(bad), !percent_decoded_byte(bad));
    }

    void credentials_end_where_the_host_begins() {
        struct Row {
            std::string_view url, user, password;
        };
        for (const Row& row : {Row{"http://u:p@h:1/x", "u", "p"}, Row{"u:p@h", "u", "p"},
                               Row{"http://h/x@y", "", ""}, Row{"http://h?a:b@c", "", ""},
                               Row{"http://h#a:b@c", "", ""}, Row{"http://u@h", "u", ""},
                               Row{"http://:p@h", "", "p"}, Row{"http://u:p:q@h", "u", "p:q"},
                               Row{"http://u:p@q@h", "u", "p@q"}, Row{"", "", ""}}) {
            const UrlCredentials found = url_credentials(row.url);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(row.url), row.user, found.user);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(row.url), row.password, found.password);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AsciiTest);

} // namespace
} // namespace infrastate
