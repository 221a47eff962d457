// SPDX-License-Identifier: Apache-2.0
// Tests the simulation itself. Its clock and scheduler, its disk, its server and its faults behave
// as the real ones do, and a seed always gives the same scenario.
#include "family.h"
#include "generate.h"
#include "player.h"
#include "trace.h"

#include <algorithm>

namespace infrastate::explore {
namespace {

class SimulationTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SimulationTest);
    CPPUNIT_TEST(fibers_take_turns_by_the_clock_and_unwind_when_they_die);
    CPPUNIT_TEST(a_dead_process_keeps_its_files_and_a_dead_machine_what_was_synced);
    CPPUNIT_TEST(a_rename_is_never_half_done);
    CPPUNIT_TEST(a_server_shows_whole_seconds_and_records_use_each_two);
    CPPUNIT_TEST(a_name_is_taken_by_dead_keys_too);
    CPPUNIT_TEST(a_key_for_a_deleted_user_is_made_opens_nothing_and_is_never_listed);
    CPPUNIT_TEST(expired_keys_are_purged_each_twelve_hours_and_inactive_ones_never);
    CPPUNIT_TEST(a_lost_post_acts_never_at_once_or_late);
    CPPUNIT_TEST(a_busy_server_says_for_how_long_and_haste_is_noticed);
    CPPUNIT_TEST(members_of_a_family_are_told_by_name_alone);
    CPPUNIT_TEST(a_dead_process_reaches_neither_disk_nor_server);
    CPPUNIT_TEST(a_seed_tells_the_same_trace_twice);
    CPPUNIT_TEST(shrinking_keeps_the_failure_and_nothing_else);
    CPPUNIT_TEST_SUITE_END();

    /// The ports of a run, without a run.
    struct Rig {
        Simulation simulation{1'800'000'000'500};
        Server server{simulation, Random(5)};
        Machine machine;

        template <class Body>
        void in_process(std::vector<Fault> faults, const Body& body) {
            simulation.start(simulation.now(), [this, faults, &body] {
                Process process(simulation, machine, 0, Random(9), {}, faults);
                RunFiles files(process);
                RunApi api(process, server, 0);
                try {
                    body(process, files, api);
                } catch (const Died&) {
                }
            });
            simulation.finish();
        }
        Result<ports::CreatedKey> post(RunApi& api, const std::string& name) {
            return api.create(
                {test::must(ServerId::parse("uConnector")), name, span(hour), span(hour)});
        }
    };

public:
    void fibers_take_turns_by_the_clock_and_unwind_when_they_die() {
        Simulation simulation(0);
        std::string order;
        struct Noted {
            std::string& order;
            ~Noted() { order += "~"; }
        };
        for (const char name : {'a', 'b'})
            simulation.start(name == 'a' ? 0 : 5, [&, name] {
                try {
                    const Noted noted{order};
                    for (int i = 0; i < 3; ++i) {
                        order += name;
                        simulation.sleep(10);
                    }
                    throw Died{};
                } catch (const Died&) {
                    order += '!';
                }
            });
        simulation.at(12, [&] { order += '*'; });
        simulation.finish();
        CPPUNIT_ASSERT_EQUAL(std::string("aba*bab~!~!"), order);
        CPPUNIT_ASSERT_EQUAL(Millis{35}, simulation.now());
    }

    void a_dead_process_keeps_its_files_and_a_dead_machine_what_was_synced() {
        bool lost_name = false, kept_name = false, lost_bytes = false;
        for (std::uint64_t seed = 0; seed < 200; ++seed) {
            Random random(seed);
            Disk disk;
            disk.create("/etc/synced")->bytes = "old";
            disk.sync_file(*disk.find("/etc/synced"));
            disk.sync_folder("/etc");
            disk.find("/etc/synced")->bytes = "newer";
            disk.create("/etc/unsynced")->bytes = "text";
            CPPUNIT_ASSERT_EQUAL(std::string("newer"), *disk.contents("/etc/synced"));
            disk.lose_power(random);
            CPPUNIT_ASSERT(disk.contents("/etc/synced"));
            lost_bytes = lost_bytes || *disk.contents("/etc/synced") != "newer";
            const auto left = disk.contents("/etc/unsynced");
            lost_name = lost_name || !left;
            kept_name = kept_name || left;
            if (left) CPPUNIT_ASSERT(left->size() <= 4);
        }
        CPPUNIT_ASSERT(lost_name && kept_name && lost_bytes);
    }

    void a_rename_is_never_half_done() {
        bool before = false, after = false;
        for (std::uint64_t seed = 0; seed < 100; ++seed) {
            Random random(seed);
            Disk disk;
            disk.put("/etc/key", "old");
            disk.create("/etc/key.new")->bytes = "new";
            disk.sync_file(*disk.find("/etc/key.new"));
            disk.sync_folder("/etc");
            disk.rename("/etc/key.new", "/etc/key");
            disk.lose_power(random);
            const bool done = *disk.contents("/etc/key") == "new";
            CPPUNIT_ASSERT(done || *disk.contents("/etc/key") == "old");
            CPPUNIT_ASSERT_EQUAL(done, !disk.contents("/etc/key.new"));
            (done ? after : before) = true;
        }
        CPPUNIT_ASSERT(before && after);
    }

    void a_server_shows_whole_seconds_and_records_use_each_two() {
        bool shorter = false;
        for (int i = 0; i < 300; ++i) {
            Simulation simulation(1'800'000'000'990 + i % 10);
            Server server(simulation, Random(static_cast<std::uint64_t>(i)));
            const Key made = server.create("uConnector", "web", 3'600'000, 600'000, 0, 0).key;
            const AccessKeyRow row = server.row(made);
            const std::int64_t life = row.expires->seconds_since(row.created);
            CPPUNIT_ASSERT(life == 3600 || life == 3599);
            shorter = shorter || life == 3599;
            CPPUNIT_ASSERT(row.last_used == row.created && row.created.nanosecond() == 0);
            simulation.pass(1000);
            server.use(made.secret, false);
            CPPUNIT_ASSERT(server.row(*server.find(made.id)).last_used == row.last_used);
            simulation.pass(3000);
            server.use(made.secret, false);
            const AccessKeyRow used = server.row(*server.find(made.id));
            CPPUNIT_ASSERT(*used.last_used > *row.last_used);
            CPPUNIT_ASSERT(*used.inactivity_deadline > *row.inactivity_deadline);
            simulation.pass(600'001);
            CPPUNIT_ASSERT(server.use(made.secret, false) == nullptr);
        }
        CPPUNIT_ASSERT(shorter);
    }

    void a_name_is_taken_by_dead_keys_too() {
        Rig rig;
        rig.server.create("uConnector", "web", 1000, 1000, 0, 0);
        rig.simulation.pass(5000);
        using enum Server::Refusal;
        CPPUNIT_ASSERT(rig.server.create("uConnector", "web", 1, 1, 0, 0).refusal == taken);
        CPPUNIT_ASSERT(rig.server.create("uDev", "web", 1, 1, 0, 0).refusal == none);
    }

    void a_key_for_a_deleted_user_is_made_opens_nothing_and_is_never_listed() {
        Rig rig;
        rig.server.remake_user("dev@example.com", 0);
        using enum Server::Refusal;
        const auto made = rig.server.create("uDev", "late", 3'600'000, 3'600'000, 0, 0);
        CPPUNIT_ASSERT(made.refusal == none);
        CPPUNIT_ASSERT(rig.server.create("uDev", "late", 1, 1, 0, 0).refusal == taken);
        CPPUNIT_ASSERT(!rig.server.live(made.key));
        CPPUNIT_ASSERT(rig.server.use(made.key.secret, false) == nullptr);
        rig.in_process({}, [&](Process&, RunFiles&, RunApi& api) {
            ports::KeyQuery query;
            query.name = "late";
            CPPUNIT_ASSERT(api.list(query)->rows.empty());
            const auto tried = api.try_secret(Secret(made.key.secret));
            CPPUNIT_ASSERT(tried->verdict == ports::TryAnswer::Verdict::uncertain);
            CPPUNIT_ASSERT(*api.remove(test::must(ServerId::parse(made.key.id))) ==
                           ports::Removed::now);
        });
    }

    void expired_keys_are_purged_each_twelve_hours_and_inactive_ones_never() {
        Rig rig;
        rig.server.create("uConnector", "expired", 1000, day * 1000, 0, 0);
        rig.server.create("uConnector", "inactive", 9 * day * 1000, 1000, 0, 0);
        rig.simulation.pass(13 * hour * 1000);
        const auto left = rig.server.sorted();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, left.size());
        CPPUNIT_ASSERT_EQUAL(std::string("inactive"), left[0]->name);
    }

    void a_lost_post_acts_never_at_once_or_late() {
        const auto keys_after = [](What what, Millis wait) {
            Rig rig;
            rig.in_process({{Where::post, 0, what, 20}}, [&](Process&, RunFiles&, RunApi& api) {
                const auto made = rig.post(api, "web");
                CPPUNIT_ASSERT(!made && made.error().effect == Effect::unknown);
            });
            rig.simulation.pass(wait);
            return rig.server.sorted().size();
        };
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, keys_after(What::lost, 200'000));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, keys_after(What::acted, 0));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, keys_after(What::late, 10'000));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, keys_after(What::late, 30'000));
    }

    void a_busy_server_says_for_how_long_and_haste_is_noticed() {
        for (const Millis waited : {0, 4'000, 5'000}) {
            Rig rig;
            std::optional<Millis> early;
            const Fault busy{Where::post, 0, What::too_many, 0, 1, 5};
            rig.in_process({busy}, [&](Process& process, RunFiles&, RunApi& api) {
                api.on_hasty = [&](Millis by) { early = by; };
                api.enter_completion();
                CPPUNIT_ASSERT(!rig.post(api, "web"));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{5'000}, api.completion().asked_ms);
                process.wait(waited);
                CPPUNIT_ASSERT(rig.post(api, "web").ok());
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, api.completion().asked_ms);
            });
            CPPUNIT_ASSERT_EQUAL(waited < 5'000, early.has_value());
            if (early) CPPUNIT_ASSERT_EQUAL(5'000 - waited, *early);
        }
    }

    void members_of_a_family_are_told_by_name_alone() {
        for (const char* member : {"web", "web.rot-1-0badcafe", "web.rot-12345678901-0badcafe"})
            CPPUNIT_ASSERT(is_member("web", member));
        for (const char* other :
             {"webs", "we", "web.rot-0-0badcafe", "web.rot-1-0badcaf", "web.rot--0badcafe",
              "web.rot-1-0BADCAFE", "web.rot-1-0badcafe0", "web.rot-1-0badcafe.rot-1-0badcafe"})
            CPPUNIT_ASSERT_MESSAGE(other, !is_member("web", other));
        CPPUNIT_ASSERT_EQUAL(std::string("web"), managed_part("web.rot-1-0badcafe"));
        CPPUNIT_ASSERT_EQUAL(std::string("web.rot-x"), managed_part("web.rot-x"));
    }

    void a_dead_process_reaches_neither_disk_nor_server() {
        Rig rig;
        bool cleaned = false;
        rig.in_process(
            {{Where::post, 0, What::crash_before}}, [&](Process&, RunFiles& files, RunApi& api) {
                struct CleaningUp {
                    Rig& rig;
                    RunFiles& files;
                    RunApi& api;
                    bool& cleaned;
                    ~CleaningUp() {
                        cleaned = !files.write_new("/etc/late", "x") && !rig.post(api, "late");
                    }
                } last_words{rig, files, api, cleaned};
                (void)rig.post(api, "web");
                CPPUNIT_FAIL("it died");
            });
        CPPUNIT_ASSERT(cleaned);
        CPPUNIT_ASSERT(rig.server.sorted().empty() && !rig.machine.disk.find("/etc/late"));
    }

    void a_seed_tells_the_same_trace_twice() {
        for (std::uint64_t seed = 1; seed <= 30; ++seed) {
            std::vector<std::string> first;
            for (int i = 0; i < 2; ++i) {
                Player player(generate(seed), Mutation::none, true);
                (void)player.play();
                if (i == 0) first = player.simulation().events.lines;
                if (i == 1) CPPUNIT_ASSERT(first == player.simulation().events.lines);
            }
            CPPUNIT_ASSERT(first.size() > 5);
        }
    }

    void shrinking_keeps_the_failure_and_nothing_else() {
        const auto fails = [](const Scenario& scenario) {
            return std::count_if(
                       scenario.steps.begin(), scenario.steps.end(), [](const Step& step) {
                           return step.kind == Step::Kind::run && !step.actors[0].faults.empty();
                       }) >= 1;
        };
        int shrunk = 0;
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            const Scenario whole = generate(seed);
            if (!fails(whole)) continue;
            const Scenario small = shrink(whole, fails);
            CPPUNIT_ASSERT(fails(small));
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, small.steps.size());
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, small.steps[0].actors[0].faults.size());
            ++shrunk;
        }
        CPPUNIT_ASSERT(shrunk > 3);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SimulationTest);

} // namespace
} // namespace infrastate::explore
