// SPDX-License-Identifier: Apache-2.0
// Faults that the random scenarios found in the first days, repeated by hand. If the exact time
// matters, many times are tried.
#include "trace.h"

namespace infrastate::explore {
namespace {

class FindingsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(FindingsTest);
    CPPUNIT_TEST(without_a_date_a_fast_clock_forgets_no_key_under_a_former_name);
    CPPUNIT_TEST(without_a_date_a_fast_clock_throws_no_finished_key_away);
    CPPUNIT_TEST(an_answered_intent_does_not_make_the_kept_key_a_lost_one);
    CPPUNIT_TEST(a_publish_whose_last_sync_failed_says_changed);
    CPPUNIT_TEST(a_secret_is_booked_on_no_key_while_its_own_is_retired);
    CPPUNIT_TEST(a_leftover_outlasts_a_loss_of_power_once_it_was_tried);
    CPPUNIT_TEST(of_two_equal_requests_the_answered_one_alone_is_closed);
    CPPUNIT_TEST(a_leftover_of_a_former_user_tells_which_key_goes_with_it);
    CPPUNIT_TEST(what_acts_late_is_collected_though_another_key_is_to_go_by_id);
    CPPUNIT_TEST(a_secret_that_could_not_be_kept_stops_no_later_run);
    CPPUNIT_TEST(of_two_tasks_the_one_that_was_cut_off_keeps_its_key_too);
    CPPUNIT_TEST(a_copied_machine_that_is_killed_anywhere_gets_a_key_of_its_own);
    CPPUNIT_TEST(a_try_that_a_run_does_not_outlive_takes_no_key_that_is_in_use);
    CPPUNIT_TEST(what_acts_late_for_a_user_that_is_gone_is_nobodys_orphan);
    CPPUNIT_TEST_SUITE_END();

    static Fault dateless() { return {Where::request, every, What::dateless, 0}; }

public:
    void without_a_date_a_fast_clock_forgets_no_key_under_a_former_name() {
        Task task = on_disk();
        task.desired.expires_in = span(hour);
        Trace trace({task});
        trace.player().machine(0).clock_error = 5 * hour;
        trace.run(0);
        trace.edit(
            0, [](Task& changed) { changed.desired.name = test::must(KeyName::parse("renamed")); });
        trace.run(0, {dateless()});
        trace.settle();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, trace.player().server().sorted().size());
        CPPUNIT_ASSERT_EQUAL(std::string("renamed"), trace.live());
    }

    void without_a_date_a_fast_clock_throws_no_finished_key_away() {
        Task task = on_disk();
        task.desired.expires_in = span(hour);
        Trace trace({task});
        trace.player().machine(0).clock_error = 5 * hour;
        trace.run(0, {{Where::write, 3, What::crash_after}});
        const std::string secret = trace.player().leftover(0);
        CPPUNIT_ASSERT(!secret.empty());
        trace.run(0, {dateless()});
        // Without a Date a use cannot be told from an older one, so it waits for a run with a Date.
        CPPUNIT_ASSERT(trace.player().server().by_secret(secret) != nullptr);
        CPPUNIT_ASSERT_EQUAL(std::string("ok hand_over changed"), Trace::done(trace.run(0)));
        CPPUNIT_ASSERT_EQUAL(secret, trace.kept());
    }

    void an_answered_intent_does_not_make_the_kept_key_a_lost_one() {
        for (int sync = 0; sync < 14; ++sync) {
            Trace trace({on_disk()});
            trace.run(0, {{Where::sync, sync, What::io_error}});
            trace.damage(0, Damage::record_gone);
            const std::string secret = trace.kept();
            trace.run(0);
            trace.run(0);
            CPPUNIT_ASSERT(trace.opened() != nullptr);
            if (!secret.empty()) CPPUNIT_ASSERT_EQUAL(secret, trace.kept());
        }
    }

    void a_publish_whose_last_sync_failed_says_changed() {
        int failed = 0;
        for (int sync = 0; sync < 14; ++sync) {
            Trace trace({on_disk()});
            trace.run(0, {{Where::write, 3, What::crash_after}}); // leaves a new secret
            const RunResult& result = trace.run(0, {{Where::sync, sync, What::io_error}});
            if (!result.report.error) continue;
            ++failed;
            CPPUNIT_ASSERT_EQUAL(result.file_changed, result.report.changed);
        }
        CPPUNIT_ASSERT(failed > 0);
    }

    void a_leftover_outlasts_a_loss_of_power_once_it_was_tried() {
        for (int seconds = 2; seconds < 30; ++seconds) { // another random loss each time
            Trace trace({on_disk()});
            trace.run(0, {{Where::write, 3, What::crash_after}});
            CPPUNIT_ASSERT(!trace.player().leftover(0).empty());
            trace.wait(seconds);
            trace.run(0, {{Where::attempt, 0, What::power_after}});
            trace.settle();
            CPPUNIT_ASSERT(trace.opened() != nullptr);
            CPPUNIT_ASSERT_EQUAL(std::string("web"), trace.live());
        }
    }

    void of_two_equal_requests_the_answered_one_alone_is_closed() {
        for (int before = 0; before < 40; ++before) { // other marks each time, some of them equal
            Task task = on_disk();
            Trace trace({task}, true);
            for (int i = 0; i < before; ++i)
                trace.run(0);
            trace.edit(0, [](Task& changed) {
                changed.desired.inactivity_timeout = span(100 * hour);
                changed.desired.overlap = span(30);
            });
            trace.run(0, {{Where::post, 0, What::late, 104}});
            trace.remove_held(0); // the name is free for the late request
            trace.wait(200);
            trace.settle();
            CPPUNIT_ASSERT(trace.opened() != nullptr);
        }
    }

    void a_leftover_of_a_former_user_tells_which_key_goes_with_it() {
        Trace trace({on_disk()});
        trace.run(0, {{Where::write, 3, What::crash_after}});
        trace.wait(2);
        trace.run(0, {{Where::attempt, 0,
                       What::crash_after}}); // the secret was used and is not yet in place
        CPPUNIT_ASSERT(!trace.player().leftover(0).empty());
        trace.edit(0, [](Task& changed) {
            changed.desired.state = plan::State::absent;
            changed.desired.user = "dev@example.com";
        });
        trace.wait(300);
        trace.run(0);
        CPPUNIT_ASSERT(trace.player().server().sorted().empty());
        trace.settle();
    }

    void what_acts_late_is_collected_though_another_key_is_to_go_by_id() {
        Trace trace({on_disk()});
        trace.run(0, {{Where::post, 0, What::late, 50}});
        const std::string made = trace.opened()->id;
        trace.edit(0, [](Task& changed) { changed.desired.state = plan::State::absent; });
        trace.run(0);
        trace.edit(0,
                   [&](Task& changed) { changed.desired.id = test::must(ServerId::parse(made)); });
        trace.wait(100);
        CPPUNIT_ASSERT_EQUAL(std::string("web"), trace.live());
        CPPUNIT_ASSERT_EQUAL(std::string("absent collect changed"), Trace::done(trace.run(0)));
        CPPUNIT_ASSERT_EQUAL(std::string(), trace.live());
        trace.settle();
    }

    void of_two_tasks_the_one_that_was_cut_off_keeps_its_key_too() {
        for (int write = 0; write < 8; ++write) {
            Task first = on_disk(), second = on_disk();
            second.desired.user = "dev@example.com";
            Trace trace({first, second});
            trace.run(0);
            if (!trace.run(1, {{Where::write, write, What::crash_after}}).died) continue;
            trace.wait(2);
            trace.run(0);
            trace.run(1);
            trace.run(0);
            trace.end();
        }
    }

    void a_copied_machine_that_is_killed_anywhere_gets_a_key_of_its_own() {
        int copied_leftovers = 0;
        for (const bool finished : {true, false})
            for (const What how : {What::crash_after, What::power_after})
                for (int call = 0; call < 70; call += 3) {
                    Task original = on_disk(0), copy = on_disk(1);
                    original.unnamed = copy.unnamed = true;
                    Trace trace({original, copy});
                    trace.run(0, finished ? std::vector<Fault>{}
                                          : std::vector<Fault>{{Where::write, 3, how}});
                    trace.clone(0, 1);
                    copied_leftovers += trace.player().leftover(1).empty() ? 0 : 1;
                    trace.run(1, {{Where::any, call, how}});
                    trace.end();
                    CPPUNIT_ASSERT(trace.opened(0) != nullptr && trace.opened(1) != nullptr);
                    CPPUNIT_ASSERT(trace.opened(0)->id != trace.opened(1)->id);
                }
        CPPUNIT_ASSERT(copied_leftovers > 10);
    }

    void a_try_that_a_run_does_not_outlive_takes_no_key_that_is_in_use() {
        for (const What how : {What::crash_after, What::power_after})
            for (int call = 0; call < 40; ++call) {
                Task task = on_disk();
                task.desired.overlap = span(30);
                task.desired.verify = plan::Verify::always;
                Trace trace({task});
                trace.run(0);
                trace.reload(0);
                trace.edit(0, [](Task& changed) { changed.desired.expires_in = span(day); });
                trace.run(0);
                trace.wait(2 * minute);
                trace.use(0); // still the old secret
                trace.wait(5);
                trace.run(0, {{Where::any, call, how}});
                trace.wait(5);
                trace.run(0);
                CPPUNIT_ASSERT_EQUAL(std::string("web web.rot-1"), trace.live());
            }
    }

    void what_acts_late_for_a_user_that_is_gone_is_nobodys_orphan() {
        Task task = on_disk();
        task.desired.user = "dev@example.com";
        Trace trace({task});
        trace.run(0);
        trace.edit(0, [](Task& changed) { changed.desired.inactivity_timeout = span(100 * hour); });
        trace.run(0, {{Where::post, 0, What::late, 50}});
        trace.remake_user("dev@example.com");
        trace.run(0);
        trace.end();
        // The key exists, but its user was deleted, and nobody can see or use it.
        std::size_t of_nobody = 0;
        for (const Key* key : trace.player().server().sorted())
            of_nobody += trace.player().server().user(key->user_id) == nullptr ? 1U : 0U;
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, of_nobody);
        CPPUNIT_ASSERT(trace.opened() != nullptr);
    }

    void a_secret_that_could_not_be_kept_stops_no_later_run() {
        for (int sync = 0; sync < 14; ++sync) {
            Trace trace({on_disk()});
            trace.run(0, {{Where::sync, sync, What::io_error}});
            const RunResult& next = trace.run(0);
            CPPUNIT_ASSERT_EQUAL(std::string(), next.report.error ? next.report.error->detail : "");
            CPPUNIT_ASSERT(trace.opened() != nullptr);
        }
    }

    void a_secret_is_booked_on_no_key_while_its_own_is_retired() {
        for (Millis delay = 0; delay < 600; delay += 30) {
            Task task = on_disk(0);
            task.desired.overlap = span(1);
            task.desired.adopt = plan::Adopt::replace;
            task.desired.verify = plan::Verify::always;
            Task other = task;
            other.machine = 1;
            Trace trace({task, other});
            trace.run(1);
            trace.wait(2);
            trace.run(0);
            trace.wait(4);
            trace.run_both(Actor{1, delay}, Actor{0});
            for (int i : {0, 1}) {
                trace.wait(10);
                const RunResult& result = trace.run(i);
                if (result.report.secret_state != plan::SecretState::good) continue;
                CPPUNIT_ASSERT_EQUAL(trace.opened(i)->id, result.report.key->id.text());
            }
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FindingsTest);

} // namespace
} // namespace infrastate::explore
