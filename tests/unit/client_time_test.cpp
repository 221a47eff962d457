// SPDX-License-Identifier: Apache-2.0
// How the client divides a run's time between reading, changing and cleaning up, and with which
// requests it opens and closes a session. On a scripted server.
#include "client_changes.h"

namespace infrastate {
namespace {

using namespace client_changes;

class ClientTimeTest : public ClientChangeFixture {
    CPPUNIT_TEST_SUITE(ClientTimeTest);
    CPPUNIT_TEST(nothing_is_changed_once_only_the_reserve_is_left);
    CPPUNIT_TEST(nothing_is_changed_after_a_cancel_but_by_cleaning_up);
    CPPUNIT_TEST(a_removal_is_not_repeated_into_the_reserve);
    CPPUNIT_TEST(reading_has_all_the_time_until_a_change_is_begun);
    CPPUNIT_TEST(cleaning_up_has_the_reserve_and_hears_no_cancel);
    CPPUNIT_TEST(the_reserve_is_a_quarter_and_at_most_five_seconds);
    CPPUNIT_TEST(a_session_is_opened_with_the_password_and_closed_with_its_token);
    CPPUNIT_TEST(a_failed_login_names_the_user_name_and_hides_the_password);
    CPPUNIT_TEST(a_session_keeps_time_for_its_logout);
    CPPUNIT_TEST_SUITE_END();

public:
    void nothing_is_changed_once_only_the_reserve_is_left() {
        RunBudget budget = quick();
        budget.timeout = milliseconds(2'000);
        ScriptedSender sender;
        sender.answer(204, "");
        InfraClient api(sender, token_, budget);
        CPPUNIT_ASSERT(api.control().may_start_change());
        std::this_thread::sleep_for(milliseconds(1'550));
        CPPUNIT_ASSERT(!api.control().may_start_change());
        for (const Error& error :
             {must_fail(api.keys().create(wanted())), must_fail(api.keys().remove(id_)),
              must_fail(api.login("dev", Secret("x")))}) {
            CPPUNIT_ASSERT_EQUAL(Code::deadline, error.code);
            CPPUNIT_ASSERT_EQUAL(Effect::none, error.effect);
            must_contain(error.message, "not begun");
        }
        CPPUNIT_ASSERT(sender.seen.empty());
        api.control().enter_cleanup();
        CPPUNIT_ASSERT(must(api.keys().remove(id_)) == Removed::now);
    }

    void nothing_is_changed_after_a_cancel_but_by_cleaning_up() {
        transport::CancelToken cancel;
        RunBudget budget = quick();
        budget.cancel = &cancel;
        ScriptedSender sender;
        sender.answer(204, "");
        InfraClient api(sender, token_, budget);
        CPPUNIT_ASSERT(api.control().may_start_change());
        cancel.set();
        CPPUNIT_ASSERT(!api.control().may_start_change());
        CPPUNIT_ASSERT_EQUAL(Code::cancelled, must_fail(api.keys().create(wanted())).code);
        CPPUNIT_ASSERT_EQUAL(Code::cancelled, must_fail(api.keys().remove(id_)).code);
        CPPUNIT_ASSERT(sender.seen.empty());
        api.control().enter_cleanup();
        CPPUNIT_ASSERT(must(api.keys().remove(id_)) == Removed::now);
        CPPUNIT_ASSERT(!sender.seen[0].cancellable);
    }

    void a_removal_is_not_repeated_into_the_reserve() {
        RunBudget budget = quick();
        budget.timeout = milliseconds(2'000);
        ScriptedSender sender;
        sender
            .then([]() -> Result<transport::Response> {
                std::this_thread::sleep_for(milliseconds(1'550));
                Error error{Code::transport, "the connection was lost"};
                error.retryable = true;
                error.effect = Effect::unknown;
                return error;
            })
            .answer(204, "");
        InfraClient api(sender, token_, budget);
        CPPUNIT_ASSERT_EQUAL(Effect::unknown, must_fail(api.keys().remove(id_)).effect);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sender.seen.size());
    }

    void reading_has_all_the_time_until_a_change_is_begun() {
        ScriptedSender sender;
        const std::string none =
            R"({"page":1,"limit":1000,"totalPages":0,"totalCount":0,"count":0,"items":[]})";
        sender.answer(200, none).answer(204, "").answer(200, none);
        InfraClient api(sender, token_, quick());
        must(api.keys().list({}));
        must(api.keys().remove(id_));
        must(api.keys().list({}));
        // 30 s in all, of which 5 s are kept.
        CPPUNIT_ASSERT(sender.seen[0].time_left > milliseconds(25'000));
        CPPUNIT_ASSERT(sender.seen[1].time_left <= milliseconds(25'000));
        CPPUNIT_ASSERT(sender.seen[2].time_left <= milliseconds(25'000));
        for (const auto& seen : sender.seen)
            CPPUNIT_ASSERT(seen.time_left > milliseconds(10'000));
    }

    void cleaning_up_has_the_reserve_and_hears_no_cancel() {
        transport::CancelToken cancel;
        RunBudget budget = quick();
        budget.cancel = &cancel;
        ScriptedSender sender;
        sender.answer(201, json::write(created_value())).answer(204, "");
        InfraClient api(sender, token_, budget);
        must(api.keys().create(wanted()));
        CPPUNIT_ASSERT(sender.seen[0].cancellable);
        api.control().enter_cleanup();
        must(api.keys().remove(id_));
        CPPUNIT_ASSERT(!sender.seen[1].cancellable);
        CPPUNIT_ASSERT(sender.seen[1].time_left <= milliseconds(5'000));
        CPPUNIT_ASSERT(sender.seen[1].time_left > milliseconds(1'000));
    }

    void the_reserve_is_a_quarter_and_at_most_five_seconds() {
        RunBudget budget;
        for (const auto& [timeout, reserve] :
             {std::pair{1'000, 250}, {8'000, 2'000}, {20'000, 5'000}, {300'000, 5'000}}) {
            budget.timeout = milliseconds(timeout);
            CPPUNIT_ASSERT_EQUAL(std::int64_t{reserve},
                                 static_cast<std::int64_t>(budget.reserve().count()));
        }
    }

    void a_session_is_opened_with_the_password_and_closed_with_its_token() {
        ScriptedSender sender;
        sender
            .answer(201, json::write(Value::object({{"userID", "2vc1qPQuM9v"},
                                                    {"name", "dev@example.com"},
                                                    {"accessKey", made_secret},
                                                    {"expires", "2026-12-23T01:56:39Z"}})))
            .answer(201, "");
        InfraClient api(sender, none_, quick());
        const auto login = must(api.login("dev@example.com", Secret("pass\"word\xC3\xA4")));
        CPPUNIT_ASSERT(login.token.equals(made_secret));
        CPPUNIT_ASSERT_EQUAL(std::string("2vc1qPQuM9v"), login.user_id);
        CPPUNIT_ASSERT_EQUAL(std::string("/api/login"), sender.seen[0].target);
        CPPUNIT_ASSERT_EQUAL(std::string(), sender.seen[0].bearer);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"passwordCredentials":{"name":"dev@example.com",)"
                                         R"("password":"pass\"word\u00e4"}})"),
                             sender.seen[0].body);
        api.use_token(login.token);
        must(api.logout());
        CPPUNIT_ASSERT(sender.seen[1].method == transport::Method::post);
        CPPUNIT_ASSERT_EQUAL(std::string("/api/logout"), sender.seen[1].target);
        CPPUNIT_ASSERT(login.token.equals(sender.seen[1].bearer));
    }

    void a_failed_login_names_the_user_name_and_hides_the_password() {
        struct Row {
            int status;
            std::string body;
            Code code;
            bool session_seen = false;
        };
        for (const Row& row : {
                 Row{401, error_text(401, "unauthorized"), Code::auth},
                 Row{429, error_text(429, "slow down"), Code::server},
                 Row{500, "", Code::server},
                 Row{200, R"({"accessKey":"x"})", Code::server},
                 Row{201, R"({"userID":"u1","accessKey":"hunter2hunter2"})", Code::server},
                 Row{201, R"({"accessKey":"cccccccccc.dddddddddddddddddddddddd"})", Code::server,
                     true},
                 Row{201, R"({"userID":"?","accessKey":"cccccccccc.dddddddddddddddddddddddd"})",
                     Code::server, true},
                 Row{201, "<html>", Code::server},
             }) {
            ScriptedSender sender;
            sender.answer(row.status, row.body).answer(201, "{}");
            InfraClient api(sender, none_, quick());
            const Error error = must_fail(api.login("dev@example.com", Secret("hunter2hunter2")));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.body, row.code, error.code);
            if (row.code == Code::auth) {
                CPPUNIT_ASSERT_EQUAL(std::string("username"), error.field);
                must_contain(error.message, "check username and password");
            }
            must_not_contain(error.message, "hunter2");
            // A session that cannot be used is closed, too.
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.body, std::size_t{row.session_seen ? 2U : 1U},
                                         sender.seen.size());
            if (row.session_seen) {
                CPPUNIT_ASSERT_EQUAL(std::string("/api/logout"), sender.seen[1].target);
                CPPUNIT_ASSERT_EQUAL(std::string("cccccccccc.dddddddddddddddddddddddd"),
                                     sender.seen[1].bearer);
            }
        }
    }

    void a_session_keeps_time_for_its_logout() {
        RunBudget budget = quick();
        budget.timeout = milliseconds(4'000); // 1 s of it is the reserve
        ScriptedSender sender;
        const std::string none =
            R"({"page":1,"limit":1000,"totalPages":0,"totalCount":0,"count":0,"items":[]})";
        sender
            .answer(201, json::write(Value::object(
                             {{"userID", "2vc1qPQuM9v"}, {"accessKey", made_secret}})))
            .answer(200, none)
            .answer(201, "");
        InfraClient api(sender, none_, budget);
        const auto login = must(api.login("dev@example.com", Secret("x")));
        api.use_token(login.token);
        must(api.keys().list({}));
        CPPUNIT_ASSERT(sender.seen[1].time_left <= milliseconds(3'000));
        must(api.logout());
        CPPUNIT_ASSERT(sender.seen[2].time_left <= milliseconds(1'000));
        CPPUNIT_ASSERT(sender.seen[2].time_left > milliseconds(0));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ClientTimeTest);

} // namespace
} // namespace infrastate
