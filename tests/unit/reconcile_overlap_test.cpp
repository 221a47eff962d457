// SPDX-License-Identifier: Apache-2.0
// Two keys in an overlap. What a run itself does with the new key must not be a reason to retire
// the old one, which a consumer may still use.
#include "fake_machine.h"

namespace infrastate {
namespace {

using namespace test; // NOLINT: the fakes of this test
using plan::Desired;
using reconcile::Report;

constexpr std::int64_t minute = 60, hour = 3600;

/// A file whose key was rotated. The consumer has not read the new secret yet.
struct Overlap {
    FakeInfra infra{};
    Machine machine{};
    Desired want{plan::State::present, must(KeyName::parse("web"))};

    Overlap() {
        want.overlap = Duration::from_seconds(10 * minute);
        want.verify = plan::Verify::always;
        machine.run(infra, want);
        infra.now += hour;
        want.expires_in = Duration::from_seconds(24 * hour);
        machine.run(infra, want);
        infra.now += hour;
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, infra.keys.size());
    }
    Report run() {
        infra.use(infra.keys.at(0)); // the consumer, with the old secret
        infra.now += 10;
        return machine.run(infra, want);
    }
    std::string record() const {
        std::ifstream in(machine.path(".key.infrastate"));
        return {std::istreambuf_iterator<char>(in), {}};
    }
    bool tried() const { return std::count(infra.calls.begin(), infra.calls.end(), "try") > 0; }
};

/// A caller that keeps the secret itself. Another host's key of the same user is in use, so a run
/// has to try the secret twice.
struct Kept {
    FakeInfra infra{};
    Desired want{plan::State::present, must(KeyName::parse("web"))};
    std::string old_secret{};

    Kept() {
        want.host = "https://infra.example";
        want.current_secret = plan::CurrentSecret::given;
        want.overlap = Duration::from_seconds(10 * minute);
        old_secret = infra.add("web", "uConnector", 8766 * hour, 72 * hour).secret;
        infra.now += hour;
    }
    /// `meanwhile` is what others do between the two tries.
    Report run(const std::function<void()>& meanwhile = nullptr) {
        FakeHost host;
        host.clock = &infra;
        host.left = 120;
        if (meanwhile) {
            infra.add("elsewhere", "uConnector", 8766 * hour, 72 * hour);
            infra.now += 10;
            infra.before_list = [&] { infra.use(infra.keys.back()); };
            host.on_pause = [&, first = true]() mutable {
                infra.before_list = nullptr;
                if (std::exchange(first, false)) meanwhile();
            };
        }
        const Secret given(old_secret);
        reconcile::Context context{infra.with(host), nullptr, &given, nullptr};
        return reconcile::reconcile_access_key(want, reconcile::Mode::apply, context);
    }
    bool has(const std::string& id) const {
        return std::any_of(infra.keys.begin(), infra.keys.end(),
                           [&](const auto& key) { return key.id == id; });
    }
};

class ReconcileOverlapTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ReconcileOverlapTest);
    CPPUNIT_TEST(a_try_that_a_run_did_not_live_to_write_down_is_no_use);
    CPPUNIT_TEST(a_try_by_a_wrong_clock_is_no_use);
    CPPUNIT_TEST(what_cannot_be_written_down_is_not_tried);
    CPPUNIT_TEST(a_use_by_others_is_one);
    CPPUNIT_TEST(a_successor_that_comes_into_use_during_a_trial_stays);
    CPPUNIT_TEST(an_old_key_that_comes_into_use_during_a_trial_stays);
    CPPUNIT_TEST(a_key_that_is_deleted_during_a_trial_is_made_again);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_try_that_a_run_did_not_live_to_write_down_is_no_use() {
        Overlap two;
        std::string at_death;
        two.infra.before_list = [&] {
            if (two.tried() && at_death.empty()) at_death = two.record();
        };
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(two.run()));
        two.infra.before_list = nullptr;
        for (int round = 0; round < 3; ++round) {
            two.machine.write(at_death, ".key.infrastate"); // killed after the try
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(two.run()));
            CPPUNIT_ASSERT_EQUAL(std::size_t{2}, two.infra.keys.size());
        }
    }

    void a_try_by_a_wrong_clock_is_no_use() {
        for (const std::int64_t skew : {-5 * hour, 5 * hour}) {
            Overlap two;
            two.infra.exact_time = false;
            two.infra.clock_skew = skew; // this machine's clock
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(two.run()));
            two.infra.exact_time = true;
            two.infra.clock_skew = 0;
            for (int round = 0; round < 2; ++round)
                CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(two.run()));
            two.infra.now += 10;
            two.infra.use(two.infra.keys.at(1)); // the consumer has read it
            two.infra.now += 10;
            CPPUNIT_ASSERT_EQUAL(std::string("ok retire changed"),
                                 done(two.machine.run(two.infra, two.want)));
        }
    }

    void what_cannot_be_written_down_is_not_tried() {
        Overlap two;
        std::filesystem::create_directory(two.machine.path(".key.infrastate.tmp"));
        const Report report = two.run();
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(report));
        CPPUNIT_ASSERT(!two.tried());
        must_contain(report.warnings.at(0), "was not tried");
        std::filesystem::remove(two.machine.path(".key.infrastate.tmp"));
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(two.run()));
        CPPUNIT_ASSERT(two.tried());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, two.infra.keys.size());
    }

    void a_use_by_others_is_one() {
        Overlap two;
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(two.run()));
        two.infra.now += 10;
        two.infra.use(two.infra.keys.at(1));
        two.infra.now += 10;
        CPPUNIT_ASSERT_EQUAL(std::string("ok retire changed"),
                             done(two.machine.run(two.infra, two.want)));
    }

    void a_successor_that_comes_into_use_during_a_trial_stays() {
        for (const bool used : {false, true}) {
            Kept kept;
            kept.want.expires_in = Duration::from_seconds(24 * hour);
            CPPUNIT_ASSERT_EQUAL(std::string("drifted create changed"), done(kept.run()));
            kept.infra.now += 20 * minute; // its secret looks lost
            const std::string successor = kept.infra.keys.back().id;
            const Report report = kept.run([&] {
                if (used) kept.infra.use(kept.infra.keys.at(1));
            });
            CPPUNIT_ASSERT_EQUAL_MESSAGE(done(report), used, kept.has(successor));
        }
    }

    void an_old_key_that_comes_into_use_during_a_trial_stays() {
        for (const bool used : {false, true}) {
            Kept kept;
            kept.want.expires_in = Duration::from_seconds(24 * hour);
            kept.want.adopt = plan::Adopt::replace;
            CPPUNIT_ASSERT_EQUAL(std::string("drifted create changed"), done(kept.run()));
            kept.infra.now += 20 * minute; // the overlap is over
            const std::string old = kept.infra.keys.front().id;
            kept.old_secret = kept.infra.keys.back().secret;
            const Report report = kept.run([&] {
                if (used) kept.infra.use(kept.infra.keys.front());
            });
            CPPUNIT_ASSERT_EQUAL_MESSAGE(done(report), used, kept.has(old));
        }
    }

    void a_key_that_is_deleted_during_a_trial_is_made_again() {
        Kept kept;
        const Report report = kept.run([&] { kept.infra.keys.erase(kept.infra.keys.begin()); });
        CPPUNIT_ASSERT_EQUAL(std::string("absent create changed"), done(report));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReconcileOverlapTest);

} // namespace
} // namespace infrastate
