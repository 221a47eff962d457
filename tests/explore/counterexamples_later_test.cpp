// SPDX-License-Identifier: Apache-2.0
// The second half of the stories that shaped the state logic; see counterexamples_test.cpp.
#include "tale.h"

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

    static Holder overlapping(std::int64_t seconds) {
        Holder out = on_disk();
        out.desired.overlap = span(seconds);
        out.desired.keepers = "one";
        return out;
    }
    static void next_keepers(Holder& holder) { holder.desired.keepers = "two"; }

public:
    // 10
    void a_secret_is_not_booked_on_a_predecessor_that_is_used_all_the_time() {
        Tale tale({overlapping(10 * minute)});
        tale.run(0);
        tale.reload(0);
        tale.edit(0, next_keepers);
        tale.run(0);
        const std::string successor = tale.opened()->id;
        tale.damage(0, Damage::record_gone);
        // The consumer works on with the old secret, at the very moment of the try too.
        for (int i = 0; i < 3; ++i) {
            tale.wait(3);
            tale.use(0);
            const RunResult& result = tale.run(0);
            if (result.report.secret_state == plan::SecretState::good)
                CPPUNIT_ASSERT_EQUAL(successor, result.report.key->id.text());
            CPPUNIT_ASSERT_EQUAL(successor, tale.opened()->id);
        }
        tale.wait(20);
        const RunResult& quiet = tale.run(0);
        CPPUNIT_ASSERT(quiet.report.secret_state == plan::SecretState::good);
        CPPUNIT_ASSERT_EQUAL(successor, quiet.report.key->id.text());
    }

    // 11
    void a_leftover_beside_an_old_record_is_finished_and_not_rotated_away() {
        Tale tale({overlapping(10 * minute)});
        tale.run(0);
        tale.edit(0, next_keepers);
        // The new secret is on disk, the record is still the old one.
        int finished = 0;
        CPPUNIT_ASSERT_EQUAL(std::string("died"),
                             Tale::done(tale.run(0, {{Where::write, 4, What::crash_before}})));
        CPPUNIT_ASSERT(!tale.player().leftover(0).empty());
        const std::string secret = tale.player().leftover(0);
        finished += Tale::done(tale.run(0)) == "ok hand_over changed" ? 1 : 0;
        CPPUNIT_ASSERT_EQUAL(1, finished);
        CPPUNIT_ASSERT_EQUAL(secret, tale.kept());
        CPPUNIT_ASSERT_EQUAL(std::string("web web.rot-1"), tale.live());
        tale.settle();
        CPPUNIT_ASSERT_EQUAL(secret, tale.kept());
        CPPUNIT_ASSERT_EQUAL(std::string("web.rot-1"), tale.live());
    }

    // 12
    void a_name_edited_between_crash_and_next_run_loses_nothing() {
        for (const What crash : {What::crash_before, What::crash_after})
            for (int write = 0; write < 8; ++write) {
                Tale tale({on_disk()});
                if (!tale.run(0, {{Where::write, write, crash}}).died) continue;
                tale.edit(0, [](Holder& holder) {
                    holder.desired.name = test::must(KeyName::parse("renamed"));
                });
                tale.run(0);
                tale.settle();
                CPPUNIT_ASSERT_EQUAL(std::string("renamed"), tale.live());
                CPPUNIT_ASSERT(tale.opened() != nullptr);
                for (const Key* key : tale.player().server().sorted())
                    CPPUNIT_ASSERT(key->name != "web");
            }
    }

    // 13
    void a_request_that_acts_after_its_repetition_leaves_no_orphan() {
        Holder task = on_disk();
        Tale tale({task});
        CPPUNIT_ASSERT_EQUAL(std::string("absent create changed"),
                             Tale::done(tale.run(0, {{Where::post, 0, What::late, 60}})));
        const std::string id = tale.opened()->id;
        // The name is freed before the late request acts.
        tale.edit(
            0, [](Holder& holder) { holder.desired.name = test::must(KeyName::parse("renamed")); });
        tale.run(0);
        CPPUNIT_ASSERT(tale.player().server().find(id) == nullptr);
        tale.wait(90);
        tale.run(0);
        tale.settle();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, tale.player().server().sorted().size());
        CPPUNIT_ASSERT_EQUAL(std::string("renamed"), tale.live());
    }

    // 14
    void a_runs_own_try_does_not_count_as_use_of_the_successor() {
        Holder task = overlapping(10 * minute);
        task.desired.verify = plan::Verify::always;
        Tale tale({task});
        tale.run(0);
        tale.reload(0);
        tale.edit(0, next_keepers);
        tale.run(0);
        for (int i = 0; i < 4; ++i) {
            tale.wait(5 * minute);
            tale.use(0); // still with the old secret
            tale.wait(10);
            tale.run(0);
            CPPUNIT_ASSERT_EQUAL(std::string("web web.rot-1"), tale.live());
        }
        tale.wait(5);
        tale.reload(0);
        tale.use(0);
        tale.wait(10);
        CPPUNIT_ASSERT_EQUAL(std::string("ok retire changed"), Tale::done(tale.run(0)));
    }

    // 15
    void two_machines_that_replace_a_dead_key_end_with_one_key() {
        for (Millis delay = 0; delay < 800; delay += 40) {
            Holder task = on_disk(0);
            task.desired.overlap = span(minute);
            task.desired.expires_in = span(hour);
            Holder other = task;
            other.machine = 1;
            Tale tale({task, other});
            tale.run(0);
            tale.wait(hour + 5);
            tale.run_both(Actor{0}, Actor{1, delay});
            CPPUNIT_ASSERT_EQUAL(std::string("web"), tale.live());
            CPPUNIT_ASSERT((tale.opened(0) == nullptr) != (tale.opened(1) == nullptr));
        }
    }

    // 16
    void a_wrong_secret_that_is_never_tried_counts_as_refused() {
        Holder task = on_disk();
        task.desired.verify = plan::Verify::never;
        Tale tale({task});
        tale.run(0);
        tale.damage(0, Damage::file_wrong);
        CPPUNIT_ASSERT_EQUAL(std::string("secret_rejected delete create changed"),
                             Tale::done(tale.run(0)));
        CPPUNIT_ASSERT(tale.opened() != nullptr);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), Tale::done(tale.run(0)));
    }

    // 17
    void recreate_never_holds_against_renaming() {
        Holder task = on_disk();
        task.desired.recreate = plan::Recreate::never;
        Tale tale({task});
        tale.run(0);
        const std::string secret = tale.kept();
        tale.edit(
            0, [](Holder& holder) { holder.desired.name = test::must(KeyName::parse("renamed")); });
        CPPUNIT_ASSERT_EQUAL(std::string("rotation_due error:rotation_due"),
                             Tale::done(tale.run(0)));
        CPPUNIT_ASSERT_EQUAL(secret, tale.kept());
        CPPUNIT_ASSERT(tale.opened() != nullptr);
    }

    // 18
    void one_hosts_missing_secret_does_not_take_the_key_of_the_others() {
        Tale tale({on_disk(0), on_disk(1), on_disk(2)});
        tale.run(0);
        // The others were given the secret and have taken it over.
        for (int i : {1, 2}) {
            tale.give("web", i);
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), Tale::done(tale.run(i)));
            tale.wait(10);
        }
        const std::string secret = tale.kept(0);
        Tale fresh({on_disk(0), on_disk(1)});
        fresh.run(0);
        for (int i = 0; i < 3; ++i) {
            // A host that never held it has no claim, whatever is missing there.
            CPPUNIT_ASSERT_EQUAL(std::string("unheld error:unheld"), Tale::done(fresh.run(1)));
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), Tale::done(fresh.run(0)));
        }
        for (int i : {0, 1, 2})
            CPPUNIT_ASSERT_EQUAL(secret, tale.kept(i));
        CPPUNIT_ASSERT_EQUAL(std::string("web"), tale.live());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LaterCounterexamplesTest);

} // namespace
} // namespace infrastate::explore
