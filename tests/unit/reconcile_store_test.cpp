// SPDX-License-Identifier: Apache-2.0
// Whole runs with a secret file on a real disk and a fake server: what is on disk afterwards, which
// requests are made, and what a second run does.
#include "fake_infra.h"
#include "fake_machine.h"
#include "support/check.h"

#include "infrastate/wire/access_key.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace infrastate {
namespace {

using plan::Desired;
using reconcile::Mode;
using reconcile::Report;
using test::done;
using test::FakeInfra;
using test::Machine;
using test::must;
using test::must_contain;

constexpr std::int64_t hour = 3600, day = 24 * hour;

Desired desired() {
    return Desired{plan::State::present, must(KeyName::parse("web"))};
}

Error lost() {
    Error out{Code::transport, "the connection was reset", {}, "reset"};
    out.effect = Effect::unknown;
    return out;
}

class ReconcileStoreTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ReconcileStoreTest);
    CPPUNIT_TEST(a_key_is_made_into_the_file_and_costs_one_request_from_then_on);
    CPPUNIT_TEST(a_lost_file_is_healed_and_a_lost_record_costs_a_try);
    CPPUNIT_TEST(a_rotation_keeps_the_old_key_until_a_later_run);
    CPPUNIT_TEST(a_recorded_secret_is_told_apart_from_another_key_in_use_by_one_try);
    CPPUNIT_TEST(a_lost_answer_is_healed_in_the_same_run);
    CPPUNIT_TEST(a_lost_answer_without_a_mark_is_said_to_be_ambiguous);
    CPPUNIT_TEST(a_request_that_acts_late_is_collected_later);
    CPPUNIT_TEST(a_lost_answer_is_healed_though_the_servers_date_is_wrong);
    CPPUNIT_TEST(a_lost_rotation_is_healed_though_both_clocks_are_wrong);
    CPPUNIT_TEST(a_wrong_date_does_not_close_what_may_still_act);
    CPPUNIT_TEST(a_key_under_a_former_name_is_not_forgotten_though_the_date_is_wrong);
    CPPUNIT_TEST(a_dead_key_under_a_former_name_goes_with_its_successor);
    CPPUNIT_TEST(the_only_key_dead_under_a_former_name_goes_when_the_new_one_is_made);
    CPPUNIT_TEST(a_second_machine_is_told_that_the_key_is_not_its_own);
    CPPUNIT_TEST(a_key_made_elsewhere_is_taken_over_by_its_secret);
    CPPUNIT_TEST(a_server_that_cannot_answer_rotates_nothing);
    CPPUNIT_TEST(absent_removes_key_and_file_and_is_quiet_then);
    CPPUNIT_TEST(check_mode_writes_nothing_and_says_the_same);
    CPPUNIT_TEST(a_file_that_holds_something_else_is_not_touched);
    CPPUNIT_TEST(what_was_asked_is_what_is_shown);
    CPPUNIT_TEST(a_rotation_that_is_asked_for_now_is_made_in_each_run);
    CPPUNIT_TEST(a_strangers_number_does_not_make_every_run_rotate);
    CPPUNIT_TEST_SUITE_END();

    /// Both spans in a result: of the key, and of both sides of the diff.
    static std::string spans(Report&& report) {
        const Value result = wire::access_key_result(std::move(report));
        std::string out;
        for (const Value* each : {result.find("resource"), result.find("diff")->find("before"),
                                  result.find("diff")->find("after")}) {
            if (!each->is_object() || each->find("inactivity_timeout") == nullptr) continue;
            out += (out.empty() ? "" : ", ") + std::string(each->text("expires_in")) + " " +
                   std::string(each->text("inactivity_timeout"));
        }
        return out;
    }

public:
    void what_was_asked_is_what_is_shown() {
        FakeInfra infra;
        Machine machine;
        Desired want = desired();
        want.expires_in = must(Duration::parse("24h"));
        want.inactivity_timeout = must(Duration::parse("72h")); // the mark has many bits here
        const std::string same = "24h0m0s 72h0m0s";
        CPPUNIT_ASSERT_EQUAL(same + ", " + same, spans(machine.run(infra, want)));
        CPPUNIT_ASSERT(infra.keys.at(0).deadline != infra.now + 72 * hour); // so there is a mark
        for (const Mode mode : {Mode::apply, Mode::check})
            CPPUNIT_ASSERT_EQUAL(same + ", " + same + ", " + same,
                                 spans(machine.run(infra, want, mode)));
        // The old key is shown as it was asked for, the new one as it will be asked for.
        Desired other = desired();
        other.expires_in = must(Duration::parse("48h"));
        CPPUNIT_ASSERT_EQUAL(same + ", " + same + ", 48h0m0s 72h0m0s",
                             spans(machine.run(infra, other, Mode::check)));
        other.inactivity_timeout = must(Duration::parse("1h"));
        CPPUNIT_ASSERT_EQUAL("48h0m0s 1h0m0s, " + same + ", 48h0m0s 1h0m0s",
                             spans(machine.run(infra, other)));
        Desired gone = desired();
        gone.state = plan::State::absent;
        CPPUNIT_ASSERT_EQUAL(std::string("48h0m0s 1h0m0s"),
                             spans(machine.run(infra, gone, Mode::check)).substr(0, 14));
    }

    void a_rotation_that_is_asked_for_now_is_made_in_each_run() {
        FakeInfra infra;
        Machine machine;
        machine.run(infra, desired());
        Desired now = desired();
        now.rotate_now = true;
        now.overlap = must(Duration::parse("1h"));
        infra.now += 60;
        CPPUNIT_ASSERT_EQUAL(std::string("rotation_due create changed"),
                             done(machine.run(infra, now, Mode::check)));
        CPPUNIT_ASSERT_EQUAL(std::string("rotation_due create changed"),
                             done(machine.run(infra, now)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, infra.keys.size());
        infra.now += 60;
        CPPUNIT_ASSERT_EQUAL(std::string("rotation_due create retire changed"),
                             done(machine.run(infra, now)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, infra.keys.size());
        CPPUNIT_ASSERT_EQUAL(infra.keys.back().secret, machine.content());
    }

    void a_strangers_number_does_not_make_every_run_rotate() {
        for (const char* number : {"999999999", "1000000000", "99999999999999999999"}) {
            FakeInfra infra;
            Machine machine;
            machine.run(infra, desired());
            infra.now += 60;
            infra.add(std::string("web.rot-") + number + "-0123abcd", "uConnector", day, day);
            Desired want = desired();
            want.overlap = must(Duration::parse("1h"));
            want.keepers = std::string(64, 'a');
            machine.run(infra, want);
            want.keepers = std::string(64, 'b');
            CPPUNIT_ASSERT_EQUAL(std::string("rotation_due create changed"),
                                 done(machine.run(infra, want)));
            CPPUNIT_ASSERT(infra.keys.back().name.starts_with("web.rot-1-"));
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(machine.run(infra, want)));
        }
    }

    void a_key_is_made_into_the_file_and_costs_one_request_from_then_on() {
        FakeInfra infra;
        Machine machine;
        const Report made = machine.run(infra, desired());
        CPPUNIT_ASSERT_EQUAL(std::string("absent create changed"), done(made));
        CPPUNIT_ASSERT_EQUAL(std::string("list, user, version, create web"), joined(infra.calls));
        CPPUNIT_ASSERT_EQUAL(infra.keys.at(0).secret, machine.content());
        CPPUNIT_ASSERT(made.secret_changed && made.secret->equals(machine.content()));
        const Report again = machine.run(infra, desired());
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(again));
        CPPUNIT_ASSERT_EQUAL(std::string("list user"), joined(infra.calls));
        CPPUNIT_ASSERT(again.secret->equals(machine.content()) && !again.secret_changed);
        CPPUNIT_ASSERT(!machine.has(".key.infrastate.new"));
    }

    void a_lost_file_is_healed_and_a_lost_record_costs_a_try() {
        FakeInfra infra;
        Machine machine;
        machine.run(infra, desired());
        std::filesystem::remove(machine.path());
        CPPUNIT_ASSERT_EQUAL(std::string("secret_missing delete create changed"),
                             done(machine.run(infra, desired())));
        infra.now += hour;
        std::filesystem::remove(machine.path(".key.infrastate"));
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(machine.run(infra, desired())));
        CPPUNIT_ASSERT_EQUAL(std::string("list, try, list user"), joined(infra.calls));
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(machine.run(infra, desired())));
        CPPUNIT_ASSERT_EQUAL(std::string("list user"), joined(infra.calls));
    }

    void a_rotation_keeps_the_old_key_until_a_later_run() {
        FakeInfra infra;
        Machine machine;
        Desired want = desired();
        want.expires_in = Duration::from_seconds(30 * day);
        want.renew_before = Duration::from_seconds(10 * day);
        want.inactivity_timeout = want.expires_in;
        want.overlap = Duration::from_seconds(hour);
        const Report made = machine.run(infra, want);
        CPPUNIT_ASSERT(made.next_action_at == made.key->expires->plus_seconds(-10 * day));
        const std::string first = machine.content();
        infra.now += 21 * day;
        infra.use(infra.keys[0]);
        const Report rotated = machine.run(infra, want);
        CPPUNIT_ASSERT_EQUAL(std::string("expiring create changed"), done(rotated));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, infra.keys.size());
        CPPUNIT_ASSERT(machine.content() != first);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, rotated.predecessors.size());
        must_contain(infra.keys[1].name, "web.rot-1-");
        CPPUNIT_ASSERT(rotated.next_action_at == rotated.key->created.plus_seconds(hour));
        infra.now += 2 * hour;
        infra.use(infra.keys[0]);
        const Report waiting = machine.run(infra, want);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(waiting));
        must_contain(waiting.warnings.at(0), "still using the old key");
        infra.use(infra.keys[1]);
        CPPUNIT_ASSERT_EQUAL(std::string("ok retire changed"), done(machine.run(infra, want)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
        CPPUNIT_ASSERT_EQUAL(infra.keys[0].secret, machine.content());
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(machine.run(infra, want)));
        CPPUNIT_ASSERT_EQUAL(std::string("list user"), joined(infra.calls));
    }

    void a_recorded_secret_is_told_apart_from_another_key_in_use_by_one_try() {
        FakeInfra infra;
        Machine machine;
        machine.run(infra, desired());
        infra.add("busy", "uConnector", day,
                  day); // of the same user, made just now: counts as used
        Desired want = desired();
        want.verify = plan::Verify::always;
        const Report report = machine.run(infra, want);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(report));
        CPPUNIT_ASSERT_EQUAL(std::string("good"), std::string(plan::name(report.secret_state)));
        CPPUNIT_ASSERT_EQUAL(std::string("list user, try, list user"), joined(infra.calls));
    }

    void a_lost_answer_is_healed_in_the_same_run() {
        FakeInfra infra;
        Machine machine;
        infra.posts.push_back({true, lost()});
        const Report report = machine.run(infra, desired());
        CPPUNIT_ASSERT_EQUAL(std::string("absent collect create changed"), done(report));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
        CPPUNIT_ASSERT_EQUAL(infra.keys[0].secret, machine.content());
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(machine.run(infra, desired())));
    }

    void a_lost_answer_without_a_mark_is_said_to_be_ambiguous() {
        FakeInfra infra;
        Machine machine;
        Desired want = desired();
        want.expires_in = must(Duration::parse("20m")); // too short for 256 marks
        want.inactivity_timeout = must(Duration::parse("5m"));
        infra.posts.push_back({true, lost()});
        const Report report = machine.run(infra, want);
        CPPUNIT_ASSERT_EQUAL(std::string("unheld error:create_ambiguous"), done(report));
        CPPUNIT_ASSERT(report.outcome == Effect::unknown && report.error->retryable);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
    }

    void a_request_that_acts_late_is_collected_later() {
        FakeInfra infra;
        Machine machine;
        Desired want = desired();
        infra.posts.push_back({false, lost()});
        CPPUNIT_ASSERT_EQUAL(std::string("absent create changed"), done(machine.run(infra, want)));
        CPPUNIT_ASSERT(machine.has(".key.infrastate.intents"));
        infra.now += 200;
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(machine.run(infra, want)));
        CPPUNIT_ASSERT(!machine.has(".key.infrastate.intents")); // past its horizon
    }

    void a_lost_answer_is_healed_though_the_servers_date_is_wrong() {
        for (const std::int64_t off : {-400 * day, -2 * hour, 2 * hour, 30 * day}) {
            FakeInfra infra;
            Machine machine;
            infra.clock_skew = off;
            infra.posts.push_back({true, lost()});
            CPPUNIT_ASSERT_EQUAL(std::string("absent collect create changed"),
                                 done(machine.run(infra, desired())));
            infra.clock_skew = 0;
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(machine.run(infra, desired())));
            CPPUNIT_ASSERT_EQUAL(infra.keys[0].secret, machine.content());
        }
    }

    void a_lost_rotation_is_healed_though_both_clocks_are_wrong() {
        FakeInfra infra;
        Machine machine;
        Desired want = desired();
        want.overlap = must(Duration::parse("1h"));
        machine.run(infra, want);
        infra.now += hour;
        infra.clock_skew = infra.machine_skew = -2 * hour;
        want.expires_in = must(Duration::parse("100h"));
        infra.posts.push_back({true, lost()});
        CPPUNIT_ASSERT_EQUAL(std::string("drifted collect create changed"),
                             done(machine.run(infra, want)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, infra.keys.size());
        CPPUNIT_ASSERT_EQUAL(infra.keys[1].secret, machine.content());
    }

    void a_wrong_date_does_not_close_what_may_still_act() {
        FakeInfra infra;
        Machine machine;
        for (int i = 0; i < 3; ++i)
            infra.posts.push_back({true, lost()});
        CPPUNIT_ASSERT(machine.run(infra, desired()).error);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
        const FakeInfra::Key late = infra.keys[0];
        infra.keys.clear(); // the POST acts only after the next run
        infra.clock_skew = 2 * hour;
        for (int i = 0; i < 3; ++i)
            infra.posts.push_back({false, lost()});
        CPPUNIT_ASSERT(machine.run(infra, desired()).error);
        infra.clock_skew = 0;
        infra.keys.push_back(late);
        CPPUNIT_ASSERT_EQUAL(std::string("absent collect create changed"),
                             done(machine.run(infra, desired())));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
    }

    void a_key_under_a_former_name_is_not_forgotten_though_the_date_is_wrong() {
        FakeInfra infra;
        Machine machine;
        machine.run(infra, desired());
        Desired renamed = desired();
        renamed.name = must(KeyName::parse("app"));
        infra.clock_skew = 30 * day; // makes it look as if it had died of inactivity
        CPPUNIT_ASSERT_EQUAL(std::string("rotation_due delete create changed"),
                             done(machine.run(infra, renamed)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
        CPPUNIT_ASSERT_EQUAL(std::string("app"), infra.keys[0].name);
    }

    void a_dead_key_under_a_former_name_goes_with_its_successor() {
        FakeInfra infra;
        Machine machine;
        machine.run(infra, desired());
        Desired renamed = desired();
        renamed.name = must(KeyName::parse("app"));
        renamed.overlap = must(Duration::parse("1h"));
        CPPUNIT_ASSERT_EQUAL(std::string("rotation_due create changed"),
                             done(machine.run(infra, renamed)));
        infra.now += 100 * hour; // both die of inactivity
        CPPUNIT_ASSERT_EQUAL(std::string("inactive delete delete create changed"),
                             done(machine.run(infra, renamed)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
        CPPUNIT_ASSERT_EQUAL(infra.keys[0].secret, machine.content());
    }

    void the_only_key_dead_under_a_former_name_goes_when_the_new_one_is_made() {
        FakeInfra infra;
        Machine machine;
        machine.run(infra, desired());
        Desired renamed = desired();
        renamed.name = must(KeyName::parse("app"));
        infra.now += 100 * hour;
        CPPUNIT_ASSERT_EQUAL(std::string("absent delete create changed"),
                             done(machine.run(infra, renamed)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(machine.run(infra, renamed)));
    }

    void a_second_machine_is_told_that_the_key_is_not_its_own() {
        FakeInfra infra;
        Machine first, second;
        first.run(infra, desired());
        for (int round = 0; round < 3; ++round) {
            const Report refused = second.run(infra, desired());
            CPPUNIT_ASSERT_EQUAL(std::string("unheld error:unheld"), done(refused));
            must_contain(refused.error->message, "choose another name");
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(first.run(infra, desired())));
        }
        CPPUNIT_ASSERT(!second.has("key"));
    }

    void a_key_made_elsewhere_is_taken_over_by_its_secret() {
        FakeInfra infra;
        Machine machine;
        infra.add("web", "uConnector", 8766 * hour, 72 * hour);
        infra.now += hour;
        const Secret known(infra.keys[0].secret);
        Desired want = desired();
        want.current_secret = plan::CurrentSecret::given;
        const Report taken = machine.run(infra, want, Mode::apply, &known);
        CPPUNIT_ASSERT_EQUAL(std::string("ok store changed"), done(taken));
        CPPUNIT_ASSERT_EQUAL(infra.keys[0].secret, machine.content());
        CPPUNIT_ASSERT_EQUAL(std::string("ok"),
                             done(machine.run(infra, want, Mode::apply, &known)));
        CPPUNIT_ASSERT_EQUAL(std::string("list user"), joined(infra.calls));
    }

    void a_server_that_cannot_answer_rotates_nothing() {
        FakeInfra infra;
        Machine machine;
        machine.run(infra, desired());
        const std::string good = machine.content();
        std::filesystem::remove(machine.path(".key.infrastate"));
        infra.tries_fail = true;
        const Report report = machine.run(infra, desired());
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(report));
        CPPUNIT_ASSERT(report.secret_state == plan::SecretState::unverified && !report.secret);
        CPPUNIT_ASSERT_EQUAL(good, machine.content());
    }

    void absent_removes_key_and_file_and_is_quiet_then() {
        FakeInfra infra;
        Machine machine;
        machine.run(infra, desired());
        Desired gone = desired();
        gone.state = plan::State::absent;
        const Report removed = machine.run(infra, gone);
        CPPUNIT_ASSERT_EQUAL(std::string("ok delete delete_file changed"), done(removed));
        CPPUNIT_ASSERT(removed.warnings.empty());
        CPPUNIT_ASSERT(infra.keys.empty() && !machine.has("key") &&
                       !machine.has(".key.infrastate"));
        CPPUNIT_ASSERT_EQUAL(std::string("absent"), done(machine.run(infra, gone)));
        CPPUNIT_ASSERT_EQUAL(std::string("list"), joined(infra.calls));
    }

    void check_mode_writes_nothing_and_says_the_same() {
        FakeInfra infra;
        Machine machine;
        const Report check = machine.run(infra, desired(), Mode::check);
        CPPUNIT_ASSERT(
            std::filesystem::is_empty(std::filesystem::path(machine.path()).parent_path()));
        CPPUNIT_ASSERT(check.explanation.find("is to be created") != std::string::npos);
        const Report real = machine.run(infra, desired());
        CPPUNIT_ASSERT_EQUAL(done(real), done(check));
        CPPUNIT_ASSERT(real.explanation.find("was created") != std::string::npos);
    }

    void a_file_that_holds_something_else_is_not_touched() {
        FakeInfra infra;
        Machine machine;
        machine.write("replicas: 3\n");
        const Report report = machine.run(infra, desired());
        CPPUNIT_ASSERT(report.error && report.error->field == "secret_file");
        CPPUNIT_ASSERT(infra.calls.empty());
        CPPUNIT_ASSERT_EQUAL(std::string("replicas: 3\n"), machine.content());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReconcileStoreTest);

} // namespace
} // namespace infrastate
