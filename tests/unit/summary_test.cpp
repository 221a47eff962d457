// SPDX-License-Identifier: Apache-2.0
// The summary of a plan: what its actions do, as a command, for the dry runs of tools that announce
// a change in their own words. The life of one key, from its creation to its end.
#include "fake_infra.h"
#include "fake_machine.h"
#include "support/check.h"

#include <cppunit/extensions/HelperMacros.h>

namespace infrastate::test {
namespace {

using plan::Desired;
using reconcile::Mode;
using reconcile::Report;

constexpr std::int64_t hour = 3600, day = 24 * hour;

Desired desired() {
    return Desired{plan::State::present, must(KeyName::parse("web"))};
}

} // namespace

class SummaryTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SummaryTest);
    CPPUNIT_TEST(each_step_of_a_keys_life_is_an_order);
    CPPUNIT_TEST(several_actions_are_one_order);
    CPPUNIT_TEST(what_is_taken_over_or_finished_is_said);
    CPPUNIT_TEST_SUITE_END();

    FakeInfra infra_;
    Machine machine_;

    /// The summary of check mode and of the run, which must be equal.
    std::string said(const Desired& want, const Secret* current = nullptr) {
        const Report planned = machine_.run(infra_, want, Mode::check, current);
        const Report done = machine_.run(infra_, want, Mode::apply, current);
        CPPUNIT_ASSERT_EQUAL(planned.plan.summary, done.plan.summary);
        CPPUNIT_ASSERT_EQUAL(done.actions.empty(), done.plan.summary.empty());
        CPPUNIT_ASSERT(!done.error);
        return done.plan.summary;
    }

    const std::string key_ = "access key 'web' of user 'connector'";

public:
    void each_step_of_a_keys_life_is_an_order() {
        Desired want = desired();
        CPPUNIT_ASSERT_EQUAL("create " + key_, said(want));
        CPPUNIT_ASSERT_EQUAL(std::string(), said(want));
        want.inactivity_timeout = must(Duration::parse("90h"));
        CPPUNIT_ASSERT_EQUAL("replace " + key_, said(want));
        want.overlap = must(Duration::parse("1h"));
        want.inactivity_timeout = must(Duration::parse("80h"));
        CPPUNIT_ASSERT_EQUAL("rotate " + key_, said(want));
        infra_.now += 2 * hour;
        infra_.use(infra_.keys.back());
        CPPUNIT_ASSERT_EQUAL("delete the predecessor of " + key_, said(want));
        want = desired();
        want.state = plan::State::absent;
        CPPUNIT_ASSERT_EQUAL("delete " + key_ + " and delete secret_file", said(want));
        CPPUNIT_ASSERT_EQUAL(std::string(), said(want));
    }

    void several_actions_are_one_order() {
        infra_.add("web", "uConnector", 30 * day, 30 * day);
        Desired want = desired();
        want.state = plan::State::absent;
        FakeHost host;
        reconcile::Context context{infra_.with(host)};
        infra_.add("web.rot-1-0123abcd", "uConnector", 30 * day, 30 * day);
        const Report report = reconcile::reconcile_access_key(want, Mode::check, context);
        CPPUNIT_ASSERT_EQUAL("delete 2 keys of " + key_, report.plan.summary);
    }

    void what_is_taken_over_or_finished_is_said() {
        const Secret secret(infra_.add("web", "uConnector", 8766 * hour, 72 * hour).secret);
        infra_.now += hour;
        Desired want = desired();
        want.current_secret = plan::CurrentSecret::given;
        CPPUNIT_ASSERT_EQUAL("store the secret of " + key_,
                             machine_.run(infra_, want, Mode::apply, &secret).plan.summary);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SummaryTest);

} // namespace infrastate::test
