// SPDX-License-Identifier: Apache-2.0
// How a request looks on the wire. Nothing in it can begin another line.
#include "http_head.h"
#include "tls_fixture.h"

#include <cppunit/extensions/HelperMacros.h>

namespace infrastate::test {

using namespace transport;

class RequestTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RequestTest);
    CPPUNIT_TEST(a_request_is_written_byte_for_byte);
    CPPUNIT_TEST(what_changes_something_carries_a_body_and_its_length);
    CPPUNIT_TEST(a_target_or_header_cannot_start_another_line);
    CPPUNIT_TEST(framing_headers_belong_to_the_transport);
    CPPUNIT_TEST(a_bearer_with_foreign_characters_is_the_access_keys_fault_and_not_repeated);
    CPPUNIT_TEST(a_refused_request_opens_no_connection);
    CPPUNIT_TEST(a_buffer_of_secrets_never_exceeds_its_maximum);
    CPPUNIT_TEST_SUITE_END();

    static Endpoint endpoint() { return *Endpoint::parse("https://infra.test:8443/base"); }

public:
    void a_request_is_written_byte_for_byte() {
        const Secret fake("aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb");
        Request request = post("{\"a\":1}");
        request.bearer = &fake;
        request.headers = {{"Infra-Version", "0.21.0"}, {"Accept", "application/json"}};
        const auto bytes = write_request(endpoint(), request);
        CPPUNIT_ASSERT(bytes.ok());
        CPPUNIT_ASSERT_EQUAL(
            std::string("POST /base/api/access-keys HTTP/1.1\r\n"
                        "Host: infra.test:8443\r\n"
                        "Infra-Version: 0.21.0\r\n"
                        "Accept: application/json\r\n"
                        "Content-Type: application/json\r\n"
                        "Content-Length: 7\r\n"
                        "Authorization: Bearer aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb\r\n"
                        "\r\n{\"a\":1}"),
            std::string(bytes->view()));
        Request plain;
        plain.target = "/api/version";
        CPPUNIT_ASSERT_EQUAL(
            std::string("GET /base/api/version HTTP/1.1\r\nHost: infra.test:8443\r\n\r\n"),
            std::string(write_request(endpoint(), plain)->view()));
        Request empty = post("");
        empty.bearer = nullptr;
        CPPUNIT_ASSERT(write_request(endpoint(), empty)->view().find("Content-Length: 0\r\n") !=
                       std::string_view::npos);
    }

    void what_changes_something_carries_a_body_and_its_length() {
        const std::pair<Method, std::string> all[] = {{Method::get, "GET"},
                                                      {Method::post, "POST"},
                                                      {Method::put, "PUT"},
                                                      {Method::patch, "PATCH"},
                                                      {Method::del, "DELETE"}};
        for (const auto& [method, name] : all) {
            Request request = get("/api/groups/x/users");
            request.bearer = nullptr;
            request.method = method;
            const std::string head = name + " /base/api/groups/x/users HTTP/1.1\r\n"
                                            "Host: infra.test:8443\r\n";
            const bool with_body = carries_body(method);
            CPPUNIT_ASSERT_EQUAL(head + (with_body ? "Content-Length: 0\r\n\r\n" : "\r\n"),
                                 std::string(write_request(endpoint(), request)->view()));
            request.body = "{}";
            const auto bytes = write_request(endpoint(), request);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, with_body, bytes.ok());
            CPPUNIT_ASSERT_EQUAL(
                with_body ? head + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
                          : "a " + name + " has no body",
                bytes ? std::string(bytes->view()) : bytes.error().message);
        }
    }

    void a_target_or_header_cannot_start_another_line() {
        for (const char* target :
             {"", "api", "/a b", "/a\r\nX: y", "/a\nb", "/a#b", "/\xc3\xbc", "/a\x7f"}) {
            CPPUNIT_ASSERT_MESSAGE(target, !write_request(endpoint(), get(target)));
        }
        const Header headers[] = {{"X\r\nY", "z"}, {"", "z"},       {"X Y", "z"}, {"X:", "z"},
                                  {"X", "a\r\nb"}, {"X", "a\nb"},   {"X", "\r"},  {"X", "\xc3\xbc"},
                                  {"X", "a\x7f"},  {"X", {"\0", 1}}};
        for (const Header& header : headers) {
            Request request = get();
            request.headers = {header};
            CPPUNIT_ASSERT_MESSAGE(header.name, !write_request(endpoint(), request));
        }
        Request request = post();
        request.content_type = "text/plain\r\nX: y";
        CPPUNIT_ASSERT(!write_request(endpoint(), request));
    }

    void framing_headers_belong_to_the_transport() {
        for (const char* name : {"Host", "content-length", "Transfer-Encoding", "CONNECTION",
                                 "Authorization", "Upgrade", "Content-Type"}) {
            Request request = get();
            request.headers = {{name, "x"}};
            CPPUNIT_ASSERT_MESSAGE(name, !write_request(endpoint(), request));
        }
        Request with_body = get();
        with_body.body = "{}";
        CPPUNIT_ASSERT(!write_request(endpoint(), with_body));
    }

    void a_bearer_with_foreign_characters_is_the_access_keys_fault_and_not_repeated() {
        for (const char* text : {"abc\r\nX-Evil: 1", "abc\n", "a bc", "abc\xc3\xbc", "abc\x7f"}) {
            const Secret wrong(text);
            Request request = get();
            request.bearer = &wrong;
            const auto bytes = write_request(endpoint(), request);
            CPPUNIT_ASSERT(!bytes);
            CPPUNIT_ASSERT_EQUAL(std::string("access_key"), bytes.error().field);
            CPPUNIT_ASSERT(bytes.error().code == Code::argument);
            CPPUNIT_ASSERT(bytes.error().message.find("abc") == std::string::npos);
        }
    }

    void a_refused_request_opens_no_connection() {
        HostileServer server("127.0.0.1", good_tls(), answering(plain_answer("{}")));
        auto client = client_for(server.authority());
        CPPUNIT_ASSERT(!client.send(get("no slash"), ample()));
        CPPUNIT_ASSERT_EQUAL(0, server.connections());
    }

    void a_buffer_of_secrets_never_exceeds_its_maximum() {
        WipedBuffer buffer(10);
        CPPUNIT_ASSERT(buffer.append("12345"));
        CPPUNIT_ASSERT(!buffer.append("678901"));
        CPPUNIT_ASSERT(buffer.append("67890"));
        CPPUNIT_ASSERT(!buffer.append("x"));
        CPPUNIT_ASSERT_EQUAL(std::string("1234567890"), std::string(buffer.view()));
        buffer.clear();
        CPPUNIT_ASSERT(buffer.empty());
    }
};

CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(RequestTest, "request");
CPPUNIT_REGISTRY_ADD_TO_DEFAULT("request");

} // namespace infrastate::test
