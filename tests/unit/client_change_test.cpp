// SPDX-License-Identifier: Apache-2.0
// The client's changing calls on a scripted server: how it reports a create and a removal, whatever
// the server answers.
#include "client_changes.h"

namespace infrastate {
namespace {

using namespace client_changes;

class ClientChangeTest : public ClientChangeFixture {
    CPPUNIT_TEST_SUITE(ClientChangeTest);
    CPPUNIT_TEST(a_created_key_comes_back_with_its_secret);
    CPPUNIT_TEST(a_clear_refusal_of_a_create_has_no_effect);
    CPPUNIT_TEST(an_unclear_answer_to_a_create_has_an_unknown_effect_and_is_not_repeated);
    CPPUNIT_TEST(a_create_that_never_left_has_no_effect);
    CPPUNIT_TEST(no_message_shows_a_secret);
    CPPUNIT_TEST(the_servers_complaint_names_the_parameter);
    CPPUNIT_TEST(a_removed_key_is_removed_now_and_a_missing_one_is_already_gone);
    CPPUNIT_TEST(a_removal_is_repeated_and_a_404_after_an_unanswered_one_is_ours);
    CPPUNIT_TEST(a_404_after_a_429_is_not_ours);
    CPPUNIT_TEST(a_404_that_is_not_infras_removes_nothing);
    CPPUNIT_TEST(a_failed_removal_has_an_honest_effect);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_created_key_comes_back_with_its_secret() {
        Value newer = created_value();
        newer.erase("issuedFor");
        newer.set("issuedForID", "2vc1qNZcG2w");
        newer.set("issuedForKind", "user");
        for (const Value& body : {created_value(), newer}) {
            ScriptedSender sender;
            sender.answer(201, json::write(body));
            const auto made = must(create(sender));
            CPPUNIT_ASSERT(made.secret.equals(made_secret));
            CPPUNIT_ASSERT_EQUAL(std::string("2vc1Eb8jQ27"), made.row.id.text());
            CPPUNIT_ASSERT_EQUAL(std::string("example"), made.row.name);
            CPPUNIT_ASSERT_EQUAL(std::string("2vc1qNZcG2w"), made.row.user_id);
            CPPUNIT_ASSERT_EQUAL(std::string("2027-11-23T07:56:35Z"), made.row.expires->text());
            CPPUNIT_ASSERT(made.row.last_used == made.row.created);
            CPPUNIT_ASSERT(made.time.exact);
            const auto& seen = sender.seen.at(0);
            CPPUNIT_ASSERT(seen.method == transport::Method::post);
            CPPUNIT_ASSERT_EQUAL(std::string("/api/access-keys"), seen.target);
            CPPUNIT_ASSERT(token_.equals(seen.bearer));
            CPPUNIT_ASSERT_EQUAL(
                std::string(R"({"userID":"2vc1qNZcG2w","name":"example",)"
                            R"("expiry":"8766h0m0s","inactivityTimeout":"72h0m0s"})"),
                seen.body);
        }
    }

    void a_clear_refusal_of_a_create_has_no_effect() {
        struct Row {
            int status;
            Code code;
        };
        for (const Row& row :
             {Row{400, Code::argument}, Row{401, Code::auth}, Row{403, Code::permission},
              Row{404, Code::not_found}, Row{409, Code::conflict}, Row{410, Code::not_found},
              Row{413, Code::server}, Row{422, Code::server}, Row{429, Code::server}}) {
            ScriptedSender sender;
            sender.answer(row.status, error_text(row.status, "no"))
                .answer(201, json::write(created_value()));
            const Error error = must_fail(create(sender), std::to_string(row.status));
            CPPUNIT_ASSERT_EQUAL(row.code, error.code);
            CPPUNIT_ASSERT_EQUAL(Effect::none, error.effect);
            CPPUNIT_ASSERT_EQUAL(row.status == 429, error.retryable);
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sender.seen.size());
        }
    }

    void an_unclear_answer_to_a_create_has_an_unknown_effect_and_is_not_repeated() {
        struct Row {
            int status;
            std::string body;
        };
        const std::string good = json::write(created_value());
        for (const Row& row : {
                 Row{200, good},
                 Row{202, good},
                 Row{204, ""},
                 Row{302, good},
                 Row{500, error_text(500, "internal server error")},
                 Row{502, "<html>bad gateway</html>"},
                 Row{503, error_text(503, "busy")},
                 Row{504, error_text(504, "request timed out")},
                 Row{408, error_text(408, "too slow")},
                 Row{499, error_text(499, "client closed the request")},
                 // a 4xx that is not Infra's
                 Row{400, "<html>bad request</html>"},
                 Row{403, R"({"error":"waf"})"},
                 Row{409, error_text(400, "another code")},
                 Row{429, "slow down"},
                 // created, but which key is it?
                 Row{201, ""},
                 Row{201, "<html>ok</html>"},
                 Row{201, "{}"},
                 Row{201, "[]"},
                 Row{201, good.substr(0, good.size() - 1)},
                 Row{201, created_without("id")},
                 Row{201, created_without("created")},
                 Row{201, created_without("name")},
                 Row{201, created_without("expires")},
                 Row{201, created_without("inactivityTimeout")},
                 Row{201, created_without("issuedFor")},
                 Row{201, created_without("accessKey")},
                 Row{201, created_with("id", "!!")},
                 Row{201, created_with("name", "another")},
                 Row{201, created_with("issuedFor", "2vc1qPQuM9v")},
                 Row{201, created_with("expires", nullptr)},
                 Row{201, created_with("accessKey", "")},
                 Row{201, created_with("accessKey", "short")},
                 Row{201, created_with("accessKey", nullptr)},
                 Row{201, created_with("accessKey", std::string(made_secret) + "\n")},
             }) {
            const std::string where = std::to_string(row.status) + " " + row.body;
            ScriptedSender sender;
            sender.answer(row.status, row.body).answer(201, good);
            const Error error = must_fail(create(sender), where);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(where, Effect::unknown, error.effect);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(where, Code::server, error.code);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::size_t{1}, sender.seen.size());
            must_contain(error.message, "creating the access key", where);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(error.message, // it is said once
                                         error.message.find("creating the access key"),
                                         error.message.rfind("creating the access key"));
        }
        ScriptedSender lost;
        lost.lost(true).answer(201, good);
        const Error error = must_fail(create(lost));
        CPPUNIT_ASSERT_EQUAL(Code::transport, error.code);
        CPPUNIT_ASSERT_EQUAL(Effect::unknown, error.effect);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, lost.seen.size());
    }

    void a_create_that_never_left_has_no_effect() {
        ScriptedSender sender;
        sender.lost(false).answer(201, json::write(created_value()));
        CPPUNIT_ASSERT_EQUAL(Effect::none, must_fail(create(sender)).effect);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sender.seen.size());
    }

    void no_message_shows_a_secret() {
        for (const std::string& body :
             {created_without("name"), created_with("accessKey", "x" + std::string(made_secret)),
              created_with("name", made_secret), json::write(created_value()) + "x"}) {
            ScriptedSender sender;
            sender.answer(201, body);
            const Error error = must_fail(create(sender));
            must_not_contain(error.message, "cccccccccc");
            must_not_contain(error.message, "aaaaaaaaaa");
        }
    }

    void the_servers_complaint_names_the_parameter() {
        struct Row {
            const char* infra;
            const char* parameter;
        };
        for (const Row& row :
             {Row{"name", "name"}, Row{"expiry", "expires_in"}, Row{"userID", "user"},
              Row{"inactivityTimeout", "inactivity_timeout"}, Row{"", ""}, Row{"limit", ""}}) {
            Value body = Value::object(
                {{"code", 400},
                 {"message", "validation failed: name: must be at least 2 characters"},
                 {"fieldErrors",
                  Value(Value::Array{Value::object(
                      {{"fieldName", row.infra}, {"errors", Value(Value::Array{Value("x")})}})})}});
            ScriptedSender sender;
            sender.answer(400, json::write(body));
            const Error error = must_fail(create(sender));
            CPPUNIT_ASSERT_EQUAL(std::string(row.parameter), error.field);
            must_contain(error.message, "validation failed: name: must be at least 2 characters");
        }
        for (const char* odd : {"null", "{}", "[null]", "[{}]", "[{\"fieldName\":1}]"}) {
            ScriptedSender sender;
            sender.answer(400,
                          std::string(R"({"code":400,"message":"m","fieldErrors":)") + odd + "}");
            CPPUNIT_ASSERT_EQUAL(std::string(), must_fail(create(sender)).field);
        }
    }

    void a_removed_key_is_removed_now_and_a_missing_one_is_already_gone() {
        ScriptedSender sender;
        sender.answer(204, "").answer(404, error_text(404, "record not found"));
        CPPUNIT_ASSERT(must(remove(sender)) == Removed::now);
        CPPUNIT_ASSERT(must(remove(sender)) == Removed::already_gone);
        CPPUNIT_ASSERT(sender.seen[0].method == transport::Method::del);
        CPPUNIT_ASSERT_EQUAL(std::string("/api/access-keys/2vc1Eb8jQ27"), sender.seen[0].target);
        CPPUNIT_ASSERT(sender.seen[0].body.empty());
    }

    void a_removal_is_repeated_and_a_404_after_an_unanswered_one_is_ours() {
        const std::string gone = error_text(404, "record not found");
        ScriptedSender lost, gateway, never_left, twice;
        lost.lost(true).answer(404, gone);
        CPPUNIT_ASSERT(must(remove(lost)) == Removed::now);
        gateway.answer(502, "<html>").answer(404, gone);
        CPPUNIT_ASSERT(must(remove(gateway)) == Removed::now);
        never_left.lost(false).answer(404, gone);
        CPPUNIT_ASSERT(must(remove(never_left)) == Removed::already_gone);
        twice.lost(true).lost(false).answer(204, "");
        CPPUNIT_ASSERT(must(remove(twice)) == Removed::now);
        CPPUNIT_ASSERT(twice.finished());
    }

    void a_404_after_a_429_is_not_ours() {
        ScriptedSender sender;
        sender.answer(429, error_text(429, "slow down"))
            .answer(404, error_text(404, "record not found"));
        CPPUNIT_ASSERT(must(remove(sender)) == Removed::already_gone);
    }

    void a_404_that_is_not_infras_removes_nothing() {
        for (const char* body : {"", "<html>not found</html>", "{}", R"({"error":"not found"})"})
            for (const int status : {404, 200, 202}) {
                ScriptedSender sender;
                sender.answer(status, body);
                const Error error = must_fail(remove(sender), body);
                CPPUNIT_ASSERT_EQUAL(Code::server, error.code);
                CPPUNIT_ASSERT_EQUAL(Effect::unknown, error.effect);
                must_contain(error.message, "is this an Infra server");
            }
    }

    void a_failed_removal_has_an_honest_effect() {
        struct Row {
            std::function<void(ScriptedSender&)> script;
            Effect effect;
        };
        const auto refused = [](ScriptedSender& sender) {
            sender.answer(403, error_text(403, "you do not have permission"));
        };
        for (const Row& row : {
                 Row{refused, Effect::none},
                 Row{[](auto& s) {
                         s.answer(400, error_text(400, "cannot delete the access key"));
                     },
                     Effect::none},
                 Row{[](auto& s) { s.lost(false).lost(false).lost(false); }, Effect::none},
                 Row{[](auto& s) { s.lost(true).lost(false).lost(false); }, Effect::unknown},
                 Row{[](auto& s) { s.lost(false).lost(false).lost(true); }, Effect::unknown},
                 Row{[&](auto& s) {
                         s.lost(true);
                         refused(s);
                     },
                     Effect::unknown},
                 Row{[](auto& s) {
                         for (int i = 0; i < 3; ++i)
                             s.answer(503, error_text(503, "busy"));
                     },
                     Effect::unknown},
                 Row{[](auto& s) {
                         for (int i = 0; i < 3; ++i)
                             s.answer(429, error_text(429, "slow down"));
                     },
                     Effect::none},
             }) {
            ScriptedSender sender;
            row.script(sender);
            const Error error = must_fail(remove(sender));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(error.message, row.effect, error.effect);
            CPPUNIT_ASSERT(sender.finished());
            must_contain(error.message, "deleting the access key");
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ClientChangeTest);

} // namespace
} // namespace infrastate
