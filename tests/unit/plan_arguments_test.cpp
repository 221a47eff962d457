// SPDX-License-Identifier: Apache-2.0
// Arguments that are refused because they would rotate in each run, and the small calculations of a
// plan: marks and splays. No server, no clock, no file.
#include "plan_cases.h"

namespace infrastate {
namespace {

using namespace plan_cases;

class PlanArgumentsTest : public PlanFixture {
    CPPUNIT_TEST_SUITE(PlanArgumentsTest);
    CPPUNIT_TEST(arguments_that_would_rotate_in_each_run_are_refused);
    CPPUNIT_TEST(a_mark_stays_within_the_tolerance);
    CPPUNIT_TEST(the_splay_is_the_same_for_the_same_name_and_host);
    CPPUNIT_TEST_SUITE_END();

public:
    void arguments_that_would_rotate_in_each_run_are_refused() {
        const auto field = [](const std::function<void(Desired&)>& change) {
            PlanInput c;
            change(c.want);
            const auto checked = plan::check_desired(c.want);
            return checked ? std::string("fine") : checked.error().field;
        };
        CPPUNIT_ASSERT_EQUAL(std::string("renew_before"), field([](Desired& d) {
                                 d.renew_before = span("40m");
                                 d.renew_splay = span("30m");
                                 d.expires_in = span("1h");
                             }));
        CPPUNIT_ASSERT_EQUAL(std::string("fine"), field([](Desired& d) {
                                 d.renew_before = span("20m");
                                 d.renew_splay = span("30m");
                                 d.expires_in = span("1h");
                             }));
        CPPUNIT_ASSERT_EQUAL(std::string("renew_before"), field([](Desired& d) {
                                 d.renew_before = plan::Percent{90};
                                 d.overlap = span("6m");
                                 d.expires_in = span("1h");
                             }));
        CPPUNIT_ASSERT_EQUAL(std::string("renew_before"), field([](Desired& d) {
                                 d.renew_before = span("1h");
                                 d.expires_at = at(t0 + day);
                             }));
        CPPUNIT_ASSERT_EQUAL(std::string("expires_in"),
                             field([](Desired& d) { d.expires_in = span("999ms"); }));
        CPPUNIT_ASSERT_EQUAL(std::string("inactivity_timeout"),
                             field([](Desired& d) { d.inactivity_timeout = span("1us"); }));
        CPPUNIT_ASSERT_EQUAL(std::string("fine"), field([](Desired& d) {
                                 d.overlap.reset();
                                 d.expires_in = span("1s");
                                 d.inactivity_timeout = span("1s");
                             }));
        CPPUNIT_ASSERT_EQUAL(std::string("fine"), field([](Desired& d) {
                                 d.overlap.reset();
                                 d.state = plan::State::absent;
                                 d.inactivity_timeout = span("999ms");
                             }));
        CPPUNIT_ASSERT_EQUAL(std::string("renew_before"),
                             field([](Desired& d) { d.renew_before = plan::Percent{91}; }));
        CPPUNIT_ASSERT_EQUAL(std::string("renew_splay"),
                             field([](Desired& d) { d.renew_splay = span("1h"); }));
        CPPUNIT_ASSERT_EQUAL(std::string("overlap"), field([](Desired& d) {
                                 d.overlap = span("1h");
                                 d.recreate = plan::Recreate::always;
                             }));
        CPPUNIT_ASSERT_EQUAL(std::string("overlap"), field([](Desired& d) {
                                 d.overlap = span("1h");
                                 d.secret_file = false;
                             }));
        CPPUNIT_ASSERT_EQUAL(std::string("overlap"), field([](Desired& d) {
                                 d.overlap = span("2h");
                                 d.expires_in = span("1h");
                             }));
        CPPUNIT_ASSERT_EQUAL(std::string("keepers"), field([](Desired& d) {
                                 d.keepers = "digest";
                                 d.secret_file = false;
                             }));
        CPPUNIT_ASSERT_EQUAL(std::string("current_secret"), field([](Desired& d) {
                                 d.current_secret = plan::CurrentSecret::empty;
                             }));
        CPPUNIT_ASSERT_EQUAL(std::string("verify_secret"), field([](Desired& d) {
                                 d.secret_file = false;
                                 d.current_secret = plan::CurrentSecret::given;
                                 d.verify = plan::Verify::never;
                             }));
    }

    void a_mark_stays_within_the_tolerance() {
        const auto year = plan::mark_room({span("8766h"), span("72h")});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{30}, year.expiry);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{30}, year.inactivity);
        CPPUNIT_ASSERT(year.enough());
        const auto brief = plan::mark_room({span("1h"), span("30m")});
        CPPUNIT_ASSERT(!brief.enough());
        const auto unused = plan::mark_room({span("1h"), span("72h")});
        CPPUNIT_ASSERT(unused.enough());
        const auto longest = plan::mark_room({span("2562047h47m16s"), span("2562047h47m16s")});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, longest.expiry);
        const auto marked = plan::marked({span("8766h"), span("72h")}, year, 31 * 5 + 3, 30);
        CPPUNIT_ASSERT_EQUAL(span("8766h0m3s").text(), marked.expiry.text());
        CPPUNIT_ASSERT_EQUAL(span("72h0m30s").text(), marked.inactivity_timeout.text());
    }

    void the_splay_is_the_same_for_the_same_name_and_host() {
        PlanInput c;
        c.want.renew_splay = span("1h");
        const std::int64_t first = plan::splay_seconds(c.want);
        CPPUNIT_ASSERT(first >= 0 && first <= hour);
        CPPUNIT_ASSERT_EQUAL(first, plan::splay_seconds(c.want));
        std::set<std::int64_t> spread;
        for (int i = 0; i < 100; ++i) {
            c.want.name = must(KeyName::parse("host-" + std::to_string(i)));
            spread.insert(plan::splay_seconds(c.want) / 360);
        }
        CPPUNIT_ASSERT(spread.size() >= 9); // all tenths of the hour, except perhaps one
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PlanArgumentsTest);

} // namespace
} // namespace infrastate
