// SPDX-License-Identifier: Apache-2.0
// How much time a run has to finish what a DELETE has begun, and how it learns of the answers.
#include "scripted_sender.h"
#include "support/check.h"

#include "infrastate/client/infra_client.h"
#include "infrastate/json/json.h"

namespace infrastate {
namespace {

using client::InfraClient;
using client::RunBudget;
using std::chrono::milliseconds;
using test::must_fail;
using test::ScriptedSender;

std::string error_text(int code, const std::string& message) {
    return json::write(Value::object({{"code", code}, {"message", message}}));
}

class ClientCompletionTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ClientCompletionTest);
    CPPUNIT_TEST(it_may_use_half_of_the_reserve_to_begin);
    CPPUNIT_TEST(it_ends_where_the_time_does_and_when_it_is_cancelled);
    CPPUNIT_TEST(the_next_run_of_a_batch_keeps_its_reserve_again);
    CPPUNIT_TEST(it_is_told_how_long_the_last_answer_asked_to_wait);
    CPPUNIT_TEST(the_key_that_authenticates_has_its_own_word);
    CPPUNIT_TEST_SUITE_END();

    const Secret token_{"aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"};
    const ServerId id_ = ServerId::parse("2vc1Eb8jQ27").value();

    static RunBudget budget(int timeout_ms) {
        RunBudget out;
        out.timeout = milliseconds(timeout_ms);
        out.retries = 0;
        return out;
    }
    ports::NewKey wanted() const {
        return {id_, "example", Duration::from_seconds(60), Duration::from_seconds(60)};
    }

public:
    void it_may_use_half_of_the_reserve_to_begin() {
        ScriptedSender sender;
        InfraClient api(sender, token_, budget(3'600'000)); // reserve: 5 s
        api.control().enter_completion();
        const std::int64_t left = api.control().completion().left_ms;
        CPPUNIT_ASSERT(left > 3'600'000 - 60'000 && left <= 3'600'000 - 2'500);
        CPPUNIT_ASSERT(api.control().may_start_change());
    }

    void it_ends_where_the_time_does_and_when_it_is_cancelled() {
        ScriptedSender sender;
        InfraClient over(sender, token_, budget(0));
        over.control().enter_completion();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, over.control().completion().left_ms);
        CPPUNIT_ASSERT(!over.control().may_start_change());
        CPPUNIT_ASSERT_EQUAL(Code::deadline, must_fail(over.keys().create(wanted())).code);

        transport::CancelToken cancel;
        RunBudget cancellable = budget(60'000);
        cancellable.cancel = &cancel;
        InfraClient api(sender, token_, cancellable);
        api.control().enter_completion();
        cancel.set();
        CPPUNIT_ASSERT(!api.control().may_start_change());
        CPPUNIT_ASSERT_EQUAL(Code::cancelled, must_fail(api.keys().create(wanted())).code);
        CPPUNIT_ASSERT_EQUAL(Code::cancelled, must_fail(api.pause(milliseconds(1))).code);
        CPPUNIT_ASSERT(sender.seen.empty());
    }

    void the_next_run_of_a_batch_keeps_its_reserve_again() {
        ScriptedSender sender;
        for (int i = 0; i < 2; ++i)
            sender.answer(429, error_text(429, "slow down"));
        InfraClient api(sender, token_, budget(3'600'000)); // reserve: 5 s
        api.control().enter_completion();
        must_fail(api.keys().create(wanted()));
        api.next_run();
        must_fail(api.keys().create(wanted()));
        const auto less = sender.seen.at(0).time_left - sender.seen.at(1).time_left;
        CPPUNIT_ASSERT(less >= milliseconds(5'000 - 1'250 - 1));
    }

    void it_is_told_how_long_the_last_answer_asked_to_wait() {
        ScriptedSender sender;
        sender
            .answer(429, error_text(429, "slow down"),
                    ScriptedSender::date_and({"Retry-After", "7"}))
            .answer(503, error_text(503, "down"))
            .lost(false);
        InfraClient api(sender, token_, budget(60'000));
        must_fail(api.keys().create(wanted()));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7'000}, api.control().completion().asked_ms);
        must_fail(api.keys().create(wanted()));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, api.control().completion().asked_ms);
        must_fail(api.keys().create(wanted()));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, api.control().completion().asked_ms);
    }

    void the_key_that_authenticates_has_its_own_word() {
        ScriptedSender sender;
        sender.answer(400, error_text(400, "cannot delete the access key used by this request"))
            .answer(400, error_text(400, "invalid request"));
        InfraClient api(sender, token_, budget(60'000));
        const Error own = must_fail(api.keys().remove(id_));
        CPPUNIT_ASSERT_EQUAL(std::string("own_key"), own.detail);
        CPPUNIT_ASSERT_EQUAL(std::string("access_key"), own.field);
        CPPUNIT_ASSERT(own.effect == Effect::none);
        CPPUNIT_ASSERT_EQUAL(std::string("http_400"), must_fail(api.keys().remove(id_)).detail);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ClientCompletionTest);

} // namespace
} // namespace infrastate
