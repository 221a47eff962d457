// SPDX-License-Identifier: Apache-2.0
#include "abi_fixture.h"

#include "support/check.h"

#include "infrastate/json/json.h"

#include <cppunit/TestAssert.h>

#include <cstring>

namespace infrastate::test {
namespace {

const Identity& authority() {
    static const Identity made = make_authority("abi test authority");
    return made;
}

const Identity& identity() {
    static const Identity made =
        issued_by(authority(), {.common_name = "abi test",
                                .alternative_names = "DNS:localhost,IP:127.0.0.1,IP:::1",
                                .extended_key_usage = "serverAuth"});
    return made;
}

std::string text_of(const Value* value) {
    return value != nullptr && value->is_string() ? value->string() : std::string();
}

} // namespace

std::string Answer::text(std::string_view member) const {
    return text_of(json.find(member));
}

std::string Answer::error(std::string_view member) const {
    const Value* error = json.find("error");
    return error == nullptr ? std::string() : text_of(error->find(member));
}

Answer take(std::int32_t code, infrastate_result* result) {
    CPPUNIT_ASSERT(result != nullptr);
    CPPUNIT_ASSERT_EQUAL(code, infrastate_result_code(result));
    std::size_t size = 0;
    const char* text = infrastate_result_json(result, &size);
    CPPUNIT_ASSERT_EQUAL(std::strlen(text), size);
    Answer out{code, must(json::read({text, size}, {.max_depth = 64}))};
    infrastate_result_free(result);
    CPPUNIT_ASSERT_EQUAL(std::string(infrastate_code_name(code)), out.text("code"));
    CPPUNIT_ASSERT_EQUAL(code == INFRASTATE_OK, out.json.find("ok")->boolean());
    if (code != INFRASTATE_OK) {
        CPPUNIT_ASSERT_EQUAL(out.text("code"), out.error("code"));
        CPPUNIT_ASSERT(!out.error("message").empty());
    }
    return out;
}

Client open(const std::string& config, infrastate_log_fn log, void* user) {
    infrastate_client* client = nullptr;
    infrastate_result* result = nullptr;
    const auto code =
        infrastate_client_open(config.data(), config.size(), log, user, &client, &result);
    const Answer answer = take(code, result);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.error("message"), INFRASTATE_OK, code);
    CPPUNIT_ASSERT(client != nullptr);
    return Client(client);
}

Answer open_fails(const std::string& config) {
    int anything = 0;
    auto* client = reinterpret_cast<infrastate_client*>(&anything); // the call must set it to NULL
    infrastate_result* result = nullptr;
    const auto code =
        infrastate_client_open(config.data(), config.size(), nullptr, nullptr, &client, &result);
    CPPUNIT_ASSERT(code != INFRASTATE_OK);
    CPPUNIT_ASSERT(client == nullptr);
    return take(code, result);
}

Answer call(Function function, infrastate_client* client, const std::string& request,
            infrastate_cancel* cancel) {
    infrastate_result* result = nullptr;
    const auto code = function(client, request.data(), request.size(), cancel, &result);
    return take(code, result);
}

std::string config_for(const std::string& host, const std::string& more) {
    Value config = Value::object({{"host", "https://" + host},
                                  {"access_key", fake_key()},
                                  {"server_certificate", authority().certificate_pem()}});
    std::string text = json::write(config);
    if (!more.empty()) text.insert(text.size() - 1, "," + more);
    return text;
}

const std::string& fake_key() {
    static const std::string key = "cccccccccc.dddddddddddddddddddddddd";
    return key;
}

ServerTls test_tls() {
    ServerTls out;
    out.identity = &identity();
    return out;
}

HostileServer::Script empty_infra() {
    return [](Peer& peer) {
        if (!peer.handshake()) return;
        for (;;) {
            const std::string request = peer.read_request();
            if (request.empty()) return;
            const bool version = request.find("GET /api/version") == 0;
            const bool user = request.find("GET /api/users") == 0;
            const char* body =
                version ? R"({"version":"0.21.0"})"
                : user
                    ? R"({"page":1,"limit":1000,"totalPages":1,"totalCount":1,"count":1,"items":[)"
                      R"({"id":"4yJ3n3D8E2","name":"connector","created":"2026-01-01T00:00:00Z",)"
                      R"("updated":"2026-01-01T00:00:00Z","lastSeenAt":"2026-01-01T00:00:00Z"}]})"
                    : R"({"page":1,"limit":1000,"totalPages":0,"totalCount":0,"count":0,"items":[]})";
            if (!peer.write(plain_answer(body))) return;
        }
    };
}

std::string request_for(const std::string& name, const std::string& more) {
    return R"({"resource":"access_key","desired":{"name":")" + name + "\"" + more + "}}";
}

milliseconds since(Clock::time_point start) {
    return std::chrono::duration_cast<milliseconds>(Clock::now() - start);
}

} // namespace infrastate::test
