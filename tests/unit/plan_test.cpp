// SPDX-License-Identifier: Apache-2.0
// The plan's rules as tables: no server, no clock, no file.
#include "support/check.h"

#include "infrastate/plan/access_key.h"

namespace infrastate {
namespace {

using plan::Decision;
using plan::Desired;
using plan::Observed;
using plan::Plan;
using plan::Reason;
using plan::Recreate;
using test::must;
using test::must_contain;

constexpr std::int64_t t0 = 1'800'000'000;
constexpr std::int64_t hour = 3600, day = 24 * hour;

Timestamp at(std::int64_t seconds) {
    return Timestamp::from_unix(seconds);
}

Desired desired() {
    return Desired{plan::State::present, must(KeyName::parse("example"))};
}

/// A key made at t0 with the default lifetime and inactivity timeout, used at `used`.
AccessKeyRow row(std::int64_t lifetime = 8766 * hour, std::int64_t inactivity = 72 * hour,
                 std::int64_t used = t0) {
    return AccessKeyRow{must(ServerId::parse("k1")),
                        "example",
                        "connector",
                        "uConnector",
                        at(t0),
                        at(used),
                        at(t0 + lifetime),
                        at(used + inactivity)};
}

Observed seen(std::vector<AccessKeyRow> rows, std::int64_t now = t0 + hour) {
    return Observed{std::move(rows), ServerTime{at(now), true}, {}};
}

/// The same, after the server was asked which keys are live: none.
Observed confirmed_dead(std::vector<AccessKeyRow> rows, std::int64_t now) {
    Observed out = seen(std::move(rows), now);
    out.live_ids.emplace();
    return out;
}

std::string words(const Plan& plan) {
    std::string out(plan::name(plan.reason));
    for (const auto& action : plan.actions)
        out += action.kind == plan::ActionKind::create ? " create" : " delete:" + action.id->text();
    if (plan.refusal) out += " refused:" + plan.refusal->field;
    return out;
}

class PlanTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PlanTest);
    CPPUNIT_TEST(each_reason_meets_each_policy_as_the_table_says);
    CPPUNIT_TEST(the_policy_table_is_the_documented_one);
    CPPUNIT_TEST(reasons_are_reported_in_order_of_precedence);
    CPPUNIT_TEST(only_what_the_caller_set_can_drift);
    CPPUNIT_TEST(spans_within_the_tolerance_are_equal);
    CPPUNIT_TEST(inactivity_is_compared_below_the_expiry_only);
    CPPUNIT_TEST(a_missing_limit_is_drift_only_if_one_was_asked_for);
    CPPUNIT_TEST(use_renews_the_deadline_without_drift);
    CPPUNIT_TEST(a_key_dead_by_the_clock_needs_the_servers_word);
    CPPUNIT_TEST(a_key_the_server_lists_as_live_is_not_dead);
    CPPUNIT_TEST(without_the_servers_time_nothing_dies);
    CPPUNIT_TEST(a_past_expires_at_is_wrong_only_where_a_key_must_be_made);
    CPPUNIT_TEST(absent_removes_every_row_and_warns_of_live_ones);
    CPPUNIT_TEST(a_refusal_says_what_differs_and_what_would_allow_it);
    CPPUNIT_TEST(a_live_key_is_never_replaced_without_a_warning);
    CPPUNIT_TEST(what_is_asked_for_comes_from_the_caller_or_the_defaults);
    CPPUNIT_TEST(the_same_input_gives_the_same_plan);
    CPPUNIT_TEST_SUITE_END();

public:
    void each_reason_meets_each_policy_as_the_table_says() {
        struct Row {
            const char* situation;
            const char* never;
            const char* dead;
            const char* state_change;
            const char* always;
        };
        const Row table[] = {
            {"absent", "absent create", "absent create", "absent create", "absent create"},
            {"expired", "expired refused:recreate", "expired delete:k1 create",
             "expired delete:k1 create", "expired delete:k1 create"},
            {"inactive", "inactive refused:recreate", "inactive delete:k1 create",
             "inactive delete:k1 create", "inactive delete:k1 create"},
            {"drifted", "drifted refused:recreate", "drifted refused:recreate",
             "drifted delete:k1 create", "drifted delete:k1 create"},
            {"ok", "ok", "ok", "ok", "ok delete:k1 create"},
        };
        for (const Row& line : table) {
            const std::string situation = line.situation;
            for (const auto& [policy, expected] :
                 {std::pair{Recreate::never, line.never}, std::pair{Recreate::dead, line.dead},
                  std::pair{Recreate::state_change, line.state_change},
                  std::pair{Recreate::always, line.always}}) {
                Desired want = desired();
                want.recreate = policy;
                Observed have = seen({});
                if (situation == "expired") have = confirmed_dead({row(day)}, t0 + 2 * day);
                if (situation == "inactive") have = confirmed_dead({row()}, t0 + 73 * hour);
                if (situation == "ok" || situation == "drifted") have = seen({row()});
                if (situation == "drifted") want.inactivity_timeout = must(Duration::parse("24h"));
                const Plan plan = plan::plan_access_key(want, have);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(situation + std::string(plan::name(policy)),
                                             std::string(expected), words(plan));
            }
        }
    }

    void the_policy_table_is_the_documented_one() {
        CPPUNIT_ASSERT(plan::decide(Recreate::never, Reason::expired) == Decision::fail);
        CPPUNIT_ASSERT(plan::decide(Recreate::dead, Reason::inactive) == Decision::replace);
        CPPUNIT_ASSERT(plan::decide(Recreate::dead, Reason::drifted) == Decision::fail);
        CPPUNIT_ASSERT(plan::decide(Recreate::state_change, Reason::ok) == Decision::none);
        CPPUNIT_ASSERT(plan::decide(Recreate::always, Reason::ok) == Decision::replace);
        for (Reason reason : plan::all_reasons)
            CPPUNIT_ASSERT((plan::decide(Recreate::never, reason) == Decision::create) ==
                           (reason == Reason::absent));
    }

    void reasons_are_reported_in_order_of_precedence() {
        Desired want = desired();
        want.expires_in = must(Duration::parse("48h"));
        const Plan plan = plan::plan_access_key(want, confirmed_dead({row(day)}, t0 + 2 * day));
        CPPUNIT_ASSERT(plan.reason == Reason::expired);
        CPPUNIT_ASSERT((plan.reasons == std::vector{Reason::expired, Reason::drifted}));
        // Expired and inactive at once is expired.
        CPPUNIT_ASSERT(plan::dead_by_clock(row(day, hour), at(t0 + 2 * day)) == Reason::expired);
    }

    void only_what_the_caller_set_can_drift() {
        // A key that was made elsewhere, with other limits than the defaults.
        const Plan left_alone = plan::plan_access_key(desired(), seen({row(30 * day, hour * 2)}));
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), words(left_alone));
        Desired want = desired();
        want.expires_in = must(Duration::parse("48h"));
        const Plan drifted = plan::plan_access_key(want, seen({row(30 * day, hour * 2)}));
        CPPUNIT_ASSERT_EQUAL(std::string("drifted delete:k1 create"), words(drifted));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, drifted.changes.size());
        CPPUNIT_ASSERT_EQUAL(std::string("720h0m0s"), *drifted.changes[0].before);
        CPPUNIT_ASSERT_EQUAL(std::string("48h0m0s"), *drifted.changes[0].after);
    }

    void spans_within_the_tolerance_are_equal() {
        struct Row {
            std::int64_t lifetime, asked;
            bool drifts;
        };
        for (const Row& line :
             {Row{60, 60, false}, Row{60, 62, false}, Row{60, 63, true}, Row{60, 58, false},
              Row{60, 57, true}, Row{10 * hour, 10 * hour + 36, false},
              Row{10 * hour, 10 * hour + 37, true}, Row{365 * day, 365 * day + 60, false},
              Row{365 * day, 365 * day + 61, true}}) {
            Desired want = desired();
            want.expires_in = Duration::from_seconds(line.asked);
            AccessKeyRow have = row(line.lifetime, line.lifetime);
            const Plan plan = plan::plan_access_key(want, seen({have}, t0 + 1));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(line.lifetime) + " " +
                                             std::to_string(line.asked),
                                         line.drifts, plan.reason == Reason::drifted);
        }
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, plan::tolerance_seconds(10));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{36}, plan::tolerance_seconds(10 * hour));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{60}, plan::tolerance_seconds(365 * day));
    }

    void inactivity_is_compared_below_the_expiry_only() {
        // Longer than the key lives: what is beyond the expiry does not count.
        Desired want = desired();
        want.inactivity_timeout = must(Duration::parse("72h"));
        CPPUNIT_ASSERT_EQUAL(std::string("ok"),
                             words(plan::plan_access_key(want, seen({row(day, 30 * hour)}))));
        CPPUNIT_ASSERT_EQUAL(std::string("drifted delete:k1 create"),
                             words(plan::plan_access_key(want, seen({row(day, 12 * hour)}))));
    }

    void a_missing_limit_is_drift_only_if_one_was_asked_for() {
        AccessKeyRow have = row();
        have.inactivity_deadline.reset();
        have.expires.reset();
        CPPUNIT_ASSERT_EQUAL(std::string("ok"),
                             words(plan::plan_access_key(desired(), seen({have}))));
        Desired want = desired();
        want.inactivity_timeout = must(Duration::parse("1h"));
        want.expires_at = at(t0 + day);
        const Plan plan = plan::plan_access_key(want, seen({have}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, plan.changes.size());
        CPPUNIT_ASSERT(!plan.changes[0].before && !plan.changes[1].before);
    }

    void use_renews_the_deadline_without_drift() {
        Desired want = desired();
        want.inactivity_timeout = must(Duration::parse("72h"));
        const auto have = row(8766 * hour, 72 * hour, t0 + 50 * hour);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"),
                             words(plan::plan_access_key(want, seen({have}, t0 + 100 * hour))));
        CPPUNIT_ASSERT_EQUAL(72 * hour, plan::inactivity_extension(have).value());
    }

    void a_key_dead_by_the_clock_needs_the_servers_word() {
        const Plan plan = plan::plan_access_key(desired(), seen({row(day)}, t0 + day));
        CPPUNIT_ASSERT(plan.need == plan::Need::live_listing);
        CPPUNIT_ASSERT(plan::plan_access_key(desired(), seen({row(day)}, t0 + day - 1)).need ==
                       plan::Need::nothing);
        CPPUNIT_ASSERT(
            plan::plan_access_key(desired(), confirmed_dead({row(day)}, t0 + day)).need ==
            plan::Need::nothing);
    }

    void a_key_the_server_lists_as_live_is_not_dead() {
        Observed have = seen({row(day)}, t0 + day);
        have.live_ids = std::set<ServerId>{have.rows[0].id};
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), words(plan::plan_access_key(desired(), have)));
    }

    void without_the_servers_time_nothing_dies() {
        Observed have = confirmed_dead({row(day)}, t0 + day);
        have.time.exact = false;
        const Plan plan = plan::plan_access_key(desired(), have);
        CPPUNIT_ASSERT(plan.refusal.has_value());
        CPPUNIT_ASSERT_EQUAL(std::string("no_server_time"), plan.refusal->detail);
        CPPUNIT_ASSERT(plan.actions.empty());
    }

    void a_past_expires_at_is_wrong_only_where_a_key_must_be_made() {
        Desired want = desired();
        want.expires_at = at(t0 + day);
        // The key that was made with it still exists as described, dead or not.
        CPPUNIT_ASSERT_EQUAL(std::string("ok"),
                             words(plan::plan_access_key(want, seen({row(day)}))));
        want.expires_at = at(t0);
        for (const auto& have : {seen({}, t0 + 1), confirmed_dead({row(day)}, t0 + 2 * day)}) {
            const Plan plan = plan::plan_access_key(want, have);
            CPPUNIT_ASSERT_MESSAGE(words(plan), plan.refusal.has_value());
            CPPUNIT_ASSERT_EQUAL(std::string("expires_at"), plan.refusal->field);
            CPPUNIT_ASSERT(plan.actions.empty());
        }
    }

    void absent_removes_every_row_and_warns_of_live_ones() {
        Desired want = desired();
        want.state = plan::State::absent;
        AccessKeyRow second = row(day);
        second.id = must(ServerId::parse("k2"));
        second.name = "example.rot-1-0123abcd";
        const Plan plan = plan::plan_access_key(want, seen({row(), second}, t0 + 2 * day));
        CPPUNIT_ASSERT_EQUAL(std::string("ok delete:k1 delete:k2"), words(plan));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, plan.warnings.size());
        must_contain(plan.warnings[0], "never used");
        CPPUNIT_ASSERT_EQUAL(std::string("absent"), words(plan::plan_access_key(want, seen({}))));
    }

    void a_refusal_says_what_differs_and_what_would_allow_it() {
        Desired want = desired();
        want.recreate = Recreate::dead;
        want.expires_in = must(Duration::parse("48h"));
        const Plan plan = plan::plan_access_key(want, seen({row()}));
        for (const char* part :
             {"'example'", "'connector'", "expires_in is 8766h0m0s", "should be 48h0m0s", "id k1",
              "never used", "recreate: state_change"})
            must_contain(plan.refusal->message, part);
        CPPUNIT_ASSERT_EQUAL(Code::refused, plan.refusal->code);
        CPPUNIT_ASSERT_EQUAL(std::string("drifted"), plan.refusal->detail);
    }

    void a_live_key_is_never_replaced_without_a_warning() {
        Desired want = desired();
        want.recreate = Recreate::always;
        const auto used = row(8766 * hour, 72 * hour, t0 + 60);
        const Plan plan = plan::plan_access_key(want, seen({used}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, plan.warnings.size());
        must_contain(plan.warnings[0], "last used " + at(t0 + 60).text());
        const Plan dead = plan::plan_access_key(want, confirmed_dead({used}, t0 + 100 * day));
        CPPUNIT_ASSERT(dead.warnings.empty());
    }

    void what_is_asked_for_comes_from_the_caller_or_the_defaults() {
        Desired want = desired();
        auto lifetime = must(plan::lifetime_to_ask(want, at(t0)));
        CPPUNIT_ASSERT_EQUAL(std::string("8766h0m0s"), lifetime.expiry.text());
        CPPUNIT_ASSERT_EQUAL(std::string("72h0m0s"), lifetime.inactivity_timeout.text());
        want.expires_at = at(t0 + 90);
        want.inactivity_timeout = must(Duration::parse("500ms"));
        lifetime = must(plan::lifetime_to_ask(want, at(t0)));
        CPPUNIT_ASSERT_EQUAL(std::string("1m30s"), lifetime.expiry.text());
        CPPUNIT_ASSERT_EQUAL(std::string("500ms"), lifetime.inactivity_timeout.text());
        want.expires_at = must(Timestamp::parse("2500-01-01T00:00:00Z"));
        must_contain(test::must_fail(plan::lifetime_to_ask(want, at(t0))).message, "292 years");
    }

    void the_same_input_gives_the_same_plan() {
        Desired want = desired();
        want.expires_in = must(Duration::parse("48h"));
        const Observed have = seen({row()});
        const Plan first = plan::plan_access_key(want, have);
        const Plan second = plan::plan_access_key(want, have);
        CPPUNIT_ASSERT_EQUAL(words(first), words(second));
        CPPUNIT_ASSERT_EQUAL(first.explanation, second.explanation);
        CPPUNIT_ASSERT(first.actions == second.actions);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PlanTest);

} // namespace
} // namespace infrastate
