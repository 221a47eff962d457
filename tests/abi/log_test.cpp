// SPDX-License-Identifier: Apache-2.0
// The log callback: on the calling thread, without secrets, and without a way back into its client.
#include "abi_fixture.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstring>
#include <thread>

namespace infrastate::test {
namespace {

struct Heard {
    infrastate_client* client = nullptr;
    infrastate_client* other = nullptr;
    std::thread::id thread{};
    std::string lines{};
    bool sound = true;
    std::vector<std::int32_t> codes{};
    std::vector<std::int32_t> codes_of_other{};
};

void listen(void* user, std::int32_t level, const char* text, std::size_t size) {
    auto& heard = *static_cast<Heard*>(user);
    heard.sound = heard.sound && std::strlen(text) == size &&
                  std::this_thread::get_id() == heard.thread &&
                  (level == INFRASTATE_LOG_ERROR || level == INFRASTATE_LOG_WARNING ||
                   level == INFRASTATE_LOG_INFO || level == INFRASTATE_LOG_DEBUG);
    heard.lines += std::to_string(level) + " " + text + "\n";
}

void call_back(void* user, std::int32_t level, const char* text, std::size_t size) {
    listen(user, level, text, size);
    auto& heard = *static_cast<Heard*>(user);
    const std::string request = request_for("some-key");
    const auto code_of = [&](infrastate_client* client, Function function) {
        infrastate_result* result = nullptr;
        const auto code = function(client, request.data(), request.size(), nullptr, &result);
        infrastate_result_free(result);
        return code;
    };
    for (const Function function : {&infrastate_plan, &infrastate_apply, &infrastate_info})
        heard.codes.push_back(code_of(heard.client, function));
    infrastate_client_close(heard.client); // does nothing
    if (heard.other != nullptr)
        heard.codes_of_other.push_back(code_of(heard.other, &infrastate_plan));
}

} // namespace

class LogTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(LogTest);
    CPPUNIT_TEST(requests_and_outcomes_are_told_on_the_calling_thread);
    CPPUNIT_TEST(lines_above_the_level_are_not_told);
    CPPUNIT_TEST(the_same_client_is_busy_inside_its_callback_and_others_are_not);
    CPPUNIT_TEST(no_secret_is_told_even_if_a_server_echoes_it);
    CPPUNIT_TEST_SUITE_END();

public:
    void requests_and_outcomes_are_told_on_the_calling_thread() {
        HostileServer server("127.0.0.1", test_tls(), empty_infra());
        Heard heard;
        heard.thread = std::this_thread::get_id();
        const Client client =
            open(config_for(server.authority(), R"("log_level":7)"), &listen, &heard);
        CPPUNIT_ASSERT_EQUAL(std::string(), heard.lines);
        call(&infrastate_plan, client.get(), request_for("some-key"));
        CPPUNIT_ASSERT(heard.sound);
        CPPUNIT_ASSERT_MESSAGE(heard.lines,
                               heard.lines.find("7 GET /api/access-keys: 200 after ") == 0);
        CPPUNIT_ASSERT(heard.lines.find("\n6 access key 'some-key'") != std::string::npos);
        heard.lines.clear();
        call(&infrastate_plan, client.get(), "{}");
        CPPUNIT_ASSERT_EQUAL(std::string(), heard.lines); // the caller gets it in the result
    }

    void lines_above_the_level_are_not_told() {
        HostileServer server("127.0.0.1", test_tls(), empty_infra());
        const auto lines_at = [&](const std::string& level) {
            Heard heard;
            heard.thread = std::this_thread::get_id();
            const Client client =
                open(config_for(server.authority(), R"("retries":0)" + level), &listen, &heard);
            call(&infrastate_plan, client.get(), request_for("some-key"));
            std::string levels;
            for (std::size_t at = 0; at < heard.lines.size(); at = heard.lines.find('\n', at) + 1)
                levels += heard.lines[at];
            // A failure is logged as an error, also if it failed before any request.
            const std::size_t before = heard.lines.size();
            call(&infrastate_plan, client.get(),
                 R"({"requests":[{"resource":"access_key","desired":{}}]})");
            return levels + (heard.lines.size() > before ? heard.lines[before] : '-');
        };
        CPPUNIT_ASSERT_EQUAL(std::string("63"), lines_at("")); // the default: 6
        CPPUNIT_ASSERT_EQUAL(std::string("77763"), lines_at(R"(,"log_level":7)"));
        CPPUNIT_ASSERT_EQUAL(std::string("63"), lines_at(R"(,"log_level":6)"));
        CPPUNIT_ASSERT_EQUAL(std::string("3"), lines_at(R"(,"log_level":5)"));
        CPPUNIT_ASSERT_EQUAL(std::string("3"), lines_at(R"(,"log_level":4)"));
        CPPUNIT_ASSERT_EQUAL(std::string("3"), lines_at(R"(,"log_level":3)"));
        CPPUNIT_ASSERT_EQUAL(std::string("-"), lines_at(R"(,"log_level":2)"));
        CPPUNIT_ASSERT_EQUAL(std::string("-"), lines_at(R"(,"log_level":0)"));
        for (const char* wrong : {"8", "-1", "\"debug\"", "6.5"}) {
            const Answer answer =
                open_fails(config_for("127.0.0.1:1", std::string(R"("log_level":)") + wrong));
            CPPUNIT_ASSERT_EQUAL(INFRASTATE_ARGUMENT, answer.code);
            CPPUNIT_ASSERT_EQUAL(std::string("log_level"), answer.error("field"));
        }
    }

    void the_same_client_is_busy_inside_its_callback_and_others_are_not() {
        HostileServer server("127.0.0.1", test_tls(), empty_infra());
        const Client other = open(config_for(server.authority()));
        Heard heard;
        heard.thread = std::this_thread::get_id();
        heard.other = other.get();
        const Client client =
            open(config_for(server.authority(), R"("log_level":7)"), &call_back, &heard);
        heard.client = client.get();
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_OK,
                             call(&infrastate_plan, client.get(), request_for("some-key")).code);
        CPPUNIT_ASSERT(heard.codes.size() >= 6);
        for (const auto code : heard.codes)
            CPPUNIT_ASSERT_EQUAL(INFRASTATE_BUSY, code);
        for (const auto code : heard.codes_of_other)
            CPPUNIT_ASSERT_EQUAL(INFRASTATE_OK, code);
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_OK,
                             call(&infrastate_plan, client.get(), request_for("some-key")).code);
    }

    void no_secret_is_told_even_if_a_server_echoes_it() {
        HostileServer server("127.0.0.1", test_tls(), [](Peer& peer) {
            if (!peer.handshake() || peer.read_request().empty()) return;
            const std::string body = R"({"code":401,"message":"no such key: )" + fake_key() + "\"}";
            peer.write("HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\n"
                       "Content-Length: " +
                       std::to_string(body.size()) + "\r\n\r\n" + body);
            peer.linger();
        });
        Heard heard;
        heard.thread = std::this_thread::get_id();
        const Client client =
            open(config_for(server.authority(), R"("log_level":7)"), &listen, &heard);
        const Answer answer = call(&infrastate_apply, client.get(), request_for("some-key"));
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_AUTH, answer.code);
        CPPUNIT_ASSERT(answer.error("message").find("********") != std::string::npos);
        CPPUNIT_ASSERT(answer.error("message").find(fake_key()) == std::string::npos);
        CPPUNIT_ASSERT(heard.lines.find("\n3 ") != std::string::npos);
        CPPUNIT_ASSERT(heard.lines.find(fake_key()) == std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LogTest);

} // namespace infrastate::test
