// SPDX-License-Identifier: Apache-2.0
// The second half of the scenarios that shaped the state logic; see counterexamples_test.cpp.
#include "trace.h"

namespace infrastate::explore {
namespace {

class LaterCounterexamplesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(LaterCounterexamplesTest);
    CPPUNIT_TEST(a_secret_is_not_booked_on_a_predecessor_that_is_used_all_the_time);
    CPPUNIT_TEST(a_leftover_beside_an_old_record_is_finished_and_not_rotated_away);
    CPPUNIT_TEST(a_name_edited_between_crash_and_next_run_loses_nothing);
    CPPUNIT_TEST(a_request_that_acts_after_its_repetition_leaves_no_orphan);
    CPPUNIT_TEST(a_runs_own_try_does_not_count_as_use_of_the_successor);
    CPPUNIT_TEST(two_machines_that_replace_a_dead_key_end_with_one_key);
    CPPUNIT_TEST(a_wrong_secret_that_is_never_tried_counts_as_refused);
    CPPUNIT_TEST(recreate_never_holds_against_renaming);
    CPPUNIT_TEST(one_hosts_missing_secret_does_not_take_the_key_of_the_others);
    CPPUNIT_TEST_SUITE_END();

    static Task overlapping(std::int64_t seconds) {
        Task out = on_disk();
        out.desired.overlap = span(seconds);
        out.desired.keepers = "one";
        return out;
    }
    static void next_keepers(Task& changed) { changed.desired.keepers = "two"; }

public:
    // 10
    void a_secret_is_not_booked_on_a_predecessor_that_is_used_all_the_time() {
        Trace trace({overlapping(10 * minute)});
        trace.run(0);
        trace.reload(0);
        trace.edit(0, next_keepers);
        trace.run(0);
        const std::string successor = trace.opened()->id;
        trace.damage(0, Damage::record_gone);
        // The consumer goes on using the old secret, also at the very moment of the try.
        for (int i = 0; i < 3; ++i) {
            trace.wait(3);
            trace.use(0);
            const RunResult& result = trace.run(0);
            if (result.report.secret_state == plan::SecretState::good)
                CPPUNIT_ASSERT_EQUAL(successor, result.report.key->id.text());
            CPPUNIT_ASSERT_EQUAL(successor, trace.opened()->id);
        }
        trace.wait(20);
        const RunResult& quiet = trace.run(0);
        CPPUNIT_ASSERT(quiet.report.secret_state == plan::SecretState::good);
        CPPUNIT_ASSERT_EQUAL(successor, quiet.report.key->id.text());
    }

    // 11
    void a_leftover_beside_an_old_record_is_finished_and_not_rotated_away() {
        Trace trace({overlapping(10 * minute)});
        trace.run(0);
        trace.edit(0, next_keepers);
        // The new secret is on disk, the record is still the old one.
        int finished = 0;
        CPPUNIT_ASSERT_EQUAL(std::string("died"),
                             Trace::done(trace.run(0, {{Where::write, 4, What::crash_before}})));
        CPPUNIT_ASSERT(!trace.player().leftover(0).empty());
        const std::string secret = trace.player().leftover(0);
        finished += Trace::done(trace.run(0)) == "ok hand_over changed" ? 1 : 0;
        CPPUNIT_ASSERT_EQUAL(1, finished);
        CPPUNIT_ASSERT_EQUAL(secret, trace.kept());
        CPPUNIT_ASSERT_EQUAL(std::string("web web.rot-1"), trace.live());
        trace.settle();
        CPPUNIT_ASSERT_EQUAL(secret, trace.kept());
        CPPUNIT_ASSERT_EQUAL(std::string("web.rot-1"), trace.live());
    }

    // 12
    void a_name_edited_between_crash_and_next_run_loses_nothing() {
        for (const What crash : {What::crash_before, What::crash_after})
            for (int write = 0; write < 8; ++write) {
                Trace trace({on_disk()});
                if (!trace.run(0, {{Where::write, write, crash}}).died) continue;
                trace.edit(0, [](Task& changed) {
                    changed.desired.name = test::must(KeyName::parse("renamed"));
                });
                trace.run(0);
                trace.settle();
                CPPUNIT_ASSERT_EQUAL(std::string("renamed"), trace.live());
                CPPUNIT_ASSERT(trace.opened() != nullptr);
                for (const Key* key : trace.player().server().sorted())
                    CPPUNIT_ASSERT(key->name != "web");
            }
    }

    // 13
    void a_request_that_acts_after_its_repetition_leaves_no_orphan() {
        Task task = on_disk();
        Trace trace({task});
        CPPUNIT_ASSERT_EQUAL(std::string("absent create changed"),
                             Trace::done(trace.run(0, {{Where::post, 0, What::late, 60}})));
        const std::string id = trace.opened()->id;
        // The name is freed before the late request acts.
        trace.edit(
            0, [](Task& changed) { changed.desired.name = test::must(KeyName::parse("renamed")); });
        trace.run(0);
        CPPUNIT_ASSERT(trace.player().server().find(id) == nullptr);
        trace.wait(90);
        trace.run(0);
        trace.settle();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, trace.player().server().sorted().size());
        CPPUNIT_ASSERT_EQUAL(std::string("renamed"), trace.live());
    }

    // 14
    void a_runs_own_try_does_not_count_as_use_of_the_successor() {
        Task task = overlapping(10 * minute);
        task.desired.verify = plan::Verify::always;
        Trace trace({task});
        trace.run(0);
        trace.reload(0);
        trace.edit(0, next_keepers);
        trace.run(0);
        for (int i = 0; i < 4; ++i) {
            trace.wait(5 * minute);
            trace.use(0); // still the old secret
            trace.wait(10);
            trace.run(0);
            CPPUNIT_ASSERT_EQUAL(std::string("web web.rot-1"), trace.live());
        }
        trace.wait(5);
        trace.reload(0);
        trace.use(0);
        trace.wait(10);
        CPPUNIT_ASSERT_EQUAL(std::string("ok retire changed"), Trace::done(trace.run(0)));
    }

    // 15
    void two_machines_that_replace_a_dead_key_end_with_one_key() {
        for (Millis delay = 0; delay < 800; delay += 40) {
            Task task = on_disk(0);
            task.desired.overlap = span(minute);
            task.desired.expires_in = span(hour);
            Task other = task;
            other.machine = 1;
            Trace trace({task, other});
            trace.run(0);
            trace.wait(hour + 5);
            trace.run_both(Actor{0}, Actor{1, delay});
            CPPUNIT_ASSERT_EQUAL(std::string("web"), trace.live());
            CPPUNIT_ASSERT((trace.opened(0) == nullptr) != (trace.opened(1) == nullptr));
        }
    }

    // 16
    void a_wrong_secret_that_is_never_tried_counts_as_refused() {
        Task task = on_disk();
        task.desired.verify = plan::Verify::never;
        Trace trace({task});
        trace.run(0);
        trace.damage(0, Damage::file_wrong);
        CPPUNIT_ASSERT_EQUAL(std::string("secret_rejected delete create changed"),
                             Trace::done(trace.run(0)));
        CPPUNIT_ASSERT(trace.opened() != nullptr);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), Trace::done(trace.run(0)));
    }

    // 17
    void recreate_never_holds_against_renaming() {
        Task task = on_disk();
        task.desired.recreate = plan::Recreate::never;
        Trace trace({task});
        trace.run(0);
        const std::string secret = trace.kept();
        trace.edit(
            0, [](Task& changed) { changed.desired.name = test::must(KeyName::parse("renamed")); });
        CPPUNIT_ASSERT_EQUAL(std::string("rotation_due error:rotation_due"),
                             Trace::done(trace.run(0)));
        CPPUNIT_ASSERT_EQUAL(secret, trace.kept());
        CPPUNIT_ASSERT(trace.opened() != nullptr);
    }

    // 18
    void one_hosts_missing_secret_does_not_take_the_key_of_the_others() {
        Trace trace({on_disk(0), on_disk(1), on_disk(2)});
        trace.run(0);
        // The others got the secret and use it now.
        for (int i : {1, 2}) {
            trace.give("web", i);
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), Trace::done(trace.run(i)));
            trace.wait(10);
        }
        const std::string secret = trace.kept(0);
        Trace fresh({on_disk(0), on_disk(1)});
        fresh.run(0);
        for (int i = 0; i < 3; ++i) {
            // A host that never had the secret has no claim, whatever is missing there.
            CPPUNIT_ASSERT_EQUAL(std::string("unheld error:unheld"), Trace::done(fresh.run(1)));
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), Trace::done(fresh.run(0)));
        }
        for (int i : {0, 1, 2})
            CPPUNIT_ASSERT_EQUAL(secret, trace.kept(i));
        CPPUNIT_ASSERT_EQUAL(std::string("web"), trace.live());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LaterCounterexamplesTest);

} // namespace
} // namespace infrastate::explore
