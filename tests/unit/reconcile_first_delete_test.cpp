// SPDX-License-Identifier: Apache-2.0
// What a run checks before it deletes a live key: that it may make the new one, and that the key is
// not the one that authenticates.
#include "fake_machine.h"

namespace infrastate {
namespace {

using namespace test; // NOLINT: the fakes of this test
using plan::Desired;
using plan::Recreate;
using reconcile::Mode;
using reconcile::Report;

constexpr std::int64_t hour = 3600, day = 24 * hour;
const Secret own_token("cccccccccc.dddddddddddddddddddddddd");

Desired key_of(const std::string& user) {
    Desired out{plan::State::present, must(KeyName::parse("web"))};
    out.user = user;
    out.recreate = Recreate::always;
    return out;
}

Report run_with(FakeInfra& infra, const Desired& want, Mode mode = Mode::apply,
                const Secret* token = &own_token) {
    infra.calls.clear();
    FakeHost host;
    host.clock = &infra;
    reconcile::Context context{infra.with(host), nullptr, nullptr, token};
    return reconcile::reconcile_access_key(want, mode, context);
}

class ReconcileFirstDeleteTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ReconcileFirstDeleteTest);
    CPPUNIT_TEST(no_live_key_goes_whose_successor_the_caller_may_not_make);
    CPPUNIT_TEST(the_question_costs_one_request_and_only_where_it_tells_something);
    CPPUNIT_TEST(a_question_without_a_clear_answer_deletes_nothing);
    CPPUNIT_TEST(a_question_that_makes_the_key_is_the_answer);
    CPPUNIT_TEST(where_the_name_is_free_the_new_key_comes_first);
    CPPUNIT_TEST(a_dead_key_in_the_way_makes_room_before_the_live_one_goes);
    CPPUNIT_TEST(the_key_that_authenticates_is_refused_before_any_other_goes);
    CPPUNIT_TEST(where_nobody_can_look_for_that_key_nothing_goes);
    CPPUNIT_TEST(a_wrong_clock_does_not_call_the_key_that_authenticates_dead);
    CPPUNIT_TEST(check_mode_knows_the_key_that_authenticates);
    CPPUNIT_TEST(a_key_that_others_use_is_not_taken_for_the_one_that_authenticates);
    CPPUNIT_TEST(another_key_to_authenticate_with_removes_the_first);
    CPPUNIT_TEST_SUITE_END();

public:
    void no_live_key_goes_whose_successor_the_caller_may_not_make() {
        for (bool on_disk : {false, true}) {
            FakeInfra infra;
            Machine machine;
            const Desired want = key_of("dev@example.com");
            if (on_disk)
                machine.run(infra, want);
            else
                infra.add("web", "uDev", day, day);
            infra.may_create_for_all = false;
            const std::string before = infra.keys.at(0).id;
            const auto run = [&] {
                return on_disk ? machine.run(infra, want, Mode::apply, nullptr, &own_token)
                               : run_with(infra, want);
            };
            Report report = run();
            CPPUNIT_ASSERT_EQUAL(std::string("ok error:http_400"), done(report));
            must_contain(report.error->message, "cannot use an access key to create");
            must_contain(report.error->message, "username and password");
            CPPUNIT_ASSERT_EQUAL(std::string("access_key"), report.error->field);
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
            CPPUNIT_ASSERT_EQUAL(before, infra.keys.at(0).id);
            // The remedy that the error names.
            infra.may_create_for_all = true;
            CPPUNIT_ASSERT_EQUAL(std::string("ok delete create changed"), done(run()));
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
            if (on_disk) CPPUNIT_ASSERT(!machine.has(".key.infrastate.intents"));
        }
    }

    void the_question_costs_one_request_and_only_where_it_tells_something() {
        const std::string asked = "list name, version, create web, delete k1, create web";
        const std::string plain = "list name, version, delete k1, create web";
        const auto calls = [](const std::string& user, const Secret* token, bool dead) {
            FakeInfra infra;
            infra.add("web", user == "connector" ? "uConnector" : "uDev", hour, hour);
            if (dead) infra.now += day;
            const Report report = run_with(infra, key_of(user), Mode::apply, token);
            CPPUNIT_ASSERT_MESSAGE(joined(infra.calls), report.changed && !report.error);
            return joined(infra.calls);
        };
        CPPUNIT_ASSERT_EQUAL(asked, calls("dev@example.com", &own_token, false));
        CPPUNIT_ASSERT_EQUAL(plain, calls("dev@example.com", nullptr, false));
        CPPUNIT_ASSERT_EQUAL(plain, calls("connector", &own_token, false));
        CPPUNIT_ASSERT_EQUAL(
            std::string("list name, list name live, version, delete k1, create web"),
            calls("dev@example.com", &own_token, true));
        FakeInfra infra;
        infra.add("web", "uDev", hour, hour);
        const Report check = run_with(infra, key_of("dev@example.com"), Mode::check);
        CPPUNIT_ASSERT_EQUAL(std::string("ok delete create changed"), done(check));
    }

    void a_question_without_a_clear_answer_deletes_nothing() {
        for (const Error& failure :
             {Error{Code::server, "503", {}, "http_503", 503, true, Effect::unknown},
              Error{Code::server, "429", {}, "http_429", 429, true},
              Error{Code::transport, "refused", {}, "refused", 0, true},
              Error{Code::auth, "401", {}, "http_401", 401}}) {
            FakeInfra infra;
            infra.add("web", "uDev", day, day);
            infra.posts.push_back({false, failure});
            const Report report = run_with(infra, key_of("dev@example.com"));
            CPPUNIT_ASSERT_MESSAGE(failure.message, report.error && !report.changed);
            CPPUNIT_ASSERT_EQUAL(std::string("k1"), infra.keys.at(0).id);
            if (failure.effect != Effect::unknown) continue;
            CPPUNIT_ASSERT_EQUAL(std::string("create_ambiguous"), report.error->detail);
            CPPUNIT_ASSERT_EQUAL(Effect::unknown, report.outcome);
            must_contain(report.error->message, "still listed");
            CPPUNIT_ASSERT(report.error->message.find("recreate: always") == std::string::npos);
        }
        // If intents can be written it asks again, and finally gives up.
        FakeInfra infra;
        Machine machine;
        machine.run(infra, key_of("dev@example.com"));
        const std::string old = machine.content();
        for (int i = 0; i < 3; ++i)
            infra.posts.push_back(
                {false, Error{Code::server, "503", {}, "http_503", 503, true, Effect::unknown}});
        const Report report =
            machine.run(infra, key_of("dev@example.com"), Mode::apply, nullptr, &own_token);
        CPPUNIT_ASSERT_EQUAL(std::string("ok error:create_ambiguous"), done(report));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
        CPPUNIT_ASSERT_EQUAL(old, machine.content());
    }

    void a_question_that_makes_the_key_is_the_answer() {
        for (bool on_disk : {false, true}) {
            FakeInfra infra;
            Machine machine;
            const Desired want = key_of("dev@example.com");
            if (on_disk)
                machine.run(infra, want);
            else
                infra.add("web", "uDev", day, day);
            infra.before_post = [](FakeInfra& server) { server.keys.clear(); };
            const Report report = on_disk
                                      ? machine.run(infra, want, Mode::apply, nullptr, &own_token)
                                      : run_with(infra, want);
            CPPUNIT_ASSERT_EQUAL(std::string("ok create changed"), done(report));
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
            CPPUNIT_ASSERT(report.secret && report.secret->equals(infra.keys.at(0).secret));
            if (on_disk) CPPUNIT_ASSERT_EQUAL(infra.keys.at(0).secret, machine.content());
        }
    }

    void where_the_name_is_free_the_new_key_comes_first() {
        for (bool allowed : {true, false}) {
            FakeInfra infra;
            Machine machine;
            machine.run(infra, key_of("connector"));
            const std::string old = infra.keys.at(0).id;
            infra.may_create_for_all = allowed;
            Desired want = key_of("dev@example.com"); // the key must belong to another user
            want.recreate = Recreate::state_change;
            const Report check = machine.run(infra, want, Mode::check, nullptr, &own_token);
            const Report report = machine.run(infra, want, Mode::apply, nullptr, &own_token);
            const std::string calls = joined(infra.calls);
            if (allowed) {
                CPPUNIT_ASSERT_EQUAL(std::string("rotation_due create retire changed"),
                                     done(report));
                CPPUNIT_ASSERT_EQUAL(done(check), done(report));
                must_contain(calls, "create web, delete " + old);
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
                CPPUNIT_ASSERT_EQUAL(infra.keys.at(0).secret, machine.content());
                CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(machine.run(infra, want, Mode::apply,
                                                                         nullptr, &own_token)));
            } else {
                CPPUNIT_ASSERT_EQUAL(std::string("rotation_due error:http_400"), done(report));
                CPPUNIT_ASSERT_EQUAL(old, infra.keys.at(0).id);
            }
        }
    }

    void a_dead_key_in_the_way_makes_room_before_the_live_one_goes() {
        FakeInfra infra;
        Machine machine;
        Desired want = key_of("dev@example.com");
        want.overlap = must(Duration::parse("1h"));
        want.recreate = Recreate::state_change;
        want.keepers = std::string(64, 'a');
        machine.run(infra, want);
        want.keepers = std::string(64, 'b');
        machine.run(infra, want); // rotated: web, and web.rot-1 in the file
        infra.keys.at(0).deadline = infra.keys.at(0).expires = infra.now - 1;
        want.overlap.reset();
        want.keepers = std::string(64, 'c');
        const Report report = machine.run(infra, want, Mode::apply, nullptr, &own_token);
        CPPUNIT_ASSERT_EQUAL(std::string("rotation_due delete create retire changed"),
                             done(report));
        must_contain(joined(infra.calls), "delete k1, create web, delete k2");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
        CPPUNIT_ASSERT_EQUAL(infra.keys.at(0).secret, machine.content());
    }

    void the_key_that_authenticates_is_refused_before_any_other_goes() {
        for (bool other_was_used : {false, true}) {
            FakeInfra infra;
            infra.add("web", "uDev", day, day);
            infra.add("web.rot-1-0123abcd", "uDev", day, day).secret = own_token.reveal();
            infra.add("web.rot-2-0123abcd", "uDev", day, day);
            infra.now += hour;
            infra.own_key = "k2";
            infra.authenticate();
            infra.now += 1;
            if (other_was_used) infra.use(infra.keys.at(2));
            Desired want{plan::State::absent, must(KeyName::parse("web"))};
            want.user = "dev@example.com";
            for (Mode mode : {Mode::check, Mode::apply}) {
                const Report report = run_with(infra, want, mode, &own_token);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(joined(infra.calls), std::string("ok error:own_key"),
                                             done(report));
                must_contain(report.error->message, "k2");
                must_contain(report.error->message, "another key");
                CPPUNIT_ASSERT_EQUAL(std::string("access_key"), report.error->field);
                CPPUNIT_ASSERT_EQUAL(std::size_t{3}, infra.keys.size());
            }
        }
    }

    void where_nobody_can_look_for_that_key_nothing_goes() {
        FakeInfra infra;
        infra.add("web", "uDev", day, day);
        infra.add("web.rot-1-0123abcd", "uDev", day, day).secret = own_token.reveal();
        infra.own_key = "k2";
        infra.now += hour;
        for (FakeInfra::Key& key : infra.keys)
            infra.use(key); // both look as if used just now
        infra.now += 2;
        infra.lists.push_back(Error{}); // succeeds
        infra.lists.push_back({Code::server, "too many requests", {}, "http_429", 429, true});
        Desired want{plan::State::absent, must(KeyName::parse("web"))};
        want.user = "dev@example.com";
        const Report report = run_with(infra, want);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(joined(infra.calls), std::string("ok error:http_429"),
                                     done(report));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, infra.keys.size());
    }

    void a_wrong_clock_does_not_call_the_key_that_authenticates_dead() {
        FakeInfra infra;
        infra.exact_time = false;
        infra.clock_skew = 2 * day; // this machine's clock; the answers have no Date
        infra.add("web", "uDev", 30 * day, 30 * day);
        infra.add("web.rot-1-0123abcd", "uDev", day, day).secret = own_token.reveal();
        infra.now += hour;
        infra.own_key = "k2";
        Desired want{plan::State::absent, must(KeyName::parse("web"))};
        want.user = "dev@example.com";
        const Report report = run_with(infra, want);
        CPPUNIT_ASSERT(report.error && report.error->detail == "own_key");
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, infra.keys.size());
    }

    void check_mode_knows_the_key_that_authenticates() {
        for (auto state : {plan::State::present, plan::State::absent}) {
            FakeInfra infra;
            infra.add("web", "uDev", day, day).secret = own_token.reveal();
            infra.own_key = "k1";
            infra.now += hour;
            Desired want = key_of("dev@example.com");
            want.state = state;
            const Report check = run_with(infra, want, Mode::check);
            const Report real = run_with(infra, want);
            CPPUNIT_ASSERT_EQUAL(std::string("ok error:own_key"), done(check));
            CPPUNIT_ASSERT_EQUAL(done(check), done(real));
            CPPUNIT_ASSERT_EQUAL(check.error->message, real.error->message);
            CPPUNIT_ASSERT(check.error->code == real.error->code);
        }
    }

    void a_key_that_others_use_is_not_taken_for_the_one_that_authenticates() {
        for (const char* owner : {"uConnector", "uDev"}) {
            FakeInfra infra;
            infra.users.push_back({"uAdmin", "admin@example.com"});
            infra.add("web", owner, day, day);
            infra.add("admin", std::string(owner) == "uDev" ? "uDev" : "uAdmin", day, day).secret =
                own_token.reveal();
            infra.own_key = "k2";
            infra.now += hour;
            infra.use(infra.keys.at(0)); // used just now, but not again
            Desired want{plan::State::absent, must(KeyName::parse("web"))};
            want.user = std::string(owner) == "uDev" ? "dev@example.com" : "connector";
            CPPUNIT_ASSERT_EQUAL(std::string("ok delete changed"),
                                 done(run_with(infra, want, Mode::check)));
            CPPUNIT_ASSERT_EQUAL(std::string("ok delete changed"), done(run_with(infra, want)));
        }
    }

    void another_key_to_authenticate_with_removes_the_first() {
        FakeInfra infra;
        infra.add("web", "uDev", day, day);
        infra.add("other", "uDev", day, day);
        infra.own_key = "k1";
        infra.now += hour;
        Desired want{plan::State::absent, must(KeyName::parse("web"))};
        want.user = "dev@example.com";
        CPPUNIT_ASSERT_EQUAL(std::string("ok error:own_key"), done(run_with(infra, want)));
        infra.own_key = "k2";
        CPPUNIT_ASSERT_EQUAL(std::string("ok delete changed"), done(run_with(infra, want)));
        CPPUNIT_ASSERT_EQUAL(std::string("absent"), done(run_with(infra, want)));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReconcileFirstDeleteTest);

} // namespace
} // namespace infrastate
