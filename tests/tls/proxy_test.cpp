// SPDX-License-Identifier: Apache-2.0
// Proxies: which hosts use one, what a proxy can see, and what its answers mean.
#include "hostile_proxy.h"
#include "no_proxy.h"
#include "proxy.h"
#include "tls_fixture.h"

#include "infrastate/types/text.h"

#include <cppunit/extensions/HelperMacros.h>

namespace infrastate::test {
namespace {

using namespace transport;

ProxySettings through(const std::string& url, const std::string& no_proxy = {}) {
    ProxySettings settings;
    settings.url = Secret(url);
    settings.no_proxy = no_proxy;
    return settings;
}

std::string with_credentials(const std::string& url, const std::string& credentials) {
    return "http://" + credentials + "@" + url.substr(7);
}

struct Bypass {
    const char* no_proxy;
    const char* host;
    bool expected;
};

// As golang.org/x/net/http/httpproxy says, except for incomplete addresses.
constexpr Bypass bypasses[] = {
    {"", "infra.example.com", false},
    {"*", "infra.example.com", true},
    {" * ", "infra.example.com", true},
    {"*,other.test", "infra.example.com", true},
    {"example.com", "infra.example.com", true},
    {".example.com", "infra.example.com", true},
    {".example.com", "example.com", false},
    {"*.example.com", "example.com", false},
    {"example.com", "example.com", true},
    {".infra.example.com", "infra.example.com", false},
    {"..example.com", "infra.example.com", false},
    {"xample.com", "infra.example.com", false},
    {"EXAMPLE.com", "infra.example.com", true},
    {"infra.example.com", "infra.example.com", true},
    {"INFRA.example.com", "Infra.Example.COM", true},
    {"infra.example.com.", "infra.example.com", false},
    {"infra.example.com:443", "infra.example.com", true},
    {"infra.example.com:8443", "infra.example.com:8443", true},
    {"infra.example.com:8443", "infra.example.com", false},
    {"infra.example.com", "infra.example.com:8443", true},
    {"example.com:8443", "infra.example.com:8443", true},
    {"other.test, example.com ", "infra.example.com", true},
    {"other.test,,", "infra.example.com", false},
    {"com", "infra.example.com", true},
    {"*.example.com", "infra.example.com", true},
    {"*.example.com:8443", "infra.example.com", false},
    {"*.example.com:8443", "infra.example.com:8443", true},
    {"in*.example.com", "infra.example.com", false},
    {"https://infra.example.com", "infra.example.com", false},
    {"192.0.2.3", "192.0.2.3", true},
    {"192.0.2.3:443", "192.0.2.3", true},
    {"192.0.2.3:8443", "192.0.2.3", false},
    {"192.0.2.0/24", "192.0.2.3", true},
    {"192.0.2.99/24", "192.0.2.3", true},
    {"192.0.3.0/24", "192.0.2.3", false},
    {"192.0.2.0/31", "192.0.2.3", false},
    {"192.0.2.0/33", "192.0.2.3", false},
    {"192.0.2.0/", "192.0.2.3", false},
    {"0.0.0.0/0", "192.0.2.3", true},
    {"0.0.0.0/0", "[2001:db8::1]", false},
    {"0.0.0.0/0", "infra.example.com", false},
    {"2.3", "192.0.2.3", false},
    {"0.2.3", "192.0.2.3", false},
    {"2001:db8::/32", "[2001:db8::1]", true},
    {"2001:db9::/32", "[2001:db8::1]", false},
    {"2001:db8:0:0::1", "[2001:db8::1]", true},
    {"::1", "[::1]", true},
    {"[::1]", "[::1]", true},
    {"[::1]", "[::1]:8443", true},
    {"[::1]:8443", "[::1]:8443", true},
    {"[::1]:8443", "[::1]", false},
};

} // namespace

class ProxyTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ProxyTest);
    CPPUNIT_TEST(no_proxy_matches_as_gos_does);
    CPPUNIT_TEST(entries_that_match_nothing_are_told);
    CPPUNIT_TEST(an_exempted_host_is_reached_directly);
    CPPUNIT_TEST(the_proxy_sees_its_own_credentials_and_never_the_token);
    CPPUNIT_TEST(percent_encoded_credentials_are_decoded);
    CPPUNIT_TEST(a_proxy_url_that_cannot_be_used_is_refused_without_repeating_it);
    CPPUNIT_TEST(a_proxys_refusal_is_told_as_such);
    CPPUNIT_TEST(bytes_after_the_proxys_answer_belong_to_the_tunnel);
    CPPUNIT_TEST(a_dead_proxy_is_named);
    CPPUNIT_TEST(a_name_that_does_not_exist_is_said_to_be_the_proxys);
    CPPUNIT_TEST_SUITE_END();

public:
    void entries_that_match_nothing_are_told() {
        const NoProxy list("example.com, 0.0.1,10.0.0.0/8, 10.0.0.0/33 ,in*.test,http://a.test,"
                           "*.fine.test,.fine.test,[::1]:1,[::1,host:port,*,a..b,fine:80,10.1,a b");
        CPPUNIT_ASSERT_EQUAL(std::string("0.0.1|10.0.0.0/33|in*.test|http://a.test|[::1|host:port|"
                                         "a..b|10.1|a b"),
                             joined(list.not_understood(), "|"));
        auto client = client_for("127.0.0.1:1", through("http://127.0.0.1:9", "0.0.1"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, client.warnings().size());
        CPPUNIT_ASSERT(client.warnings()[0].find("no_proxy: '0.0.1' matches no host") == 0);
        CPPUNIT_ASSERT(client_for("127.0.0.1:1", through("", "0.0.1")).warnings().empty());
    }

    void no_proxy_matches_as_gos_does() {
        for (const Bypass& row : bypasses) {
            const auto endpoint = Endpoint::parse(row.host);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(row.no_proxy) + " for " + row.host,
                                         row.expected, NoProxy(row.no_proxy).exempts(*endpoint));
        }
    }

    void an_exempted_host_is_reached_directly() {
        HostileServer server("127.0.0.1", good_tls(), answering(plain_answer("{}")));
        HostileProxy proxy("127.0.0.1", server.port());
        auto direct = client_for(server.authority(), through(proxy.url(), "127.0.0.1"));
        CPPUNIT_ASSERT(direct.send(get(), ample()).ok());
        CPPUNIT_ASSERT_EQUAL(0, proxy.connections());
        auto indirect = client_for(server.authority(), through(proxy.url(), "192.0.2.1"));
        CPPUNIT_ASSERT(indirect.send(get(), ample()).ok());
        CPPUNIT_ASSERT_EQUAL(1, proxy.connections());
    }

    void the_proxy_sees_its_own_credentials_and_never_the_token() {
        HostileServer server("127.0.0.1", good_tls(), answering(plain_answer("{}")));
        HostileProxy proxy("127.0.0.1", server.port());
        auto client = client_for(std::string(good_name) + ":8443",
                                 through(with_credentials(proxy.url(), "Aladdin:open%20sesame")));
        CPPUNIT_ASSERT(client.send(get(), ample()).ok());
        CPPUNIT_ASSERT(client.send(post(), ample()).ok());
        // The credentials are the example of RFC 7617.
        CPPUNIT_ASSERT_EQUAL(
            std::string("CONNECT infra.test:8443 HTTP/1.1\r\n"
                        "Host: infra.test:8443\r\n"
                        "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"
                        "\r\n"),
            proxy.heads());
        CPPUNIT_ASSERT(server.received().find("Proxy-Authorization") == std::string::npos);
        CPPUNIT_ASSERT(server.received().find(token().reveal()) != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, client.statistics().connections);
    }

    void percent_encoded_credentials_are_decoded() {
        const auto proxy = parse_proxy(Secret("http://a%40b:%3a%2F%25@proxy.test:3128/"));
        CPPUNIT_ASSERT(proxy.ok() && proxy->has_value());
        CPPUNIT_ASSERT_EQUAL(std::string("a@b::/%"), std::string((*proxy)->credentials.reveal()));
        CPPUNIT_ASSERT_EQUAL(std::string("proxy.test:3128"), (*proxy)->address.text());
        CPPUNIT_ASSERT_EQUAL(std::string("proxy.test:80"),
                             (*parse_proxy(Secret("proxy.test")))->address.text());
        CPPUNIT_ASSERT_EQUAL(std::string("[::1]:3128"),
                             (*parse_proxy(Secret("HTTP://[::1]:3128")))->address.text());
        CPPUNIT_ASSERT(!parse_proxy(Secret(""))->has_value());
    }

    void a_proxy_url_that_cannot_be_used_is_refused_without_repeating_it() {
        for (const char* url :
             {"https://u:hidden@proxy.test:3128", "socks5://u:hidden@proxy.test",
              "http://u:hidden@proxy.test:0", "http://u:hidden@proxy.test:99999",
              "http://u:hidden@", "http://u:hidden%2@proxy.test", "http://u:hidden%zz@proxy.test",
              "http://u:hidden%0d%0a@proxy.test", "http://u:hidden@pro xy.test",
              "http://u:hidden@proxy.test\r\nX: y"}) {
            const auto proxy = parse_proxy(Secret(url));
            CPPUNIT_ASSERT_MESSAGE(url, !proxy);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(url, std::string("proxy"), proxy.error().field);
            CPPUNIT_ASSERT_MESSAGE(url, proxy.error().code == Code::argument);
            CPPUNIT_ASSERT_MESSAGE(url, proxy.error().message.find("hidden") == std::string::npos);
        }
        const auto tls = parse_proxy(Secret("https://proxy.test:3128"));
        CPPUNIT_ASSERT(tls.error().message.find("starts with https://") != std::string::npos);
    }

    void a_proxys_refusal_is_told_as_such() {
        const std::pair<const char*, const char*> answers[] = {
            {"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "proxy_auth"},
            {"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 5\r\n\r\noops!", "proxy_refused"},
            {"HTTP/1.0 403 Forbidden\r\n\r\n", "proxy_refused"},
            {"SSH-2.0-x\r\n\r\n", "proxy_refused"},
            {"HTTP/1.1 20", "proxy_failed"},
        };
        for (const auto& [bytes, expected] : answers) {
            HostileProxy proxy("127.0.0.1", 1, bytes);
            auto client = client_for(good_name, through(proxy.url()));
            const auto answer = client.send(post(), ample());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(bytes, std::string(expected), verdict(answer));
            CPPUNIT_ASSERT(answer.error().effect == Effect::none);
            CPPUNIT_ASSERT(answer.error().message.find(proxy.authority()) != std::string::npos);
            CPPUNIT_ASSERT(proxy.heads().find(token().reveal()) == std::string::npos);
        }
        // The meaning of a 407 depends on what was given and on what the proxy wants.
        struct Wanted {
            const char* header;
            bool credentials;
            const char* words;
        };
        for (const Wanted& row :
             {Wanted{"", false, "none are in its URL"}, Wanted{"", true, "does not accept"},
              Wanted{"Proxy-Authenticate: Basic realm=\"x\"\r\n", false, "none are in its URL"},
              Wanted{"Proxy-Authenticate: Negotiate\r\nproxy-authenticate: NTLM\r\n", true,
                     "by Negotiate or NTLM (407)"},
              Wanted{"Proxy-Authenticate: Negotiate\r\nProxy-Authenticate: basic realm=x\r\n", true,
                     "does not accept"},
              Wanted{"Proxy-Authenticate: Own-Words abc\r\n", true, "does not accept"}}) {
            const std::string bytes = std::string("HTTP/1.1 407 No\r\n") + row.header + "\r\n";
            HostileProxy proxy("127.0.0.1", 1, bytes);
            const std::string url =
                row.credentials ? with_credentials(proxy.url(), "me:pw") : proxy.url();
            const auto answer = client_for(good_name, through(url)).send(get(), ample());
            CPPUNIT_ASSERT_EQUAL(std::string("proxy_auth"), verdict(answer));
            CPPUNIT_ASSERT_MESSAGE(answer.error().message,
                                   answer.error().message.find(row.words) != std::string::npos);
            CPPUNIT_ASSERT(answer.error().message.find("Own-Words") == std::string::npos);
        }
        // The proxy sends back what it got: neither the plain nor the encoded credentials are
        // repeated.
        HostileProxy echo(
            "127.0.0.1", 1,
            "HTTP/1.1 403 Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ== Aladdin:open sesame\r\n\r\n");
        auto told =
            client_for(good_name, through(with_credentials(echo.url(), "Aladdin:open%20sesame")));
        const auto refused = told.send(get(), ample());
        CPPUNIT_ASSERT_EQUAL(std::string("proxy_refused"), verdict(refused));
        CPPUNIT_ASSERT(refused.error().message.find("status 403") != std::string::npos);
        CPPUNIT_ASSERT(refused.error().message.find("QWxh") == std::string::npos);
        CPPUNIT_ASSERT(refused.error().message.find("sesame") == std::string::npos);
        HostileProxy endless("127.0.0.1", 1, "HTTP/1.1 500 x\r\nX: " + std::string(200'000, 'a'));
        auto client = client_for(good_name, through(endless.url()));
        CPPUNIT_ASSERT_EQUAL(std::string("proxy_failed"), verdict(client.send(get(), ample())));
    }

    void bytes_after_the_proxys_answer_belong_to_the_tunnel() {
        HostileServer server("127.0.0.1", good_tls(), answering(plain_answer("{}")));
        HostileProxy proxy("127.0.0.1", server.port(), "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK");
        auto client = client_for(good_name, through(proxy.url()));
        CPPUNIT_ASSERT_EQUAL(std::string("tls_not_tls"), verdict(client.send(get(), ample())));
        CPPUNIT_ASSERT_EQUAL(std::string(), server.received());
    }

    void a_dead_proxy_is_named() {
        auto client = client_for(good_name, through("http://127.0.0.1:1"));
        const auto answer = client.send(get(), ample());
        CPPUNIT_ASSERT_EQUAL(std::string("connect_refused"), verdict(answer));
        const std::string message = answer.error().message;
        for (const char* told : {"the proxy 127.0.0.1:1", "https_proxy", "use_proxy: false"})
            CPPUNIT_ASSERT_MESSAGE(message, message.find(told) != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string("proxy"), answer.error().field);
    }

    void a_name_that_does_not_exist_is_said_to_be_the_proxys() {
        // No name server may be asked for such a name (RFC 7686).
        auto client = client_for(good_name, through("http://proxy.onion:3128"));
        const auto answer = client.send(get(), ample());
        CPPUNIT_ASSERT_EQUAL(std::string("dns_not_found"), verdict(answer));
        CPPUNIT_ASSERT_EQUAL(std::string("proxy"), answer.error().field);
        CPPUNIT_ASSERT_MESSAGE(answer.error().message, answer.error().message.starts_with(
                                                           "proxy: the host name proxy.onion"));
    }
};

CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(ProxyTest, "proxy");
CPPUNIT_REGISTRY_ADD_TO_DEFAULT("proxy");

} // namespace infrastate::test
