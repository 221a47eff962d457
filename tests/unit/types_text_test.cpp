// SPDX-License-Identifier: Apache-2.0
#include "support/check.h"

#include "infrastate/types/error.h"
#include "infrastate/types/text.h"

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace infrastate {
namespace {

class TextTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(TextTest);
    CPPUNIT_TEST(decodes_the_character_in_front);
    CPPUNIT_TEST(every_code_point_decodes_to_itself_and_surrogates_do_not);
    CPPUNIT_TEST(foreign_words_become_printable);
    CPPUNIT_TEST(words_are_joined_and_quoted);
    CPPUNIT_TEST(long_words_are_cut_between_characters);
    CPPUNIT_TEST(what_turns_or_hides_text_becomes_a_space);
    CPPUNIT_TEST(a_system_that_lacks_something_is_no_defect);
    CPPUNIT_TEST_SUITE_END();

public:
    void what_turns_or_hides_text_becomes_a_space() {
        for (const char* odd : {"\xE2\x80\xAE", "\xE2\x80\xAA", "\xE2\x81\xA6", "\xE2\x81\xA9",
                                "\xD8\x9C", "\xE2\x80\x8F", "\xE2\x80\x8B", "\xE2\x80\xA8",
                                "\xE2\x80\xA9", "\xC2\x85", "\xC2\x9B", "\xC2\xAD", "\xEF\xBB\xBF",
                                "\xEF\xBF\xB9", "\xF3\xA0\x81\x81", "\x7F", "\x1B", "\n"})
            CPPUNIT_ASSERT_EQUAL(std::string("a b"), printable("a" + std::string(odd) + "b"));
        CPPUNIT_ASSERT_EQUAL(std::string("ä\xF0\x9F\x94\x91"), printable("ä\xF0\x9F\x94\x91"));
    }

    void a_system_that_lacks_something_is_no_defect() {
        const std::system_error lack(EMFILE, std::generic_category(), "eventfd");
        const Error error = error_of(lack, "the run");
        CPPUNIT_ASSERT_EQUAL(Code::no_memory, error.code);
        CPPUNIT_ASSERT_EQUAL(std::string("no_resources"), error.detail);
        CPPUNIT_ASSERT(error.retryable);
        CPPUNIT_ASSERT_EQUAL(Code::internal, error_of(std::logic_error("x"), "the run").code);
        for (const auto& [value, word] :
             {std::pair(EMFILE, "ulimit -n"), std::pair(ENFILE, "fs.file-max"),
              std::pair(ENOMEM, "memory"), std::pair(ENOBUFS, "buffer")}) {
            CPPUNIT_ASSERT(is_lack(value));
            const Error one = lack_of(value, "for a socket");
            CPPUNIT_ASSERT_EQUAL(Code::no_memory, one.code);
            CPPUNIT_ASSERT_EQUAL(std::string("no_resources"), one.detail);
            CPPUNIT_ASSERT(one.retryable && one.effect == Effect::none);
            test::must_contain(one.message, "asked for a socket, but ");
            test::must_contain(one.message, word);
        }
        for (const int value : {0, EIO, ENOSPC, EDQUOT, ECONNREFUSED, EADDRNOTAVAIL, ENOENT})
            CPPUNIT_ASSERT(!is_lack(value));
    }

    void decodes_the_character_in_front() {
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, decode_utf8("").length);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, decode_utf8(std::string_view("\0x", 2)).length);
        CPPUNIT_ASSERT(decode_utf8("\xE2\x82\xACuro").value == 0x20AC);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, decode_utf8("\xE2\x82").length);
    }

    void every_code_point_decodes_to_itself_and_surrogates_do_not() {
        for (unsigned point = 0; point < 0x120000; ++point) {
            // Encoded by the plain rule, whether the result is valid or not.
            std::string text;
            if (point < 0x80) {
                text = {static_cast<char>(point)};
            } else if (point < 0x800) {
                text = {static_cast<char>(0xC0U | (point >> 6U)),
                        static_cast<char>(0x80U | (point & 0x3FU))};
            } else if (point < 0x10000) {
                text = {static_cast<char>(0xE0U | (point >> 12U)),
                        static_cast<char>(0x80U | ((point >> 6U) & 0x3FU)),
                        static_cast<char>(0x80U | (point & 0x3FU))};
            } else {
                text = {static_cast<char>(0xF0U | (point >> 18U)),
                        static_cast<char>(0x80U | ((point >> 12U) & 0x3FU)),
                        static_cast<char>(0x80U | ((point >> 6U) & 0x3FU)),
                        static_cast<char>(0x80U | (point & 0x3FU))};
            }
            const bool allowed = (point < 0xD800 || point > 0xDFFF) && point <= 0x10FFFF;
            const CodePoint decoded = decode_utf8(text);
            CPPUNIT_ASSERT_EQUAL(allowed ? text.size() : 0, decoded.length);
            if (!allowed) continue;
            CPPUNIT_ASSERT(decoded.value == point);
            std::string written;
            append_utf8(written, point);
            CPPUNIT_ASSERT_EQUAL(text, written);
        }
    }

    void foreign_words_become_printable() {
        struct Row {
            std::string_view text;
            const char* shown;
        };
        using namespace std::string_view_literals;
        for (const Row& row : {
                 Row{"", ""},
                 Row{"record not found", "record not found"},
                 Row{"'\xC3\xA4' at position 1", "'\xC3\xA4' at position 1"},
                 Row{"a\r\nb\tc", "a b c"},
                 Row{"a\0b"sv, "a b"},
                 Row{"\x1B[31mred\x7F", " [31mred "},
                 Row{"\xC2\x9B"
                     "31m",
                     " 31m"}, // the one-byte form of ESC [
                 Row{"a\xE2\x80\xAE"
                     "b\xE2\x80\xA8"
                     "c",
                     "a b c"},
                 Row{"\xFF\xC3", "??"},
             })
            CPPUNIT_ASSERT_EQUAL(std::string(row.shown), printable(row.text, 512));
    }

    void words_are_joined_and_quoted() {
        CPPUNIT_ASSERT_EQUAL(std::string("a, b"), joined(std::vector<std::string>{"a", "b"}));
        CPPUNIT_ASSERT_EQUAL(
            std::string("1|22"),
            joined(std::vector<int>{1, 22}, "|", [](int each) { return std::to_string(each); }));
        CPPUNIT_ASSERT_EQUAL(std::string(), joined(std::vector<std::string>{}));
        CPPUNIT_ASSERT_EQUAL(std::string("'a b'"), in_quotes("a\r\nb"));
        CPPUNIT_ASSERT_EQUAL(std::string("'abc...'"), in_quotes("abcdefg", 6));
    }

    void long_words_are_cut_between_characters() {
        CPPUNIT_ASSERT_EQUAL(std::string("abcdef"), printable("abcdef", 6));
        CPPUNIT_ASSERT_EQUAL(std::string("abc..."), printable("abcdefg", 6));
        CPPUNIT_ASSERT_EQUAL(std::string("ab..."), printable("ab\xE2\x82\xAC\xE2\x82\xAC", 6));
        CPPUNIT_ASSERT_EQUAL(std::string(""), printable("abc", 2));
        for (std::size_t most = 0; most < 40; ++most) {
            const std::string shown =
                printable("\xF0\x9F\x98\x80\xC3\xA4" + std::string(60, 'x'), most);
            CPPUNIT_ASSERT(shown.size() <= most);
            for (std::string_view rest = shown; !rest.empty();) {
                const std::size_t length = decode_utf8(rest).length;
                CPPUNIT_ASSERT(length > 0);
                rest.remove_prefix(length);
            }
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TextTest);

} // namespace
} // namespace infrastate
