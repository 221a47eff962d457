// SPDX-License-Identifier: Apache-2.0
// Whole runs with both holders: the file keeps the secret, and the caller gives its own copy, which
// the result replaces (docs/state-logic.md, "No secret is lost").
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

/// A key whose secret the file and the caller keep, and a run that replaces the key.
struct BothHolders {
    FakeInfra infra{};
    Machine machine{};
    Desired want{plan::State::present, must(KeyName::parse("web"))};
    std::string first{}, second{}, others{};

    BothHolders() {
        others = infra.add("other", "uConnector", 8766 * hour, 72 * hour).secret;
        want.overlap = Duration::from_seconds(hour);
        machine.run(infra, want);
        first = machine.content();
        infra.now += 10 * 60;
    }
    Report run(const std::string& current, Mode mode = Mode::apply) {
        want.current_secret = plan::CurrentSecret::given;
        const Secret given(current);
        return machine.run(infra, want, mode, &given);
    }
    /// Makes it look as if a run that rotated the key died between record and file.
    void cut_off() {
        want.expires_in = Duration::from_seconds(30 * day);
        want.current_secret = plan::CurrentSecret::not_given;
        machine.run(infra, want);
        second = machine.content();
        std::filesystem::rename(machine.path(), machine.path(".key.infrastate.new"));
        machine.write(first);
    }
    std::int64_t tries() const { return std::count(infra.calls.begin(), infra.calls.end(), "try"); }
};

class ReconcileBothHoldersTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ReconcileBothHoldersTest);
    CPPUNIT_TEST(a_current_secret_of_another_key_is_no_price_for_a_good_file);
    CPPUNIT_TEST(a_current_secret_that_the_record_knows_needs_no_try);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_current_secret_of_another_key_is_no_price_for_a_good_file() {
        for (const bool cut_off : {false, true})
            for (const auto verify : {plan::Verify::automatic, plan::Verify::never}) {
                BothHolders world;
                if (cut_off)
                    world.cut_off();
                else
                    world.want.expires_in = Duration::from_seconds(30 * day);
                world.want.verify = verify;
                for (int round = 0; round < 2; ++round) {
                    const Report check = world.run(world.others, Mode::check);
                    CPPUNIT_ASSERT(std::any_of(
                        check.warnings.begin(), check.warnings.end(), [](const std::string& each) {
                            return each.starts_with("current_secret: it is not tried");
                        }));
                    const Report report = world.run(world.others);
                    CPPUNIT_ASSERT_EQUAL(std::string("same !secret_of_another_key"), deeds(report));
                    CPPUNIT_ASSERT_EQUAL(std::string("current_secret"), report.error->field);
                    CPPUNIT_ASSERT(!changes_server(world.infra));
                    CPPUNIT_ASSERT_EQUAL(world.first, world.machine.content());
                    CPPUNIT_ASSERT_EQUAL(cut_off, world.machine.has(".key.infrastate.new"));
                }
                world.infra.tries_fail = true;
                CPPUNIT_ASSERT_EQUAL(std::string("same !secret_unverified"),
                                     deeds(world.run(world.others)));
                world.infra.tries_fail = false;
                // The remedy: the file alone.
                world.want.current_secret = plan::CurrentSecret::not_given;
                CPPUNIT_ASSERT_EQUAL(std::string(cut_off ? "hand_over changed" : "create changed"),
                                     deeds(world.machine.run(world.infra, world.want)));
                CPPUNIT_ASSERT_EQUAL(std::string("same"),
                                     deeds(world.machine.run(world.infra, world.want)));
            }
    }

    void a_current_secret_that_the_record_knows_needs_no_try() {
        for (const bool cut_off : {false, true})
            for (const bool older : {true, false}) {
                BothHolders world;
                if (cut_off)
                    world.cut_off();
                else
                    world.want.expires_in = Duration::from_seconds(30 * day);
                const std::string kept = older || !cut_off ? world.first : world.second;
                CPPUNIT_ASSERT_EQUAL(std::string(cut_off ? "hand_over changed" : "create changed"),
                                     deeds(world.run(kept)));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world.tries());
                // The caller did not store the new secret, and the key is replaced again.
                world.infra.now += 10 * 60;
                world.want.expires_in = Duration::from_seconds(40 * day);
                CPPUNIT_ASSERT_EQUAL(std::string("create retire changed"), deeds(world.run(kept)));
                CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, world.tries());
            }
        // If nothing is made it is not tried either, but a warning tells.
        BothHolders calm;
        const Report report = calm.run(calm.others);
        CPPUNIT_ASSERT_EQUAL(std::string("same"), deeds(report));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, calm.tries());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, report.warnings.size());
        must_contain(report.warnings.front(),
                     "current_secret: differs from the secret in secret_file");
        CPPUNIT_ASSERT(calm.run(calm.first).warnings.empty());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReconcileBothHoldersTest);

} // namespace
} // namespace infrastate
