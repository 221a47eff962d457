// SPDX-License-Identifier: Apache-2.0
// Whole runs that find a secret which may still open a key (docs/state-logic.md, "No secret is
// lost"). It is never lost, and the remedy that the refusal names works.
#include "fake_infra.h"
#include "fake_machine.h"
#include "support/check.h"

#include <algorithm>

namespace infrastate {
namespace {

using plan::Desired;
using reconcile::Mode;
using reconcile::Report;
using test::changes_server;
using test::deeds;
using test::FakeInfra;
using test::Machine;
using test::must;
using test::must_contain;

constexpr std::int64_t hour = 3600, day = 24 * hour;
const std::string elsewhere = "cccccccccc.dddddddddddddddddddddddd"; // opens nothing here

Desired desired(const std::string& name = "web", plan::State state = plan::State::present) {
    return Desired{state, must(KeyName::parse(name))};
}
Desired absent(const std::string& name = "web") {
    return desired(name, plan::State::absent);
}

/// A server with the key 'other', whose secret is in the file without a record.
struct OthersSecret {
    FakeInfra infra{};
    Machine machine{};
    std::string secret{};

    OthersSecret() {
        secret = infra.add("other", "uConnector", 8766 * hour, 72 * hour).secret;
        infra.now += hour;
        machine.write(secret);
    }
    /// Checks that nothing was lost, neither in the file nor on the server.
    void all_is_there() const {
        CPPUNIT_ASSERT_EQUAL(secret, machine.content());
        CPPUNIT_ASSERT(!changes_server(infra));
    }
};

class ReconcileCustodyTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ReconcileCustodyTest);
    CPPUNIT_TEST(the_secret_of_another_key_survives_every_task_that_names_its_file);
    CPPUNIT_TEST(it_survives_though_other_keys_are_busy);
    CPPUNIT_TEST(a_key_that_dies_while_it_is_tried_is_booked_on_no_other);
    CPPUNIT_TEST(a_trial_without_a_clear_answer_loses_nothing);
    CPPUNIT_TEST(a_secret_that_this_server_does_not_know_is_kept);
    CPPUNIT_TEST(a_secret_of_a_dead_key_makes_way);
    CPPUNIT_TEST(a_record_of_this_server_makes_a_refused_secret_make_way);
    CPPUNIT_TEST(never_does_not_lose_a_secret_either);
    CPPUNIT_TEST(absent_tries_before_its_first_delete);
    CPPUNIT_TEST(absent_by_id_keeps_the_secret_of_a_key_that_stays);
    CPPUNIT_TEST(a_current_secret_of_another_key_is_refused_though_no_key_of_the_name_is_there);
    CPPUNIT_TEST(planning_again_after_a_delete_knows_whose_secret_it_was);
    CPPUNIT_TEST(check_mode_uses_no_secret_and_warns);
    CPPUNIT_TEST(a_crash_before_the_hand_over_needs_no_try);
    CPPUNIT_TEST(two_tasks_with_one_file_delete_nothing_in_turn);
    CPPUNIT_TEST(a_task_whose_first_run_was_cut_off_is_known_as_the_other_one);
    CPPUNIT_TEST(a_renaming_that_was_cut_off_before_its_record_is_known_too);
    CPPUNIT_TEST(a_run_that_is_refused_settles_nothing);
    CPPUNIT_TEST(a_renaming_that_has_settled_can_be_taken_back);
    CPPUNIT_TEST(a_play_may_have_the_new_name_present_and_the_old_one_absent);
    CPPUNIT_TEST(absent_of_another_name_leaves_the_files_key_alone);
    CPPUNIT_TEST(the_sentence_names_each_key_that_goes);
    CPPUNIT_TEST_SUITE_END();

public:
    void the_secret_of_another_key_survives_every_task_that_names_its_file() {
        for (const auto verify :
             {plan::Verify::automatic, plan::Verify::always, plan::Verify::never})
            for (const bool there : {false, true})
                for (const auto& base : {desired(), absent()}) {
                    OthersSecret world;
                    if (there) {
                        world.infra.add("web", "uConnector", 8766 * hour, 72 * hour);
                        world.infra.now += hour;
                    }
                    Desired want = base;
                    want.verify = verify;
                    want.adopt = plan::Adopt::replace;
                    for (int round = 0; round < 2; ++round) {
                        const Report report = world.machine.run(world.infra, want);
                        CPPUNIT_ASSERT_EQUAL(std::string("same !secret_of_another_key"),
                                             deeds(report));
                        world.all_is_there();
                    }
                    // The remedy: a file of its own.
                    Machine own;
                    const Report good = own.run(world.infra, want);
                    CPPUNIT_ASSERT_MESSAGE(deeds(good), !good.error);
                    const Report again = own.run(world.infra, want);
                    CPPUNIT_ASSERT_EQUAL(std::string("same"), deeds(again));
                }
    }

    void it_survives_though_other_keys_are_busy() {
        OthersSecret world;
        for (const char* busy : {"busy-1", "busy-2"})
            world.infra.add(busy, "uConnector", 8766 * hour, 72 * hour);
        // They are used whenever somebody lists, so no try can tell them apart.
        world.infra.before_list = [&] {
            for (auto& key : world.infra.keys)
                if (key.name != "web") world.infra.use(key);
        };
        for (const auto& want : {desired(), absent()}) {
            CPPUNIT_ASSERT_EQUAL(std::string("same !secret_of_another_key"),
                                 deeds(world.machine.run(world.infra, want)));
            world.all_is_there();
        }
        // If a key of the name is busy, too, the secret may be that one's.
        world.infra.before_list = [&] {
            for (auto& key : world.infra.keys)
                world.infra.use(key);
        };
        world.infra.add("web", "uConnector", 8766 * hour, 72 * hour);
        world.infra.now += hour;
        CPPUNIT_ASSERT_EQUAL(std::string("same !secret_unverified"),
                             deeds(world.machine.run(world.infra, absent())));
        world.all_is_there();
    }

    void a_key_that_dies_while_it_is_tried_is_booked_on_no_other() {
        OthersSecret world;
        world.infra.add("web", "uConnector", 8766 * hour, 72 * hour);
        world.infra.keys.at(0).expires = world.infra.now + 1;
        int listings = 0;
        world.infra.before_list = [&] {
            world.infra.use(world.infra.keys.at(1)); // somebody uses it
            if (++listings == 2) ++world.infra.now;
        };
        const Report report = world.machine.run(world.infra, desired());
        CPPUNIT_ASSERT_MESSAGE(deeds(report), report.secret_state != plan::SecretState::good);
        CPPUNIT_ASSERT(!world.machine.has(".key.infrastate"));
    }

    void a_trial_without_a_clear_answer_loses_nothing() {
        for (const auto& want : {desired(), absent()}) {
            OthersSecret world;
            world.infra.tries_fail = true;
            for (int round = 0; round < 2; ++round) {
                const Report report = world.machine.run(world.infra, want);
                CPPUNIT_ASSERT_EQUAL(std::string("same !secret_unverified"), deeds(report));
                CPPUNIT_ASSERT(report.error->retryable);
                world.all_is_there();
            }
            world.infra.tries_fail = false; // run again
            CPPUNIT_ASSERT_EQUAL(std::string("same !secret_of_another_key"),
                                 deeds(world.machine.run(world.infra, want)));
        }
    }

    void a_secret_that_this_server_does_not_know_is_kept() {
        for (const auto& want : {desired(), absent()}) {
            FakeInfra infra;
            Machine machine;
            machine.write(elsewhere);
            for (int round = 0; round < 2; ++round) {
                const Report report = machine.run(infra, want);
                CPPUNIT_ASSERT_EQUAL(std::string("same !secret_unverified"), deeds(report));
                must_contain(report.error->message, "remove the file");
                CPPUNIT_ASSERT_EQUAL(elsewhere, machine.content());
                CPPUNIT_ASSERT(!changes_server(infra));
            }
            std::filesystem::remove(machine.path());
            CPPUNIT_ASSERT(!machine.run(infra, want).error);
            CPPUNIT_ASSERT_EQUAL(std::string("same"), deeds(machine.run(infra, want)));
        }
    }

    void a_secret_of_a_dead_key_makes_way() {
        FakeInfra infra;
        Machine machine;
        machine.write(infra.add("web", "uConnector", 2 * hour, 72 * hour).secret);
        infra.now += day;
        CPPUNIT_ASSERT_EQUAL(std::string("delete create changed"),
                             deeds(machine.run(infra, desired())));
        CPPUNIT_ASSERT_EQUAL(infra.keys.at(0).secret, machine.content());
        CPPUNIT_ASSERT_EQUAL(std::string("same"), deeds(machine.run(infra, desired())));
    }

    void a_record_of_this_server_makes_a_refused_secret_make_way() {
        FakeInfra infra;
        Machine machine;
        machine.run(infra, desired());
        machine.write(elsewhere);
        CPPUNIT_ASSERT_EQUAL(std::string("delete create changed"),
                             deeds(machine.run(infra, desired())));
        CPPUNIT_ASSERT_EQUAL(infra.keys.at(0).secret, machine.content());
        machine.write(elsewhere);
        CPPUNIT_ASSERT_EQUAL(std::string("delete delete_file changed"),
                             deeds(machine.run(infra, absent())));
        CPPUNIT_ASSERT(infra.keys.empty() && !machine.has("key"));
    }

    void never_does_not_lose_a_secret_either() {
        Desired never = desired();
        never.verify = plan::Verify::never;
        FakeInfra infra;
        Machine machine;
        machine.run(infra, never);
        // Somebody wrote another key's secret over ours.
        const std::string others = infra.add("other", "uConnector", day, day).secret;
        infra.now += hour;
        machine.write(others);
        CPPUNIT_ASSERT_EQUAL(std::string("same !secret_of_another_key"),
                             deeds(machine.run(infra, never)));
        CPPUNIT_ASSERT_EQUAL(others, machine.content());
        // A secret that turns out to be good is recorded, and not tried again.
        machine.write(infra.keys.at(0).secret);
        std::filesystem::remove(machine.path(".key.infrastate"));
        never.adopt = plan::Adopt::replace;
        CPPUNIT_ASSERT_EQUAL(std::string("same"), deeds(machine.run(infra, never)));
        CPPUNIT_ASSERT_EQUAL(std::string("same"), deeds(machine.run(infra, never)));
        CPPUNIT_ASSERT(std::count(infra.calls.begin(), infra.calls.end(), "try") == 0);
    }

    void absent_tries_before_its_first_delete() {
        FakeInfra infra;
        Machine machine;
        const std::string own = infra.add("web", "uConnector", 8766 * hour, 72 * hour).secret;
        infra.now += hour;
        machine.write(own);
        CPPUNIT_ASSERT_EQUAL(std::string("delete delete_file changed"),
                             deeds(machine.run(infra, absent())));
        const auto tried = std::find(infra.calls.begin(), infra.calls.end(), "try");
        CPPUNIT_ASSERT(tried < std::find(infra.calls.begin(), infra.calls.end(), "delete k1"));
        CPPUNIT_ASSERT(!machine.has("key"));
        CPPUNIT_ASSERT_EQUAL(std::string("same"), deeds(machine.run(infra, absent())));
    }

    void absent_by_id_keeps_the_secret_of_a_key_that_stays() {
        FakeInfra infra;
        Machine machine;
        machine.run(infra, desired());
        const std::string ours = infra.keys.at(0).id;
        infra.keys.clear();
        const std::string theirs = infra.add("web", "uConnector", 8766 * hour, 72 * hour).secret;
        infra.now += hour;
        machine.write(theirs);
        Desired by_id = absent();
        by_id.id = FakeInfra::id(ours);
        CPPUNIT_ASSERT_EQUAL(std::string("same !secret_of_another_key"),
                             deeds(machine.run(infra, by_id)));
        CPPUNIT_ASSERT_EQUAL(theirs, machine.content());
    }

    void a_current_secret_of_another_key_is_refused_though_no_key_of_the_name_is_there() {
        OthersSecret world;
        const Secret others(world.secret), unknown(elsewhere);
        Desired want = desired();
        want.current_secret = plan::CurrentSecret::given;
        Machine empty;
        CPPUNIT_ASSERT_EQUAL(std::string("same !secret_of_another_key"),
                             deeds(empty.run(world.infra, want, Mode::apply, &others)));
        CPPUNIT_ASSERT_EQUAL(std::string("same !secret_unverified"),
                             deeds(empty.run(world.infra, want, Mode::apply, &unknown)));
        CPPUNIT_ASSERT(!changes_server(world.infra) && !empty.has("key"));
        want.current_secret = plan::CurrentSecret::not_given; // the remedy
        CPPUNIT_ASSERT_EQUAL(std::string("create changed"), deeds(empty.run(world.infra, want)));
        CPPUNIT_ASSERT_EQUAL(std::string("same"), deeds(empty.run(world.infra, want)));
    }

    void planning_again_after_a_delete_knows_whose_secret_it_was() {
        FakeInfra infra;
        Machine machine;
        machine.write(infra.add("web", "uConnector", 8766 * hour, 72 * hour).secret);
        infra.now += hour;
        Desired want = desired();
        want.expires_in = Duration::from_seconds(30 * day);
        infra.posts.push_back(
            {true, Error{Code::transport, "connection lost", {}, {}, 0, true, Effect::unknown}});
        CPPUNIT_ASSERT_EQUAL(std::string("delete collect create changed"),
                             deeds(machine.run(infra, want)));
        CPPUNIT_ASSERT_EQUAL(infra.keys.at(0).secret, machine.content());
        CPPUNIT_ASSERT_EQUAL(std::string("same"), deeds(machine.run(infra, want)));
    }

    void a_crash_before_the_hand_over_needs_no_try() {
        FakeInfra infra;
        Machine machine;
        Desired want = desired();
        want.overlap = Duration::from_seconds(hour);
        machine.run(infra, want);
        const std::string old = machine.content();
        infra.now += hour;
        want.expires_in = Duration::from_seconds(30 * day);
        CPPUNIT_ASSERT_EQUAL(std::string("create changed"), deeds(machine.run(infra, want)));
        std::filesystem::rename(machine.path(), machine.path(".key.infrastate.new"));
        machine.write(old); // as if the run had died between record and file
        CPPUNIT_ASSERT_EQUAL(std::string("hand_over changed"), deeds(machine.run(infra, want)));
        CPPUNIT_ASSERT(std::count(infra.calls.begin(), infra.calls.end(), "try") == 0);
        CPPUNIT_ASSERT_EQUAL(infra.keys.back().secret, machine.content());
    }

    void two_tasks_with_one_file_delete_nothing_in_turn() {
        FakeInfra infra;
        Machine machine;
        CPPUNIT_ASSERT_EQUAL(std::string("create changed"),
                             deeds(machine.run(infra, desired("aa"))));
        // An ordinary renaming, as far as anybody can tell.
        CPPUNIT_ASSERT_EQUAL(std::string("delete create changed"),
                             deeds(machine.run(infra, desired("bb"))));
        const std::string secret = machine.content();
        for (int round = 0; round < 4; ++round) {
            const Report check = machine.run(infra, desired("aa"), Mode::check);
            CPPUNIT_ASSERT_EQUAL(std::string("same !file_shared_by_two_tasks"), deeds(check));
            const Report report = machine.run(infra, desired("aa"));
            CPPUNIT_ASSERT_EQUAL(std::string("same !file_shared_by_two_tasks"), deeds(report));
            for (const char* part : {"'aa'", "'bb'", "a file each"})
                must_contain(report.error->message, part);
            CPPUNIT_ASSERT_EQUAL(std::string("same"), deeds(machine.run(infra, desired("bb"))));
            CPPUNIT_ASSERT_EQUAL(secret, machine.content());
        }
        Machine own; // the remedy
        CPPUNIT_ASSERT_EQUAL(std::string("create changed"), deeds(own.run(infra, desired("aa"))));
        for (int round = 0; round < 2; ++round) {
            CPPUNIT_ASSERT_EQUAL(std::string("same"), deeds(own.run(infra, desired("aa"))));
            CPPUNIT_ASSERT_EQUAL(std::string("same"), deeds(machine.run(infra, desired("bb"))));
        }
    }

    void a_task_whose_first_run_was_cut_off_is_known_as_the_other_one() {
        FakeInfra infra;
        Machine machine;
        const Error lost{Code::transport, "connection lost", {}, {}, 0, true, Effect::unknown};
        for (int i = 0; i < 3; ++i)
            infra.posts.push_back({i == 2, lost});
        CPPUNIT_ASSERT(machine.run(infra, desired("aa")).error);
        infra.now += 60;
        CPPUNIT_ASSERT_EQUAL(std::string("collect create changed"),
                             deeds(machine.run(infra, desired("bb"))));
        infra.now += 60;
        CPPUNIT_ASSERT_EQUAL(std::string("same !file_shared_by_two_tasks"),
                             deeds(machine.run(infra, desired("aa"))));
        CPPUNIT_ASSERT_EQUAL(std::string("same"), deeds(machine.run(infra, desired("bb"))));
        CPPUNIT_ASSERT_EQUAL(infra.keys.at(0).secret, machine.content());
    }

    void a_renaming_that_was_cut_off_before_its_record_is_known_too() {
        for (const char* user : {"connector", "dev@example.com"}) {
            FakeInfra infra;
            Machine machine;
            Desired second = desired("bb");
            second.user = user;
            machine.run(infra, desired("aa"));
            infra.before_post = [&](FakeInfra&) {
                std::filesystem::create_directory(machine.path(".key.infrastate.tmp"));
            };
            CPPUNIT_ASSERT(machine.run(infra, second).error); // its secret is beside the file
            std::filesystem::remove(machine.path(".key.infrastate.tmp"));
            infra.now += 60;
            const std::size_t keys = infra.keys.size();
            const std::string secret = infra.keys.back().secret, before = machine.content();
            CPPUNIT_ASSERT_EQUAL(std::string("same !file_shared_by_two_tasks"),
                                 deeds(machine.run(infra, desired("aa"))));
            CPPUNIT_ASSERT_EQUAL(keys, infra.keys.size());
            CPPUNIT_ASSERT_EQUAL(before, machine.content());
            CPPUNIT_ASSERT(!machine.run(infra, second).error);
            CPPUNIT_ASSERT_EQUAL(secret, machine.content());
            CPPUNIT_ASSERT_EQUAL(std::string("same !file_shared_by_two_tasks"),
                                 deeds(machine.run(infra, desired("aa"))));
            CPPUNIT_ASSERT_EQUAL(secret, machine.content());
        }
    }

    void a_run_that_is_refused_settles_nothing() {
        FakeInfra infra;
        Machine machine;
        machine.run(infra, desired("aa"));
        machine.run(infra, desired("bb"));
        Desired strict = desired("bb");
        strict.recreate = plan::Recreate::never;
        strict.expires_in = Duration::from_seconds(day);
        CPPUNIT_ASSERT_EQUAL(std::string("same !drifted"), deeds(machine.run(infra, strict)));
        CPPUNIT_ASSERT_EQUAL(std::string("same !file_shared_by_two_tasks"),
                             deeds(machine.run(infra, desired("aa"))));
    }

    void a_renaming_that_has_settled_can_be_taken_back() {
        FakeInfra infra;
        Machine machine;
        machine.run(infra, desired("aa"));
        machine.run(infra, desired("bb"));
        CPPUNIT_ASSERT_EQUAL(std::string("same"), deeds(machine.run(infra, desired("bb"))));
        CPPUNIT_ASSERT_EQUAL(std::string("delete create changed"),
                             deeds(machine.run(infra, desired("aa"))));
        // Another user under the same name makes it another key as well.
        Desired dev = desired("aa");
        dev.user = "dev@example.com";
        CPPUNIT_ASSERT_EQUAL(std::string("delete create changed"), deeds(machine.run(infra, dev)));
        CPPUNIT_ASSERT_EQUAL(std::string("same !file_shared_by_two_tasks"),
                             deeds(machine.run(infra, desired("aa"))));
    }

    void a_play_may_have_the_new_name_present_and_the_old_one_absent() {
        for (const bool overlap : {false, true}) {
            FakeInfra infra;
            Machine machine;
            Desired want = desired("new");
            if (overlap) want.overlap = Duration::from_seconds(hour);
            machine.run(infra, desired("old"));
            CPPUNIT_ASSERT(machine.run(infra, want).changed);
            const Report removed = machine.run(infra, absent("old"));
            CPPUNIT_ASSERT_EQUAL(std::string(overlap ? "delete changed" : "same"), deeds(removed));
            for (int round = 0; round < 3; ++round) {
                CPPUNIT_ASSERT_EQUAL(std::string("same"), deeds(machine.run(infra, want)));
                CPPUNIT_ASSERT_EQUAL(std::string("same"), deeds(machine.run(infra, absent("old"))));
            }
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
            CPPUNIT_ASSERT_EQUAL(infra.keys[0].secret, machine.content());
        }
    }

    void absent_of_another_name_leaves_the_files_key_alone() {
        FakeInfra infra;
        Machine machine;
        machine.run(infra, desired("aa"));
        infra.add("bb", "uConnector", day, day);
        const Report report = machine.run(infra, absent("bb"));
        CPPUNIT_ASSERT_EQUAL(std::string("same !secret_of_another_key"), deeds(report));
        must_contain(report.error->message, "'aa' of user 'connector'");
        CPPUNIT_ASSERT(!changes_server(infra) && machine.has("key"));
        Machine other; // the remedy: no file, or its own
        CPPUNIT_ASSERT_EQUAL(std::string("delete changed"), deeds(other.run(infra, absent("bb"))));
        CPPUNIT_ASSERT_EQUAL(std::string("same"), deeds(machine.run(infra, desired("aa"))));
    }

    void the_sentence_names_each_key_that_goes() {
        FakeInfra infra;
        Machine machine;
        Desired want = desired("new");
        want.overlap = Duration::from_seconds(hour);
        machine.run(infra, desired("old"));
        infra.now += hour;
        infra.use(infra.keys.at(0));
        const std::string used = "last used " + Timestamp::from_unix(infra.now).text();
        machine.run(infra, want);
        const Report check = machine.run(infra, absent("new"), Mode::check);
        const Report removed = machine.run(infra, absent("new"));
        for (const std::string& part : {std::string("'old' of user 'connector' (id k1"),
                                        std::string("'new' of user 'connector' (id k2"), used}) {
            must_contain(check.explanation, part);
            must_contain(removed.explanation, part);
        }
        must_contain(removed.explanation, "2 access keys existed and were deleted");
        // With a former name only that key is deleted, and the sentence says so.
        machine.run(infra, desired("old"));
        infra.now += hour;
        machine.run(infra, want);
        const Report former = machine.run(infra, absent("old"));
        must_contain(former.explanation, "access key 'old' of user 'connector' (id k3");
        CPPUNIT_ASSERT(former.explanation.find("'new'") == std::string::npos);
    }

    void check_mode_uses_no_secret_and_warns() {
        OthersSecret world;
        for (const auto& want : {desired(), absent()}) {
            const Report report = world.machine.run(world.infra, want, Mode::check);
            CPPUNIT_ASSERT(!report.error && report.changed);
            CPPUNIT_ASSERT(report.secret_state == plan::SecretState::unverified);
            must_contain(report.warnings.at(0), "dry run");
            CPPUNIT_ASSERT(std::count(world.infra.calls.begin(), world.infra.calls.end(), "try") ==
                           0);
            world.all_is_there();
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReconcileCustodyTest);

} // namespace
} // namespace infrastate
