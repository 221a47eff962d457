// SPDX-License-Identifier: Apache-2.0
// How the client handles a server's failures: its errors, its repetitions, and what it may conclude
// about a secret. On a scripted server.
#include "client_answers.h"

namespace infrastate {
namespace {

using namespace client_answers;

class ClientErrorsTest : public ClientReadFixture {
    CPPUNIT_TEST_SUITE(ClientErrorsTest);
    CPPUNIT_TEST(what_is_not_infra_is_said_to_be_none);
    CPPUNIT_TEST(a_404_below_a_path_names_the_path);
    CPPUNIT_TEST(each_status_has_its_error);
    CPPUNIT_TEST(a_proxys_page_is_not_taken_for_infras_word);
    CPPUNIT_TEST(the_servers_words_are_made_safe_to_show);
    CPPUNIT_TEST(a_get_is_repeated_after_what_may_pass_and_no_more_often_than_told);
    CPPUNIT_TEST(a_get_is_not_repeated_after_what_will_not_pass);
    CPPUNIT_TEST(retry_after_is_waited_for_within_the_deadline_only);
    CPPUNIT_TEST(waiting_ends_when_the_run_is_cancelled);
    CPPUNIT_TEST(a_user_is_found_by_its_exact_name_among_all_pages);
    CPPUNIT_TEST(the_version_is_asked_without_the_token);
    CPPUNIT_TEST(a_secret_is_refused_only_in_infras_own_words);
    CPPUNIT_TEST(a_secret_is_tried_once_and_in_place_of_the_token);
    CPPUNIT_TEST_SUITE_END();

public:
    void what_is_not_infra_is_said_to_be_none() {
        for (const std::string& body :
             {std::string("<html><body>Welcome to nginx!</body></html>"), std::string(""),
              std::string("null"), std::string("[]"), std::string("{}"), std::string("\"ok\""),
              std::string("{\"items\":"), error_text(200, "odd"),
              std::string("{\"items\":[],\"items\":[]}"), std::string("\xFF\xFE{")}) {
            const Error error = must_fail(list_of(body), body);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(body, Code::server, error.code);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(body, Effect::none, error.effect);
            must_contain(error.message, "is this an Infra server", body);
            must_contain(error.message, "https://infra.example.com:8443/base", body);
            must_contain(error.message, "listing access keys", body);
            must_not_contain(error.message, "nginx", body);
        }
        for (const int status : {204, 201, 301, 302, 307, 308, 418}) {
            ScriptedSender sender;
            sender.answer(status, one_page({key_item("k1")}),
                          {{"Location", "https://elsewhere.example.com/"}});
            const Error error = must_fail(list(sender), std::to_string(status));
            CPPUNIT_ASSERT_EQUAL(Code::server, error.code);
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sender.seen.size());
            must_contain(error.message, "is this an Infra server");
            const bool redirects = status >= 300 && status < 400;
            const std::string target = "; it leads to https://elsewhere.example.com/: if that";
            CPPUNIT_ASSERT_EQUAL_MESSAGE(error.message, redirects,
                                         error.message.find(target) != std::string::npos);
        }
    }

    void a_404_below_a_path_names_the_path() {
        for (const std::string& body :
             {error_text(404, "record not found"), std::string("<html>")}) {
            ScriptedSender sender;
            sender.answer(404, body);
            must_contain(must_fail(list(sender)).message,
                         "host has the path '/base', and Infra answers at "
                         "https://infra.example.com:8443 as a rule");
        }
        ScriptedSender other;
        other.answer(400, error_text(400, "no"));
        must_not_contain(must_fail(list(other)).message, "has the path");
    }

    void each_status_has_its_error() {
        struct Row {
            int status;
            Code code;
            bool retryable;
        };
        for (const Row& row : {
                 Row{400, Code::argument, false},
                 Row{401, Code::auth, false},
                 Row{403, Code::permission, false},
                 Row{404, Code::not_found, false},
                 Row{409, Code::conflict, false},
                 Row{410, Code::not_found, false},
                 Row{422, Code::server, false},
                 Row{429, Code::server, true},
                 Row{500, Code::server, true},
                 Row{501, Code::server, false},
                 Row{502, Code::server, true},
                 Row{503, Code::server, true},
                 Row{504, Code::server, true},
             }) {
            const std::string where = std::to_string(row.status);
            ScriptedSender sender;
            for (int i = 0; i < 3; ++i)
                sender.answer(row.status, error_text(row.status, "the words of the server"));
            const Error error = must_fail(list(sender), where);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(where, row.code, error.code);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(where, row.retryable, error.retryable);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(where, row.status, error.http_status);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(where, Effect::none, error.effect);
            must_contain(error.message, "listing access keys", where);
            must_contain(error.message, where + ": the words of the server", where);
            CPPUNIT_ASSERT_EQUAL(row.retryable ? std::size_t{3} : std::size_t{1},
                                 sender.seen.size());
        }
    }

    void a_proxys_page_is_not_taken_for_infras_word() {
        // Neither HTML nor JSON of another form tells anything about the caller or the key.
        for (const int status : {400, 401, 403, 404, 409, 410})
            for (const std::string& body :
                 {std::string("<html>no</html>"), std::string("{\"error\":\"no\"}"),
                  std::string("{\"code\":1,\"message\":\"no\"}"),
                  std::string("{\"code\":\"401\",\"message\":\"no\"}"), std::string()}) {
                ScriptedSender sender;
                sender.answer(status, body);
                const Error error = must_fail(list(sender), body);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(body, Code::server, error.code);
                must_contain(error.message, "is this an Infra server", body);
            }
    }

    void the_servers_words_are_made_safe_to_show() {
        ScriptedSender sender;
        sender.answer(403, error_text(403, "\x1B]0;owned\x07 no\r\nSet-Cookie: x\xE2\x80\xAE " +
                                               std::string(100'000, 'x')));
        const std::string message = must_fail(list(sender)).message;
        CPPUNIT_ASSERT(message.size() < 800);
        for (char c : message)
            CPPUNIT_ASSERT(static_cast<unsigned char>(c) >= 0x20 && c != '\x7F');
        must_not_contain(message, "\xE2\x80\xAE");
    }

    void a_get_is_repeated_after_what_may_pass_and_no_more_often_than_told() {
        ScriptedSender heals, stays, never;
        heals.answer(503, "busy").lost(true).answer(200, one_page({key_item("k1")}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, must(list(heals)).rows.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, heals.seen.size());
        for (int i = 0; i < 9; ++i)
            stays.lost(true);
        const Error error = must_fail(list(stays));
        CPPUNIT_ASSERT_EQUAL(Code::transport, error.code);
        CPPUNIT_ASSERT_EQUAL(Effect::none, error.effect);
        must_contain(error.message, "listing access keys: the connection was lost");
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, stays.seen.size());
        RunBudget once = quick();
        once.retries = 0;
        never.answer(503, "busy").answer(200, one_page({}));
        InfraClient api(never, token_, once);
        must_fail(api.keys().list({}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, never.seen.size());
    }

    void a_get_is_not_repeated_after_what_will_not_pass() {
        for (const Code code : {Code::deadline, Code::cancelled, Code::transport}) {
            ScriptedSender sender;
            Error error{code, "for good"};
            error.retryable = code == Code::deadline; // the same call later, not now
            sender.fail(error).answer(200, one_page({}));
            CPPUNIT_ASSERT_EQUAL(code, must_fail(list(sender)).code);
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sender.seen.size());
        }
    }

    void retry_after_is_waited_for_within_the_deadline_only() {
        using Clock = std::chrono::steady_clock;
        for (const char* header : {"1", "Mon, 23 Nov 2026 01:56:36 GMT"}) {
            ScriptedSender sender;
            sender
                .answer(429, error_text(429, "slow down"),
                        ScriptedSender::date_and({"Retry-After", header}))
                .answer(200, one_page({}));
            const auto begin = Clock::now();
            must(list(sender), header);
            CPPUNIT_ASSERT_MESSAGE(header, Clock::now() - begin >= std::chrono::seconds(1));
        }
        // The run has less time than that: it fails at once.
        for (const char* header : {"31", "99999999999999999999", "Tue, 24 Nov 2026 01:56:35 GMT"}) {
            ScriptedSender sender;
            sender
                .answer(429, error_text(429, "slow down"),
                        ScriptedSender::date_and({"Retry-After", header}))
                .answer(200, one_page({}));
            const auto begin = Clock::now();
            const Error error = must_fail(list(sender), header);
            CPPUNIT_ASSERT(error.retryable);
            must_contain(error.message, "asks to wait", header);
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sender.seen.size());
            CPPUNIT_ASSERT_MESSAGE(header, Clock::now() - begin < std::chrono::seconds(20));
        }
        // No time at all, or nonsense: the usual wait.
        for (const char* header : {"0", "-5", "soon", "Mon, 23 Nov 2026 01:00:00 GMT"}) {
            ScriptedSender sender;
            sender
                .answer(503, error_text(503, "later"),
                        ScriptedSender::date_and({"Retry-After", header}))
                .answer(200, one_page({}));
            must(list(sender), header);
        }
    }

    void waiting_ends_when_the_run_is_cancelled() {
        transport::CancelToken cancel;
        RunBudget budget = quick();
        budget.cancel = &cancel;
        ScriptedSender sender;
        sender
            .answer(429, error_text(429, "slow down"),
                    ScriptedSender::date_and({"Retry-After", "25"}))
            .answer(200, one_page({}));
        InfraClient api(sender, token_, budget);
        std::thread other([&] {
            std::this_thread::sleep_for(milliseconds(50));
            cancel.set();
        });
        const auto begin = std::chrono::steady_clock::now();
        const Error error = must_fail(api.keys().list({}));
        const auto took = std::chrono::steady_clock::now() - begin;
        other.join();
        CPPUNIT_ASSERT(took < std::chrono::seconds(20));
        CPPUNIT_ASSERT_EQUAL(Code::cancelled, error.code);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sender.seen.size());
    }

    void a_user_is_found_by_its_exact_name_among_all_pages() {
        const auto user = [](const char* id, const char* name) {
            return Value::object({{"id", id}, {"name", name}, {"lastSeenAt", nullptr}});
        };
        ScriptedSender sender;
        sender.answer(200, page_text({user("u1", "Dev"), user("u2", "dev2")}, 1, 2, 3))
            .answer(200, page_text({user("u3", "dev")}, 2, 2, 3))
            .answer(200, one_page({user("u1", "devs")}))
            .answer(200, one_page({user("u1", "dev"), user("u2", "dev")}))
            .answer(200, one_page({without(user("u1", "dev"), "id")}));
        InfraClient api(sender, token_, quick());
        CPPUNIT_ASSERT_EQUAL(std::string("u3"), must(api.directory().find_user("dev"))->id.text());
        CPPUNIT_ASSERT(!must(api.directory().find_user("dev")));
        must_contain(must_fail(api.directory().find_user("dev")).message, "two users");
        must_contain(must_fail(api.directory().find_user("dev")).message, "'id'");
    }

    void the_version_is_asked_without_the_token() {
        ScriptedSender sender;
        sender.answer(200, R"({"version":"0.21.0"})")
            .answer(200, R"({"version":"newest"})")
            .answer(200, R"({"version":21})")
            .answer(200, R"({})");
        InfraClient api(sender, token_, quick());
        CPPUNIT_ASSERT_EQUAL(std::string("0.21.0"), must(api.server().version()).text());
        CPPUNIT_ASSERT_EQUAL(std::string("/api/version"), sender.seen[0].target);
        CPPUNIT_ASSERT_EQUAL(std::string(), sender.seen[0].bearer);
        for (int i = 0; i < 3; ++i)
            CPPUNIT_ASSERT_EQUAL(Code::server, must_fail(api.server().version()).code);
    }

    void a_secret_is_refused_only_in_infras_own_words() {
        struct Row {
            int status;
            std::string body;
            Verdict verdict;
        };
        for (const Row& row : {
                 Row{200, R"({"id":"u1","name":"connector"})", Verdict::accepted},
                 Row{401, error_text(401, "unauthorized"), Verdict::refused},
                 Row{401, error_text(401, "access key has expired"), Verdict::refused},
                 Row{401, error_text(401, "access key has expired due to inactivity"),
                     Verdict::refused},
                 Row{401, error_text(401, "unauthorized: access key has expired"),
                     Verdict::refused},
                 Row{401, error_text(401, "authentication is required"), Verdict::uncertain},
                 Row{401, error_text(401, "Unauthorized"), Verdict::uncertain},
                 Row{401, error_text(401, ""), Verdict::uncertain},
                 Row{401, error_text(403, "unauthorized"), Verdict::uncertain},
                 Row{401, R"({"message":"unauthorized"})", Verdict::uncertain},
                 Row{401, "unauthorized", Verdict::uncertain},
                 Row{401, "", Verdict::uncertain},
                 Row{403, error_text(403, "unauthorized"), Verdict::uncertain},
                 Row{500, error_text(500, "unauthorized"), Verdict::uncertain},
                 Row{200, "<html>hello</html>", Verdict::uncertain},
                 Row{200, R"({"id":"u1"})", Verdict::uncertain},
                 Row{204, "", Verdict::uncertain},
                 Row{302, "", Verdict::uncertain},
             }) {
            ScriptedSender sender;
            sender.answer(row.status, row.body);
            InfraClient api(sender, token_, quick());
            const auto answer =
                must(api.keys().try_secret(Secret("cccccccccc.dddddddddddddddddddddddd")));
            CPPUNIT_ASSERT_MESSAGE(row.body, row.verdict == answer.verdict);
            CPPUNIT_ASSERT_EQUAL(std::string(row.verdict == Verdict::accepted ? "u1" : ""),
                                 answer.user_id);
        }
    }

    void a_secret_is_tried_once_and_in_place_of_the_token() {
        ScriptedSender sender;
        Error no_time{Code::deadline, "no time"};
        sender.answer(503, error_text(503, "busy")).lost(true).fail(no_time);
        InfraClient api(sender, token_, quick());
        const Secret kept("cccccccccc.dddddddddddddddddddddddd");
        CPPUNIT_ASSERT(must(api.keys().try_secret(kept)).verdict == Verdict::uncertain);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sender.seen.size());
        CPPUNIT_ASSERT(must(api.keys().try_secret(kept)).verdict == Verdict::uncertain);
        CPPUNIT_ASSERT_EQUAL(Code::deadline, must_fail(api.keys().try_secret(kept)).code);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, sender.seen.size());
        CPPUNIT_ASSERT(kept.equals(sender.seen[0].bearer));
        CPPUNIT_ASSERT_EQUAL(std::string("/api/users/self"), sender.seen[0].target);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ClientErrorsTest);

} // namespace
} // namespace infrastate
