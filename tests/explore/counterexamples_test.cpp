// SPDX-License-Identifier: Apache-2.0
// The scenarios in which an earlier, naive version of the state logic lost a key, took another
// one's, or rotated for ever. Faults are placed by hand, and each ends as it should. These are the
// first nine.
#include "trace.h"

namespace infrastate::explore {
namespace {

using plan::Desired;

class CounterexamplesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CounterexamplesTest);
    CPPUNIT_TEST(who_gets_a_409_deletes_nothing_though_its_intent_fits_the_winners_key);
    CPPUNIT_TEST(a_key_of_another_tool_is_not_taken_for_the_post_that_a_crash_prevented);
    CPPUNIT_TEST(clones_do_not_delete_each_others_successors);
    CPPUNIT_TEST(a_rename_with_overlap_retires_the_key_of_the_old_name);
    CPPUNIT_TEST(an_open_intent_and_anothers_used_key_do_not_add_up_to_ok);
    CPPUNIT_TEST(renewal_splay_and_overlap_that_fill_the_lifetime_are_refused);
    CPPUNIT_TEST(a_rotation_dated_in_the_future_happens_once_and_not_before);
    CPPUNIT_TEST(two_machines_under_adopt_replace_do_not_flap);
    CPPUNIT_TEST(two_callers_stores_with_one_name_do_not_rotate_each_other);
    CPPUNIT_TEST_SUITE_END();

public:
    // 1
    void who_gets_a_409_deletes_nothing_though_its_intent_fits_the_winners_key() {
        // Many start times, and marks that are often equal: then the intent fits the other's key.
        int conflicts = 0;
        for (Millis delay = 0; delay < 400; delay += 7) {
            Trace trace({on_disk(0), on_disk(1)}, true);
            trace.run_both(Actor{0}, Actor{1, delay});
            const auto& results = trace.player().results();
            const RunResult& second = *results.back();
            const RunResult& first = *results[results.size() - 2];
            const bool both_saw_absent = first.report.plan.reason == plan::Reason::absent ||
                                         second.report.plan.reason == plan::Reason::absent;
            CPPUNIT_ASSERT(both_saw_absent);
            CPPUNIT_ASSERT_EQUAL(std::string("web"), trace.live());
            // One has the key, the other got the 409.
            CPPUNIT_ASSERT((trace.opened(0) == nullptr) != (trace.opened(1) == nullptr));
            conflicts += first.requests > 4 || second.requests > 4 ? 1 : 0;
            for (const ServerChange& change : trace.player().server().changes)
                CPPUNIT_ASSERT(change.made);
        }
        CPPUNIT_ASSERT(conflicts > 5);
    }

    // 2
    void a_key_of_another_tool_is_not_taken_for_the_post_that_a_crash_prevented() {
        Trace trace({on_disk()});
        CPPUNIT_ASSERT_EQUAL(std::string("died"),
                             Trace::done(trace.run(0, {{Where::post, 0, What::crash_before}})));
        trace.make("web", 8766 * hour, 72 * hour); // exactly what the task asks for
        CPPUNIT_ASSERT_EQUAL(std::string("unheld error:unheld"), Trace::done(trace.run(0)));
        CPPUNIT_ASSERT_EQUAL(std::string("web"), trace.live());
        trace.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("web"), trace.live());
        CPPUNIT_ASSERT_EQUAL(std::string(), trace.kept());
    }

    // 3
    void clones_do_not_delete_each_others_successors() {
        Task task = on_disk(0);
        task.desired.overlap = span(30 * minute);
        task.desired.keepers = "one";
        Task clone = task;
        clone.machine = 1;
        Trace trace({task, clone});
        trace.run(0);
        // The second machine is a copy of the first, with the same secret and record.
        for (const std::string& path : trace.player().machine(0).disk.paths())
            trace.player().machine(1).disk.put(path,
                                               *trace.player().machine(0).disk.contents(path));
        for (int i : {0, 1})
            trace.edit(i, [](Task& changed) { changed.desired.keepers = "two"; });
        trace.run(0);
        const std::string of_first = trace.kept(0);
        trace.run(1);
        trace.run(0);
        CPPUNIT_ASSERT(trace.opened(0) != nullptr && trace.opened(1) != nullptr);
        CPPUNIT_ASSERT(trace.kept(0) == of_first && trace.kept(0) != trace.kept(1));
        trace.wait(31 * minute);
        for (int i : {0, 1, 0, 1}) {
            trace.reload(i);
            trace.use(i);
            trace.wait(5);
            trace.run(i);
        }
        CPPUNIT_ASSERT(trace.opened(0) != nullptr && trace.opened(1) != nullptr);
    }

    // 4
    void a_rename_with_overlap_retires_the_key_of_the_old_name() {
        Task task = on_disk();
        task.desired.overlap = span(10 * minute);
        Trace trace({task});
        trace.run(0);
        const std::string old = trace.kept();
        trace.edit(
            0, [](Task& changed) { changed.desired.name = test::must(KeyName::parse("renamed")); });
        CPPUNIT_ASSERT_EQUAL(std::string("rotation_due create changed"), Trace::done(trace.run(0)));
        CPPUNIT_ASSERT(trace.player().server().by_secret(old) != nullptr);
        trace.reload(0);
        trace.wait(5);
        trace.use(0);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), Trace::done(trace.run(0)));
        trace.wait(10 * minute);
        CPPUNIT_ASSERT_EQUAL(std::string("ok retire changed"), Trace::done(trace.run(0)));
        CPPUNIT_ASSERT(trace.player().server().by_secret(old) == nullptr);
        CPPUNIT_ASSERT_EQUAL(std::string("renamed"), trace.live());
    }

    // 5
    void an_open_intent_and_anothers_used_key_do_not_add_up_to_ok() {
        Trace trace({on_disk(0), on_disk(1)});
        trace.run(0, {{Where::post, 0, What::crash_before}});
        trace.run(1);
        trace.reload(1);
        trace.wait(5);
        trace.use(1);
        const RunResult& result = trace.run(0);
        CPPUNIT_ASSERT_EQUAL(std::string("unheld error:unheld"), Trace::done(result));
        CPPUNIT_ASSERT(!result.report.secret);
        CPPUNIT_ASSERT(trace.opened(1) != nullptr);
    }

    // 6
    void renewal_splay_and_overlap_that_fill_the_lifetime_are_refused() {
        Task task = on_disk();
        task.desired.expires_in = span(hour);
        task.desired.renew_before = span(40 * minute);
        task.desired.renew_splay = span(30 * minute);
        Trace trace({task});
        const RunResult& refused = trace.run(0);
        CPPUNIT_ASSERT(refused.skipped);
        CPPUNIT_ASSERT_EQUAL(std::string("renew_before"), refused.report.error->field);
        trace.edit(0, [](Task& changed) { changed.desired.renew_splay = span(10 * minute); });
        CPPUNIT_ASSERT_EQUAL(std::string("absent create changed"), Trace::done(trace.run(0)));
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), Trace::done(trace.run(0)));
        trace.wait(25 * minute);
        CPPUNIT_ASSERT_EQUAL(std::string("expiring delete create changed"),
                             Trace::done(trace.run(0)));
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), Trace::done(trace.run(0)));
    }

    // 7
    void a_rotation_dated_in_the_future_happens_once_and_not_before() {
        Task task = on_disk();
        Trace trace({task});
        trace.edit(0, [&](Task& changed) {
            changed.desired.rotate_if_created_before =
                Timestamp::from_unix(trace.player().simulation().seconds() + hour);
        });
        CPPUNIT_ASSERT_EQUAL(std::string("absent create changed"), Trace::done(trace.run(0)));
        for (int i = 0; i < 3; ++i)
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), Trace::done(trace.run(0)));
        trace.wait(hour);
        CPPUNIT_ASSERT_EQUAL(std::string("rotation_due delete create changed"),
                             Trace::done(trace.run(0)));
        for (int i = 0; i < 3; ++i)
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), Trace::done(trace.run(0)));
    }

    // 8
    void two_machines_under_adopt_replace_do_not_flap() {
        Task task = on_disk();
        task.desired.adopt = plan::Adopt::replace;
        Task other = task;
        other.machine = 1;
        Trace trace({task, other});
        trace.run(0);
        trace.wait(5);
        CPPUNIT_ASSERT_EQUAL(std::string("unheld delete create changed"),
                             Trace::done(trace.run(1)));
        for (int i = 0; i < 3; ++i) {
            trace.wait(5);
            CPPUNIT_ASSERT_EQUAL(std::string("unheld error:taken_by_another_holder"),
                                 Trace::done(trace.run(0)));
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), Trace::done(trace.run(1)));
        }
        CPPUNIT_ASSERT_EQUAL(std::string("web"), trace.live());
    }

    // 9
    void two_callers_stores_with_one_name_do_not_rotate_each_other() {
        Trace trace({in_a_vault(0), in_a_vault(1)});
        CPPUNIT_ASSERT_EQUAL(std::string("absent create changed"), Trace::done(trace.run(0)));
        trace.damage(1, Damage::vault_wrong);
        for (int i = 0; i < 3; ++i) {
            trace.wait(10 * minute);
            CPPUNIT_ASSERT_EQUAL(std::string("unheld error:unheld"), Trace::done(trace.run(1)));
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), Trace::done(trace.run(0)));
        }
        CPPUNIT_ASSERT(trace.opened(0) != nullptr);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CounterexamplesTest);

} // namespace
} // namespace infrastate::explore
