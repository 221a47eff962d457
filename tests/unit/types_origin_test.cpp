// SPDX-License-Identifier: Apache-2.0
// Whether two spellings of a server's address mean one server or two. The connection reads them in
// the same way.
#include "support/check.h"

#include "infrastate/transport/http.h"
#include "infrastate/types/origin.h"

#include <string>

namespace infrastate {
namespace {

class TypesOriginTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(TypesOriginTest);
    CPPUNIT_TEST(spellings_of_one_address_are_the_same);
    CPPUNIT_TEST(other_addresses_are_others);
    CPPUNIT_TEST(what_is_no_address_has_no_spelling);
    CPPUNIT_TEST(a_connections_address_is_spelled_alike);
    CPPUNIT_TEST(a_host_that_is_none_is_told_how_to_write_it);
    CPPUNIT_TEST_SUITE_END();

public:
    void spellings_of_one_address_are_the_same() {
        const std::pair<const char*, const char*> same[] = {
            {"https://infra.test", "https://infra.test"},
            {"https://infra.test", "https://infra.test/"},
            {"https://infra.test", "https://infra.test:443"},
            {"https://infra.test", "https://infra.test:0443//"},
            {"https://infra.test", "HTTPS://Infra.TEST"},
            {"https://infra.test", "https://infra.test."},
            {"https://infra.test/a", "https://infra.test:443/a/"},
            {"https://127.0.0.1:8443", "https://127.0.0.1:8443/"},
            {"https://[::1]", "https://[0:0:0::1]:443"},
            {"https://[2001:db8::a]:1", "https://[2001:DB8:0::A]:1"},
            {"no address", "no address"},
            {"", ""},
        };
        for (const auto& [one, other] : same) {
            CPPUNIT_ASSERT_MESSAGE(other, same_origin(one, other) && same_origin(other, one));
            const auto spelled = canonical_origin(one);
            CPPUNIT_ASSERT_MESSAGE(one, !spelled || *spelled == one);
        }
    }

    void other_addresses_are_others() {
        const std::pair<const char*, const char*> others[] = {
            {"https://infra.test", "https://infra.test:8443"},
            {"https://infra.test", "https://infra.tes"},
            {"https://infra.test", "https://www.infra.test"},
            {"https://infra.test", "https://infra.test/a"},
            {"https://infra.test/a", "https://infra.test/A"},
            {"https://127.0.0.1:1", "https://127.0.0.1:2"},
            {"https://[::1]", "https://[::2]"},
            {"https://infra.test", ""},
            {"https://infra.test", "infra.test"},
            {"", "x"},
        };
        for (const auto& [one, other] : others)
            CPPUNIT_ASSERT_MESSAGE(other, !same_origin(one, other) && !same_origin(other, one));
    }

    void what_is_no_address_has_no_spelling() {
        for (const char* text :
             {"", "https://", "https:///a", "http://infra.test", "infra.test", "https://a b",
              "https://infra.test:", "https://infra.test:x", "https://infra.test?a",
              "https://infra.test#a", "https://user@infra.test", "https://[::1", "https://[x]",
              "https://::1", "https://.", "https://\xc3\xa4.test"})
            CPPUNIT_ASSERT_MESSAGE(text, !canonical_origin(text));
    }

    void a_host_that_is_none_is_told_how_to_write_it() {
        struct Row {
            const char* text;
            const char* words;
        };
        const char* form = "write it like infra.example.com or https://infra.example.com:8443";
        for (const Row& row : {Row{"https//h", form}, Row{"https:/h:443", form},
                               Row{"HTTPS//h", form}, Row{"https:", form}, Row{"ftp://h", form},
                               Row{"b\xC3\xBC"
                                   "cher.example",
                                   "write the host as xn--bcher-kva.example"},
                               Row{"infra.test\n", "a space or a control character"},
                               Row{"http://infra.test", "in the clear"}})
            test::must_contain(test::must_fail(transport::Endpoint::parse(row.text)).message,
                               row.words, row.text);
        for (const char* good : {"https.example.com", "https", "https:443", "HTTPS://h"})
            test::must(transport::Endpoint::parse(good));
    }

    void a_connections_address_is_spelled_alike() {
        for (const char* text :
             {"https://infra.test", "Infra.Test", "https://INFRA.test:443/", "infra.test:8443/a/b/",
              "https://127.0.0.1:00443", "[2001:DB8:0::A]:8443", "https://[::1]/x", "a-b_c.x."}) {
            const std::string url = test::must(transport::Endpoint::parse(text)).url();
            CPPUNIT_ASSERT_EQUAL_MESSAGE(text, url, canonical_origin(url).value_or("nothing"));
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TypesOriginTest);

} // namespace
} // namespace infrastate
