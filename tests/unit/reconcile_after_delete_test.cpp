// SPDX-License-Identifier: Apache-2.0
// Between the deletion of a key and the creation of its successor a run gives nothing up early. It
// waits while the server is busy, restarts or fails briefly.
#include "fake_machine.h"

namespace infrastate {
namespace {

using namespace test; // NOLINT: the fakes of this test
using plan::Desired;
using plan::Recreate;
using reconcile::Report;

constexpr std::int64_t hour = 3600, day = 24 * hour;

Desired replaced() {
    Desired out{plan::State::present, must(KeyName::parse("web"))};
    out.recreate = Recreate::always;
    return out;
}

Error busy() {
    return Error{Code::server, "too many requests", {}, "http_429", 429, true};
}
Error refused() {
    return Error{Code::transport, "connection refused", {}, "refused", 0, true};
}
Error unauthorized() {
    return Error{Code::auth, "unauthorized", "access_key", "http_401", 401};
}
Error unavailable() {
    return Error{Code::server, "unavailable", {}, "http_503", 503, true, Effect::unknown};
}

/// A server with the key "web", and two places to run from: without and with a file.
struct Setup {
    explicit Setup(bool file) : on_disk(file) {
        if (file)
            machine.run(infra, replaced());
        else
            infra.add("web", "uConnector", day, day);
        first = infra.keys.at(0).id;
    }
    Report run(const Desired& want = replaced()) {
        if (on_disk) return machine.run(infra, want);
        infra.calls.clear();
        FakeHost host;
        host.clock = &infra;
        host.cancelled = machine.cancelled;
        reconcile::Context context{infra.with(host)};
        Report out = reconcile::reconcile_access_key(want, reconcile::Mode::apply, context);
        machine.paused_ms = host.paused_ms;
        return out;
    }
    std::ptrdiff_t posts_sent() const {
        return std::count(infra.calls.begin(), infra.calls.end(), "create web");
    }

    const bool on_disk;
    FakeInfra infra{};
    Machine machine{};
    std::string first{};
};

class ReconcileAfterDeleteTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ReconcileAfterDeleteTest);
    CPPUNIT_TEST(what_shows_that_the_server_did_not_act_is_waited_out);
    CPPUNIT_TEST(a_second_401_is_the_servers_word);
    CPPUNIT_TEST(an_unclear_answer_is_looked_up_and_tried_again_where_intents_are_kept);
    CPPUNIT_TEST(a_look_up_that_fails_meanwhile_is_waited_out_too);
    CPPUNIT_TEST(so_is_the_second_of_two_deletions);
    CPPUNIT_TEST(a_longer_wait_than_there_is_time_ends_with_one_last_try);
    CPPUNIT_TEST(cancelling_ends_the_waiting);
    CPPUNIT_TEST(before_the_first_deletion_nothing_is_waited_for);
    CPPUNIT_TEST(a_key_made_late_expires_when_it_was_asked_to);
    CPPUNIT_TEST(so_does_a_key_that_is_made_after_long_trials);
    CPPUNIT_TEST(a_refusal_for_good_is_not_waited_out);
    CPPUNIT_TEST(another_live_key_of_the_family_is_no_reason_to_stop);
    CPPUNIT_TEST(nor_is_it_taken_over_as_well);
    CPPUNIT_TEST_SUITE_END();

public:
    void what_shows_that_the_server_did_not_act_is_waited_out() {
        for (bool on_disk : {false, true})
            for (const Error& failure : {busy(), refused(), unauthorized()}) {
                Setup setup(on_disk);
                setup.infra.time_left = true;
                setup.infra.posts.push_back({false, failure, {}, 1000});
                if (failure.http_status != 401) {
                    setup.infra.posts.push_back({false, failure});
                    setup.infra.posts.push_back({false, failure});
                }
                const Report report = setup.run();
                CPPUNIT_ASSERT_EQUAL_MESSAGE(failure.message,
                                             std::string("ok delete create changed"), done(report));
                CPPUNIT_ASSERT(setup.infra.posts.empty() && setup.infra.completing);
                CPPUNIT_ASSERT(setup.machine.paused_ms >= 1000);
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, setup.infra.keys.size());
                CPPUNIT_ASSERT(setup.infra.keys.at(0).id != setup.first);
                if (on_disk)
                    CPPUNIT_ASSERT_EQUAL(setup.infra.keys.at(0).secret, setup.machine.content());
            }
    }

    void a_second_401_is_the_servers_word() {
        Setup setup(false);
        setup.infra.posts.push_back({false, unauthorized()});
        setup.infra.posts.push_back({false, busy()});
        setup.infra.posts.push_back({false, unauthorized()});
        const Report report = setup.run();
        CPPUNIT_ASSERT_EQUAL(std::string("ok delete changed error:http_401"), done(report));
        must_contain(report.error->message, "no live key");
    }

    void an_unclear_answer_is_looked_up_and_tried_again_where_intents_are_kept() {
        Setup setup(true);
        setup.infra.completion_ms = 60'000;
        for (int i = 0; i < 5; ++i)
            setup.infra.posts.push_back({i == 2, unavailable()});
        const Report report = setup.run();
        CPPUNIT_ASSERT_EQUAL(std::string("ok delete collect create changed"), done(report));
        CPPUNIT_ASSERT(setup.infra.posts.empty());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, setup.infra.keys.size());
        CPPUNIT_ASSERT_EQUAL(setup.infra.keys.at(0).secret, setup.machine.content());
        // Without intents nothing could recognize the key.
        Setup other(false);
        other.infra.posts.push_back({false, unavailable()});
        CPPUNIT_ASSERT_EQUAL(std::string("ok delete changed error:create_ambiguous"),
                             done(other.run()));
        CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{1}, other.posts_sent());
    }

    void a_look_up_that_fails_meanwhile_is_waited_out_too() {
        Error down = unavailable();
        down.effect = Effect::none;
        for (const Error& failure : {down, refused(), busy(), unauthorized()}) {
            Setup setup(true);
            setup.infra.completion_ms = 60'000;
            setup.infra.posts.push_back({false, unavailable()});
            setup.infra.lists = {Error{}, failure};
            if (failure.http_status != 401) setup.infra.lists.push_back(failure);
            const Report report = setup.run();
            CPPUNIT_ASSERT_EQUAL_MESSAGE(failure.message, std::string("ok delete create changed"),
                                         done(report));
            CPPUNIT_ASSERT(setup.infra.lists.empty());
        }
        Setup setup(true);
        setup.infra.posts.push_back({false, unavailable()});
        setup.infra.lists.push_back(Error{});
        for (int i = 0; i < 20; ++i)
            setup.infra.lists.push_back(down);
        const Report report = setup.run();
        CPPUNIT_ASSERT_EQUAL(std::string("ok delete changed error:create_ambiguous"), done(report));
        CPPUNIT_ASSERT_EQUAL(Effect::unknown, report.outcome);
        must_contain(report.error->message, "no live key");
    }

    void so_is_the_second_of_two_deletions() {
        Setup setup(true);
        Desired want = replaced();
        want.overlap = must(Duration::parse("1h"));
        want.keepers = std::string(64, 'a');
        want.recreate = Recreate::state_change;
        setup.run(want);
        want.keepers = std::string(64, 'b');
        setup.run(want); // now web and web.rot-1 live
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, setup.infra.keys.size());
        for (const Error& failure : {busy(), refused(), unauthorized(), unavailable()}) {
            Setup again(true);
            again.run(want);
            want.keepers = std::string(64, want.keepers->front() == 'b' ? 'c' : 'b');
            again.run(want);
            CPPUNIT_ASSERT_EQUAL(std::size_t{2}, again.infra.keys.size());
            again.infra.deletes.push_back({true, Error{}});
            again.infra.deletes.push_back({failure.effect == Effect::unknown, failure});
            const Report report = again.run();
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                failure.message, std::string("ok delete delete create changed"), done(report));
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, again.infra.keys.size());
        }
    }

    void a_longer_wait_than_there_is_time_ends_with_one_last_try() {
        Setup setup(false);
        setup.infra.posts.push_back({false, busy(), {}, 60'000});
        CPPUNIT_ASSERT_EQUAL(std::string("ok delete create changed"), done(setup.run()));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3000}, setup.machine.paused_ms);

        Setup other(false);
        for (int i = 0; i < 2; ++i)
            other.infra.posts.push_back({false, busy(), {}, 60'000});
        const Report report = other.run();
        CPPUNIT_ASSERT_EQUAL(std::string("ok delete changed error:http_429"), done(report));
        CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{2}, other.posts_sent());
        must_contain(report.error->message, "no live key");
        CPPUNIT_ASSERT(report.error->retryable);
        // The next run repairs it.
        CPPUNIT_ASSERT_EQUAL(std::string("absent create changed"), done(other.run()));
    }

    void cancelling_ends_the_waiting() {
        for (bool on_disk : {false, true}) {
            Setup setup(on_disk);
            setup.machine.cancelled = true;
            setup.infra.posts.push_back({false, busy()});
            const Report report = setup.run();
            CPPUNIT_ASSERT_EQUAL(std::string("ok delete changed error:cancelled"), done(report));
            CPPUNIT_ASSERT(report.error->code == Code::cancelled);
            must_contain(report.error->message, "too many requests");
            CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{1}, setup.posts_sent());
        }
    }

    void before_the_first_deletion_nothing_is_waited_for() {
        for (const Error& failure : {busy(), refused(), unauthorized()}) {
            Setup setup(false);
            setup.infra.keys.clear();
            setup.infra.posts.push_back({false, failure});
            const Report report = setup.run();
            CPPUNIT_ASSERT_EQUAL(std::string("absent error:") + failure.detail, done(report));
            CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, setup.machine.paused_ms);
            CPPUNIT_ASSERT(!setup.infra.completing);
        }
    }

    void a_key_made_late_expires_when_it_was_asked_to() {
        for (bool on_disk : {false, true}) {
            Setup setup(on_disk);
            setup.infra.completion_ms = 60'000;
            Desired want = replaced();
            want.expires_at = Timestamp::from_unix(setup.infra.now + hour);
            setup.infra.posts.push_back({false, busy(), {}, 30'000});
            CPPUNIT_ASSERT(!setup.run(want).error);
            const std::int64_t off = Timestamp::from_unix(setup.infra.keys.at(0).expires)
                                         .seconds_since(*want.expires_at);
            CPPUNIT_ASSERT_MESSAGE(std::to_string(off), off >= 0 && off <= 4);
            want.recreate = Recreate::state_change;
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(setup.run(want)));
        }
    }

    void so_does_a_key_that_is_made_after_long_trials() {
        Setup setup(true);
        std::filesystem::remove(setup.machine.path(".key.infrastate"));
        setup.infra.add("busy", "uConnector", day, day);
        setup.infra.now += 60;
        int listings = 0;
        setup.infra.before_list = [&] {
            if (++listings < 4) setup.infra.use(setup.infra.keys.at(1));
        };
        Desired want = replaced();
        want.expires_at = Timestamp::from_unix(setup.infra.now + hour);
        CPPUNIT_ASSERT(!setup.run(want).error);
        CPPUNIT_ASSERT(setup.machine.paused_ms >= 5000);
        const std::int64_t off =
            Timestamp::from_unix(setup.infra.keys.back().expires).seconds_since(*want.expires_at);
        CPPUNIT_ASSERT_MESSAGE(std::to_string(off), off >= 0 && off <= 4);
    }

    void another_live_key_of_the_family_is_no_reason_to_stop() {
        for (const bool given : {false, true})
            for (const bool dated : {false, true}) {
                Setup setup(true);
                // A caller whose store keeps no record has made it.
                setup.infra.add("web.rot-1-0badcafe", "uConnector", day, day);
                setup.infra.now += hour;
                setup.infra.posts.push_back({false, dated ? busy() : unavailable()});
                Desired want = replaced();
                if (dated) want.expires_at = Timestamp::from_unix(setup.infra.now + 30 * day);
                const std::string secret = setup.machine.content();
                const Secret current(secret);
                if (given) want.current_secret = plan::CurrentSecret::given;
                const Report report = setup.machine.run(setup.infra, want, reconcile::Mode::apply,
                                                        given ? &current : nullptr);
                CPPUNIT_ASSERT_MESSAGE(done(report), !report.error);
                CPPUNIT_ASSERT_EQUAL(std::string("web"), report.key->name);
                CPPUNIT_ASSERT_EQUAL(setup.infra.keys.back().secret, setup.machine.content());
                CPPUNIT_ASSERT_EQUAL(std::size_t{2}, setup.infra.keys.size());
            }
    }

    void nor_is_it_taken_over_as_well() {
        FakeInfra infra;
        Machine machine;
        infra.add("web", "uConnector", day, day);
        const std::string other = infra.add("web.rot-1-0badcafe", "uConnector", day, day).id;
        infra.now += hour;
        infra.posts.push_back({false, unavailable()});
        Desired want = replaced();
        want.adopt = plan::Adopt::replace;
        CPPUNIT_ASSERT_EQUAL(std::string("unheld delete create changed"),
                             done(machine.run(infra, want)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, infra.keys.size());
        CPPUNIT_ASSERT_EQUAL(other, infra.keys.front().id);
    }

    void a_refusal_for_good_is_not_waited_out() {
        Setup setup(true);
        setup.infra.posts.push_back(
            {false, Error{Code::permission, "requires role admin", {}, "http_403", 403}});
        const Report report = setup.run();
        CPPUNIT_ASSERT_EQUAL(std::string("ok delete changed error:http_403"), done(report));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, setup.machine.paused_ms);
        CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{1}, setup.posts_sent());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReconcileAfterDeleteTest);

} // namespace
} // namespace infrastate
