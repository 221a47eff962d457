// SPDX-License-Identifier: Apache-2.0
#include "support/check.h"

#include "infrastate/types/error.h"
#include "infrastate/types/names.h"
#include "infrastate/types/server.h"

#include <set>

namespace infrastate {
namespace {

using test::must;
using test::must_contain;
using test::must_fail;

class NamesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(NamesTest);
    CPPUNIT_TEST(key_names_have_2_to_240_of_the_allowed_characters);
    CPPUNIT_TEST(bad_key_names_are_refused_with_what_is_wrong);
    CPPUNIT_TEST(a_key_name_does_not_end_like_a_rotation);
    CPPUNIT_TEST(server_ids_are_letters_and_digits);
    CPPUNIT_TEST(family_holds_the_exact_name_and_its_rotations_only);
    CPPUNIT_TEST(rotation_names_lead_back_to_their_place);
    CPPUNIT_TEST(the_longest_name_leaves_room_for_a_rotation);
    CPPUNIT_TEST(server_versions_are_read_and_ordered);
    CPPUNIT_TEST(each_code_has_its_own_upper_case_name);
    CPPUNIT_TEST_SUITE_END();

public:
    void key_names_have_2_to_240_of_the_allowed_characters() {
        for (const std::string& text :
             {std::string("ab"), std::string("--"), std::string(".."), std::string("A.b_c-9"),
              std::string("infra-connector"), std::string(240, 'x'), std::string("a.rot-1"),
              std::string("x.rot-1-0123abc"), std::string("x.rot-0-0123abcd"),
              std::string("x.rot-01-0123abcd"), std::string("x.rot-1-0123ABCD"),
              std::string("x.rot--0123abcd"), std::string("xrot-1-0123abcd"),
              std::string("x.rot-1-0123abcd.")})
            CPPUNIT_ASSERT_EQUAL(text, must(KeyName::parse(text), text).text());
    }

    void bad_key_names_are_refused_with_what_is_wrong() {
        struct Row {
            std::string text;
            const char* reason;
        };
        for (const Row& row : {
                 Row{"", "2 to 240 characters, not 0"},
                 Row{"a", "2 to 240 characters, not 1"},
                 Row{std::string(241, 'x'), "not 241"},
                 Row{std::string(257, 'x'), "not 257"},
                 Row{"has space", "position 4"},
                 Row{"a/b", "position 2"},
                 Row{"n\xC3\xA4me", "position 2"},
                 Row{std::string("ab\0", 3), "position 3"},
                 Row{"ab\n", "position 3"},
                 Row{"user@example.com", "position 5"},
             }) {
            const Error error = must_fail(KeyName::parse(row.text), row.text);
            CPPUNIT_ASSERT_EQUAL(Code::argument, error.code);
            must_contain(error.message, row.reason);
        }
    }

    void a_key_name_does_not_end_like_a_rotation() {
        for (const char* text : {"x.rot-1-0123abcd", "x.rot-999999999-ffffffff", ".rot-1-00000000",
                                 "x.rot-1-0123abcd.rot-2-0123abcd"})
            must_contain(must_fail(KeyName::parse(text), text).message, "rotated keys", text);
    }

    void server_ids_are_letters_and_digits() {
        for (const std::string& text :
             {std::string("2vc1Eb8jQ27"), std::string("1"), std::string(64, 'Z')})
            CPPUNIT_ASSERT_EQUAL(text, must(ServerId::parse(text)).text());
        for (const std::string& text :
             {std::string(""), std::string(65, 'Z'), std::string("!!"), std::string("a b"),
              std::string("a/b"), std::string("a?b"), std::string("..%2f"), std::string("a\n"),
              std::string("\xC3\xA4"), std::string("a\0b", 3)})
            must_contain(must_fail(ServerId::parse(text), text).message, "identifier");
    }

    void family_holds_the_exact_name_and_its_rotations_only() {
        const KeyName name = must(KeyName::parse("web.1"));
        struct Row {
            const char* row_name;
            std::int64_t rotation; // -1: no member
        };
        for (const Row& row : {
                 Row{"web.1", 0},
                 Row{"web.1.rot-1-00000000", 1},
                 Row{"web.1.rot-12-deadbeef", 12},
                 Row{"web.1.rot-999999999-deadbeef", 999'999'999},
                 Row{"web.1.rot-1000000000-deadbeef", 1'000'000'000},
                 Row{"web.1.rot-4294967295-deadbeef", 4'294'967'295},
                 Row{"web.1.rot-4294967296-deadbeef", 4'294'967'295},
                 Row{"web.1.rot-99999999999999999999999999999999-deadbeef", 4'294'967'295},
                 Row{"web.1.rot-0-deadbeef", -1},
                 Row{"web.1.rot-07-deadbeef", -1},
                 Row{"web.1.rot-1-DEADBEEF", -1},
                 Row{"web.1.rot-1-deadbee", -1},
                 Row{"web.1.rot-1-deadbeef0", -1},
                 Row{"web.1.rot-1-deadbeef.rot-2-deadbeef", -1},
                 Row{"web.1.rot--deadbeef", -1},
                 Row{"web.1x.rot-1-deadbeef", -1},
                 Row{"xweb.1.rot-1-deadbeef", -1},
                 Row{"web.1.rot-1-deadbeef ", -1},
                 Row{"web", -1},
                 Row{"WEB.1", -1},
                 Row{"", -1},
             }) {
            const auto place = family_place(name, row.row_name);
            const std::int64_t rotation = place ? std::int64_t{place->rotation} : -1;
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.row_name, std::int64_t{row.rotation}, rotation);
        }
    }

    void rotation_names_lead_back_to_their_place() {
        const KeyName name = must(KeyName::parse("ab"));
        CPPUNIT_ASSERT_EQUAL(std::string("ab.rot-3-0000002a"), rotation_name(name, 3, 42));
        for (const std::uint32_t rotation : {1U, 9U, 10U, 999'999'999U})
            for (const std::uint32_t random : {0U, 1U, 0xFFFFFFFFU}) {
                const auto place = family_place(name, rotation_name(name, rotation, random));
                CPPUNIT_ASSERT(place.has_value());
                CPPUNIT_ASSERT_EQUAL(rotation, place->rotation);
            }
    }

    void the_longest_name_leaves_room_for_a_rotation() {
        constexpr std::size_t server_maximum = 256;
        const KeyName longest = must(KeyName::parse(std::string(KeyName::max_length, 'x')));
        CPPUNIT_ASSERT(longest.text().size() <= server_maximum);
        const KeyName rotated =
            must(KeyName::parse(std::string(KeyName::max_length_to_rotate, 'x')));
        CPPUNIT_ASSERT_EQUAL(server_maximum,
                             rotation_name(rotated, max_rotation, 0xFFFFFFFF).size());
    }

    void server_versions_are_read_and_ordered() {
        struct Row {
            const char* text;
            const char* canonical; // nullptr: refused
        };
        for (const Row& row : {
                 Row{"0.21.0", "0.21.0"},
                 Row{"v0.21.0", "0.21.0"},
                 Row{"0.20.1-rc.1", "0.20.1"},
                 Row{"0.20.1+build-7", "0.20.1"},
                 Row{"99.99.99999", "99.99.99999"},
                 Row{"", nullptr},
                 Row{"v", nullptr},
                 Row{"0.21", nullptr},
                 Row{"0.21.", nullptr},
                 Row{"0.21.0.1", nullptr},
                 Row{"0..21", nullptr},
                 Row{"0.-21.0", nullptr},
                 Row{" 0.21.0", nullptr},
                 Row{"0.21.0 ", nullptr},
                 Row{"0.21.x", nullptr},
                 Row{"V0.21.0", nullptr},
                 Row{"0.21.99999999999", nullptr},
                 Row{"latest", nullptr},
             }) {
            auto version = ServerVersion::parse(row.text);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.text, row.canonical != nullptr, version.ok());
            if (version) CPPUNIT_ASSERT_EQUAL(std::string(row.canonical), version->text());
        }
        const auto version = [](const char* text) { return must(ServerVersion::parse(text)); };
        CPPUNIT_ASSERT(version("0.9.0") < version("0.20.0"));
        CPPUNIT_ASSERT(version("0.20.0") < version("0.20.1"));
        CPPUNIT_ASSERT(version("0.99.99") < version("1.0.0"));
        CPPUNIT_ASSERT(version("0.20.0-rc1") == version("0.20.0"));
    }

    void each_code_has_its_own_upper_case_name() {
        std::set<std::string_view> names;
        for (int number = 0; number <= 17; ++number) {
            const std::string_view name = code_name(static_cast<Code>(number));
            CPPUNIT_ASSERT_MESSAGE(std::string(name), names.insert(name).second);
            for (char c : name)
                CPPUNIT_ASSERT((c >= 'A' && c <= 'Z') || c == '_');
        }
        CPPUNIT_ASSERT(code_name(Code::ok) == "OK");
        CPPUNIT_ASSERT(code_name(Code::not_found) == "NOT_FOUND");
        CPPUNIT_ASSERT(code_name(Code::unsupported) == "UNSUPPORTED");
        CPPUNIT_ASSERT(code_name(static_cast<Code>(18)) == "INTERNAL");
        CPPUNIT_ASSERT(code_name(static_cast<Code>(-1)) == "INTERNAL");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(NamesTest);

} // namespace
} // namespace infrastate
