// SPDX-License-Identifier: Apache-2.0
// Replays answers of a real Infra server (data/infra-exchanges.json). The client must send the
// recorded request and return the expected result.
#include "scripted_sender.h"
#include "support/check.h"

#include "infrastate/client/infra_client.h"
#include "infrastate/json/json.h"

#include <fstream>
#include <sstream>

namespace infrastate {
namespace {

using client::InfraClient;
using test::must;
using test::must_contain;
using test::ScriptedSender;

std::string text_of(const Value& object, std::string_view name) {
    const Value* value = object.find(name);
    return value != nullptr && value->is_string() ? value->string() : std::string{};
}

class ClientExchangesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ClientExchangesTest);
    CPPUNIT_TEST(the_client_understands_what_a_real_server_answered);
    CPPUNIT_TEST_SUITE_END();

    const Secret token_{"aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"};

    /// The result of a call, in the words of the fixture's "expect".
    static Value failed(const Error& error, const Value& expected) {
        Value out = Value::object({{"error", code_name(error.code)}});
        for (const auto& [name, value] : expected.members()) {
            if (name == "words") {
                must_contain(error.message, value.string());
                out.set("words", value);
            } else if (name == "field") {
                out.set("field", error.field);
            } else if (name == "effect") {
                out.set("effect", CppUnit::assertion_traits<Effect>::toString(error.effect));
            }
        }
        return out;
    }

    Value run(InfraClient& api, const Value& call, const Value& expected) {
        const std::string what = text_of(call, "do");
        if (what == "list") {
            ports::KeyQuery query;
            if (call.find("name") != nullptr) query.name = text_of(call, "name");
            if (call.find("user_id") != nullptr)
                query.user_id = must(ServerId::parse(text_of(call, "user_id")));
            query.show_dead = call.find("show_dead") == nullptr;
            const auto listing = api.keys().list(query);
            if (!listing) return failed(listing.error(), expected);
            Value rows = Value::array(), users = Value::array();
            for (const AccessKeyRow& row : listing->rows) {
                rows.push(row.id.text());
                users.push(row.user_name);
            }
            return Value::object({{"rows", rows}, {"users", users}});
        }
        if (what == "find_user") {
            const auto user = must(api.directory().find_user(text_of(call, "name")));
            return Value::object({{"id", user ? Value(user->id.text()) : Value()}});
        }
        if (what == "create") {
            const auto made = api.keys().create(
                {must(ServerId::parse(text_of(call, "user_id"))), text_of(call, "name"),
                 must(Duration::parse(text_of(call, "expiry"))),
                 must(Duration::parse(text_of(call, "inactivity_timeout")))});
            if (!made) return failed(made.error(), expected);
            return Value::object(
                {{"id", made->row.id.text()}, {"secret", Value(made->secret.reveal())}});
        }
        if (what == "remove") {
            const auto removed = api.keys().remove(must(ServerId::parse(text_of(call, "id"))));
            if (!removed) return failed(removed.error(), expected);
            return Value::object(
                {{"removed", *removed == ports::Removed::now ? "now" : "already_gone"}});
        }
        if (what == "try_secret") {
            using Verdict = ports::TryAnswer::Verdict;
            const auto answer = must(api.keys().try_secret(token_));
            return Value::object({{"verdict", answer.verdict == Verdict::accepted  ? "accepted"
                                              : answer.verdict == Verdict::refused ? "refused"
                                                                                   : "uncertain"},
                                  {"user_id", answer.user_id}});
        }
        if (what == "login") {
            const auto login =
                api.login(text_of(call, "username"), Secret(text_of(call, "password")));
            if (!login) return failed(login.error(), expected);
            return Value::object(
                {{"user_id", login->user_id}, {"token", Value(login->token.reveal())}});
        }
        if (what == "logout") {
            must(api.logout());
            return Value::object();
        }
        CPPUNIT_FAIL("the fixture asks for an unknown call: " + what);
        return {};
    }

public:
    void the_client_understands_what_a_real_server_answered() {
        const std::ifstream file(INFRASTATE_TEST_DATA "/infra-exchanges.json");
        std::ostringstream text;
        text << file.rdbuf();
        const Value fixture = must(json::read(text.str()));
        const auto& exchanges = fixture.find("exchanges")->items();
        CPPUNIT_ASSERT(exchanges.size() >= 30);
        for (const Value& exchange : exchanges) {
            const std::string step = text_of(exchange, "step");
            const Value& answer = *exchange.find("answer");
            ScriptedSender sender;
            sender.answer(static_cast<int>(exchange.find("status")->integer()),
                          answer.is_null() ? "" : json::write(answer));
            InfraClient api(sender, token_, {});
            const Value& expected = *exchange.find("expect");
            const Value got = run(api, *exchange.find("call"), expected);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(step, json::write(expected), json::write(got));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(step, std::size_t{1}, sender.seen.size());
            const auto& seen = sender.seen[0];
            CPPUNIT_ASSERT_EQUAL_MESSAGE(step, text_of(exchange, "target"), seen.target);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(step, text_of(exchange, "method"),
                                         std::string(transport::method_name(seen.method)));
            if (const Value* body = exchange.find("body"))
                CPPUNIT_ASSERT_EQUAL_MESSAGE(step, json::write(*body), seen.body);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ClientExchangesTest);

} // namespace
} // namespace infrastate
