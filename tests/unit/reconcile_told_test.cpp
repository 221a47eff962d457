// SPDX-License-Identifier: Apache-2.0
// The sentence of a run says what was done (docs/state-logic.md, "The result"). It covers each plan
// that the run carried out, not only the first. It does not claim what somebody else did. It says
// what a failed run did before it failed.
#include "fake_infra.h"
#include "fake_machine.h"
#include "support/check.h"

namespace infrastate {
namespace {

using plan::Desired;
using reconcile::Report;
using test::deeds;
using test::FakeInfra;
using test::Machine;
using test::must;
using test::must_contain;

constexpr std::int64_t hour = 3600;

Desired desired(plan::State state = plan::State::present) {
    return Desired{state, must(KeyName::parse("web"))};
}

/// Another lifetime than the key has, so that it is replaced.
Desired other_lifetime() {
    Desired out = desired();
    out.expires_in = Duration::from_seconds(100 * hour);
    return out;
}

Error unavailable() {
    Error out{Code::server, "service unavailable", {}, "http_503", 503, true};
    out.effect = Effect::unknown;
    return out;
}

bool says(const Report& report, const std::string& text) {
    return report.explanation.find(text) != std::string::npos;
}

class ReconcileToldTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ReconcileToldTest);
    CPPUNIT_TEST(what_a_second_plan_deletes_is_named_too);
    CPPUNIT_TEST(what_somebody_else_deleted_meanwhile_is_not_claimed);
    CPPUNIT_TEST(a_failed_run_says_what_it_deleted);
    CPPUNIT_TEST(a_failed_run_that_did_nothing_says_what_is_to_be_done);
    CPPUNIT_TEST_SUITE_END();

public:
    FakeInfra infra;
    Machine machine;

    void setUp() override {
        machine.run(infra, desired());
        infra.now += hour;
    }

    void what_a_second_plan_deletes_is_named_too() {
        infra.posts.push_back({true, unavailable()}); // it acts, and nobody gets the secret
        const Report report = machine.run(infra, other_lifetime());
        CPPUNIT_ASSERT_EQUAL(std::string("delete collect create changed"), deeds(report));
        must_contain(report.explanation, "it was replaced");
        must_contain(report.explanation, "deleted: 'web' of user 'connector' (id k1");
        must_contain(report.explanation, "a key that an unfinished run made was deleted: 'web' of "
                                         "user 'connector' (id k2");
    }

    void what_somebody_else_deleted_meanwhile_is_not_claimed() {
        infra.deletes.push_back({false, Error{}}); // already gone
        const Report report = machine.run(infra, desired(plan::State::absent));
        CPPUNIT_ASSERT_EQUAL(std::string("delete_file changed"), deeds(report));
        CPPUNIT_ASSERT_MESSAGE(report.explanation, !says(report, "(id k1"));
        must_contain(report.explanation, "secret_file was deleted");
    }

    void a_failed_run_says_what_it_deleted() {
        Error refused{Code::argument, "no", {}, "http_400", 400};
        infra.posts.push_back({false, refused});
        const Report replaced = machine.run(infra, other_lifetime());
        CPPUNIT_ASSERT_EQUAL(std::string("delete changed !http_400"), deeds(replaced));
        must_contain(replaced.explanation, "deleted: 'web' of user 'connector' (id k1");
        CPPUNIT_ASSERT_MESSAGE(replaced.explanation, !says(replaced, "is to be replaced"));

        FakeInfra two;
        Machine other;
        two.add("web", "uConnector", 8766 * hour, 72 * hour);
        two.add("web.rot-1-0123abcd", "uConnector", 8766 * hour, 72 * hour);
        two.deletes.push_back({true, Error{}});
        two.deletes.push_back({false, refused});
        const Report half = other.run(two, desired(plan::State::absent));
        CPPUNIT_ASSERT_EQUAL(std::string("delete changed !http_400"), deeds(half));
        must_contain(half.explanation, "existed and was deleted");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, two.keys.size());
        CPPUNIT_ASSERT_MESSAGE(half.explanation, !says(half, "id " + two.keys.at(0).id));
    }

    void a_failed_run_that_did_nothing_says_what_is_to_be_done() {
        infra.deletes.push_back({false, Error{Code::argument, "no", {}, "http_400", 400}});
        const Report report = machine.run(infra, desired(plan::State::absent));
        CPPUNIT_ASSERT_EQUAL(std::string("same !http_400"), deeds(report));
        must_contain(report.explanation, "exists and is to be deleted");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReconcileToldTest);

} // namespace
} // namespace infrastate
