// SPDX-License-Identifier: Apache-2.0
// Which values `host` may have.
#include "infrastate/transport/http.h"

#include <cppunit/extensions/HelperMacros.h>

#include <utility>

namespace infrastate::test {

using namespace transport;

class EndpointTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(EndpointTest);
    CPPUNIT_TEST(what_a_person_writes_is_brought_into_one_form);
    CPPUNIT_TEST(what_is_no_https_url_gets_a_reason);
    CPPUNIT_TEST(the_ascii_form_of_an_international_name_is_named);
    CPPUNIT_TEST_SUITE_END();

public:
    void what_a_person_writes_is_brought_into_one_form() {
        const std::pair<const char*, const char*> table[] = {
            {"infra.example.com", "https://infra.example.com"},
            {"https://infra.example.com", "https://infra.example.com"},
            {"HTTPS://Infra.Example.COM/", "https://infra.example.com"},
            {"https://infra.example.com.", "https://infra.example.com"},
            {"https://infra.example.com:443", "https://infra.example.com"},
            {"https://infra.example.com:8443", "https://infra.example.com:8443"},
            {"infra:8443", "https://infra:8443"},
            {"https://infra/a/b/", "https://infra/a/b"},
            {"https://infra/a%20b", "https://infra/a%20b"},
            {"https://192.0.2.3:8443", "https://192.0.2.3:8443"},
            {"[::1]", "https://[::1]"},
            {"https://[2001:DB8:0:0::1]:8443/x", "https://[2001:db8::1]:8443/x"},
            {"xn--bcher-kva.example", "https://xn--bcher-kva.example"},
            {"my_host", "https://my_host"},
        };
        for (const auto& [text, url] : table) {
            const auto endpoint = Endpoint::parse(text);
            CPPUNIT_ASSERT_MESSAGE(text, endpoint.ok());
            CPPUNIT_ASSERT_EQUAL(std::string(url), endpoint->url());
        }
        CPPUNIT_ASSERT(Endpoint::parse("[::1]")->is_ip_literal());
        CPPUNIT_ASSERT_EQUAL(std::string("::1"), Endpoint::parse("[::1]")->host());
        CPPUNIT_ASSERT(Endpoint::parse("192.0.2.3")->is_ip_literal());
        CPPUNIT_ASSERT(!Endpoint::parse("192.0.2.3.example")->is_ip_literal());
    }

    void what_is_no_https_url_gets_a_reason() {
        const std::pair<std::string, const char*> table[] = {
            {"", "is empty"},
            {"http://infra.example.com", "in the clear"},
            {"HTTP://infra.example.com", "in the clear"},
            {"ftp://infra.example.com", "https://"},
            {"https://", "host name"},
            {"https:///path", "host name"},
            {"https://infra.example.com?x=1", "query"},
            {"https://infra.example.com/#x", "fragment"},
            {"https://user:password@infra.example.com", "user name"},
            {"AAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBBBB", "form of an access key"},
            {"https://AAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBBBB/", "form of an access key"},
            {"https://infra.example.com\r\nX-Evil: 1", "control"},
            {std::string("https://infra\0.evil.test", 24), "control"},
            {"https://infra example.com", "space"},
            {"https://b\xc3\xbc"
             "cher.example",
             "ASCII"},
            {"https://infra.example.com:0", "1 to 65535"},
            {"https://infra.example.com:65536", "1 to 65535"},
            {"https://infra.example.com:+1", "1 to 65535"},
            {"https://infra.example.com:", "1 to 65535"},
            {"::1", "brackets"},
            {"https://[::1", "']'"},
            {"https://[::1]x", "']'"},
            {"https://[fe80::1%25eth0]", "IPv6"},
            {"https://[127.0.0.1]", "IPv6"},
            {"https://256.1.1.1", "IPv4"},
            {"https://127.1", "IPv4"},
            {"https://2130706433", "IPv4"},
            {"https://infra..example.com", "empty part"},
            {"https://.example.com", "empty part"},
            {"https://infra\\evil.test", "character"},
            {"https://" + std::string(64, 'a') + ".test", "63"},
            {"https://infra/../x", "'..'"},
            {"https://infra//x", "empty"},
            {"https://infra/<x>", "%XX"},
        };
        for (const auto& [text, reason] : table) {
            const auto endpoint = Endpoint::parse(text);
            CPPUNIT_ASSERT_MESSAGE(text, !endpoint);
            const Error& error = endpoint.error();
            CPPUNIT_ASSERT_MESSAGE(text, error.code == Code::argument);
            CPPUNIT_ASSERT_MESSAGE(text + ": " + error.message,
                                   error.message.find(reason) != std::string::npos);
            CPPUNIT_ASSERT_MESSAGE(error.message,
                                   error.message.find("password@") == std::string::npos);
        }
    }

    void the_ascii_form_of_an_international_name_is_named() {
        struct Row {
            std::string host, form; ///< form empty: it is asked for, and not told
        };
        const std::vector<Row> table{
            {"m\u00fcnchen.example", "xn--mnchen-3ya.example"},
            {"https://Stra\u00dfe.Example:8443/x", "xn--strae-oqa.example"},
            {"www.\u043f\u0440\u0438\u043c\u0435\u0440.example", "www.xn--e1afmkfd.example"},
            {"\u4f8b\u3048.example", "xn--r8jz45g.example"},
            {"\u03c0\u03b1\u03c1\u03ac\u03b4\u03b5\u03b9\u03b3\u03bc\u03b1.example",
             "xn--hxajbheg2az3al.example"},
            {"\uc2e4\ub840.example", "xn--9n2bp8q.example"},
            {"M\u00dcNCHEN.example", {}},         // a capital letter
            {"mu\u0308nchen.example", {}},        // composed of two characters
            {"\u05d0.example", {}},               // written from right to left
            {"m\xfcnchen.example", {}},           // Latin-1
            {"\u00fc..example", {}},              // an empty part
            {std::string(60, 'a') + "\u00fc", {}} // 63 characters at most
        };
        for (const Row& row : table) {
            const auto endpoint = Endpoint::parse(row.host);
            CPPUNIT_ASSERT_MESSAGE(row.host, !endpoint);
            const std::string& message = endpoint.error().message;
            const std::string wanted =
                row.form.empty() ? "which begins with xn--" : "write the host as " + row.form;
            CPPUNIT_ASSERT_MESSAGE(row.host + ": " + message, message.ends_with(wanted));
        }
    }
};

CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(EndpointTest, "endpoint");
CPPUNIT_REGISTRY_ADD_TO_DEFAULT("endpoint");

} // namespace infrastate::test
