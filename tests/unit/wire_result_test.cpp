// SPDX-License-Identifier: Apache-2.0
// How a report becomes a result: every member, and the two sides of its diff.
#include "support/check.h"

#include "infrastate/wire/access_key.h"
#include "infrastate/wire/result.h"

namespace infrastate {
namespace {

using plan::Action;
using plan::ActionKind;
using test::must;

ServerId id(const char* text) {
    return must(ServerId::parse(text));
}

AccessKeyRow row(const char* key_id, const char* name) {
    const auto created = Timestamp::from_unix(1'800'000'000);
    return {.id = id(key_id),
            .name = name,
            .user_name = "connector",
            .user_id = "uConnector",
            .created = created,
            .last_used = created.plus_seconds(60),
            .expires = created.plus_seconds(3600),
            .inactivity_deadline = created.plus_seconds(660)};
}

reconcile::Report report_of(plan::Plan plan) {
    reconcile::Report out;
    out.plan = std::move(plan);
    out.plan.reasons = {out.plan.reason};
    out.actions = out.plan.actions;
    out.changed = !out.actions.empty();
    return out;
}

Value diff_of(plan::Plan plan) {
    return *wire::access_key_result(report_of(std::move(plan))).find("diff");
}

class WireResultTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(WireResultTest);
    CPPUNIT_TEST(everything_a_report_knows_is_in_the_result);
    CPPUNIT_TEST(what_is_not_known_is_null);
    CPPUNIT_TEST(a_failed_call_has_the_same_members_as_a_run);
    CPPUNIT_TEST(actions_are_plain_words);
    CPPUNIT_TEST(a_diff_shows_the_attributes_of_the_file);
    CPPUNIT_TEST(a_diff_shows_what_becomes_of_the_secret);
    CPPUNIT_TEST(a_diff_names_other_keys_that_go);
    CPPUNIT_TEST(a_diff_of_a_removal_says_so_of_the_file_too);
    CPPUNIT_TEST(a_failure_before_any_change_has_no_diff);
    CPPUNIT_TEST_SUITE_END();

public:
    void everything_a_report_knows_is_in_the_result() {
        plan::Plan plan;
        plan.reason = plan::Reason::expiring;
        plan.actions = {{ActionKind::create, "example.rot-1"}};
        reconcile::Report report = report_of(plan);
        report.plan.reasons = {plan::Reason::expiring, plan::Reason::rotation_due};
        report.outcome = Effect::changed;
        report.explanation = "said in one sentence";
        report.key = row("k2", "example.rot-1-0123abcd");
        report.time = ServerTime{Timestamp::from_unix(1'800'000'900), true};
        report.secret.emplace("aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb");
        report.secret_state = plan::SecretState::good;
        report.secret_changed = true;
        report.previous_id = id("k1");
        report.next_action_at = Timestamp::from_unix(1'800'003'000);
        report.predecessors = {{id("k1"), "connector", "example"}};
        report.live_keys = {id("k1"), id("k2")};
        report.warnings = {"mind the gap"};
        const Value result = wire::access_key_result(std::move(report));
        const Value expected = Value::object(
            {{"ok", true},
             {"code", "OK"},
             {"outcome", "changed"},
             {"changed", true},
             {"reason", "expiring"},
             {"reasons", Value::Array{"expiring", "rotation_due"}},
             {"actions", Value::Array{"create"}},
             {"explanation", "said in one sentence"},
             {"secret", "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"},
             {"secret_known", true},
             {"secret_state", "good"},
             {"secret_changed", true},
             {"previous_id", "k1"},
             {"next_action_at", "2027-01-15T08:50:00Z"},
             {"predecessors", Value::Array{Value::object(
                                  {{"id", "k1"}, {"name", "example"}, {"user", "connector"}})}},
             {"live_keys", Value::Array{"k1", "k2"}},
             {"warnings", Value::Array{"mind the gap"}}});
        for (const auto& [name, value] : expected.members())
            CPPUNIT_ASSERT_MESSAGE(name, *result.find(name) == value);
        const Value& key = *result.find("resource");
        CPPUNIT_ASSERT(*key.find("remaining_seconds") == Value(2700));
        CPPUNIT_ASSERT(*key.find("remaining_percent") == Value(75));
        CPPUNIT_ASSERT(*key.find("inactivity_timeout") == Value("10m0s"));
        CPPUNIT_ASSERT(result.find("error") == nullptr);
    }

    void what_is_not_known_is_null() {
        const Value result = wire::access_key_result(report_of({}));
        for (const char* name :
             {"explanation", "resource", "secret", "previous_id", "next_action_at"})
            CPPUNIT_ASSERT_MESSAGE(name, result.find(name)->is_null());
        CPPUNIT_ASSERT(*result.find("secret_state") == Value("not_kept"));
        CPPUNIT_ASSERT(*result.find("secret_changed") == Value(false));
    }

    void a_failed_call_has_the_same_members_as_a_run() {
        const Value failed = wire::failed_result(argument_error("name", "name: is missing"),
                                                 *schema::find_resource("access_key"));
        const Value run = wire::access_key_result(report_of({}));
        for (const auto& [name, value] : run.members())
            CPPUNIT_ASSERT_MESSAGE(name, failed.find(name) != nullptr);
    }

    void actions_are_plain_words() {
        plan::Plan plan;
        plan.current = row("k1", "example");
        for (ActionKind kind : {ActionKind::collect, ActionKind::hand_over, ActionKind::store,
                                ActionKind::remove, ActionKind::create, ActionKind::retire,
                                ActionKind::set_attributes, ActionKind::remove_file})
            plan.actions.push_back({kind, "example"});
        const Value result = wire::access_key_result(report_of(plan));
        CPPUNIT_ASSERT(*result.find("actions") ==
                       Value(Value::Array{"collect", "hand_over", "store", "delete", "create",
                                          "retire", "set_attributes", "delete_file"}));
    }

    void a_diff_shows_the_attributes_of_the_file() {
        plan::Plan plan;
        plan.current = row("k1", "example");
        plan.actions = {{ActionKind::set_attributes, "example"}};
        plan.changes = {{"mode", "0644", "0600"}, {"owner", "0", "infra"}};
        plan.secret_state = plan::SecretState::good;
        const Value diff = diff_of(plan);
        CPPUNIT_ASSERT(*diff.find("before")->find("mode") == Value("0644"));
        CPPUNIT_ASSERT(*diff.find("after")->find("mode") == Value("0600"));
        CPPUNIT_ASSERT(*diff.find("before")->find("owner") == Value("0"));
        CPPUNIT_ASSERT(*diff.find("after")->find("owner") == Value("infra"));
        // The key itself does not change.
        CPPUNIT_ASSERT(*diff.find("before")->find("id") == *diff.find("after")->find("id"));
    }

    void a_diff_shows_what_becomes_of_the_secret() {
        for (ActionKind kind : {ActionKind::create, ActionKind::hand_over, ActionKind::store}) {
            plan::Plan plan;
            plan.current = row("k1", "example");
            plan.actions = {{kind, "example", id("k1")}};
            plan.secret_state = plan::SecretState::missing;
            const Value diff = diff_of(plan);
            CPPUNIT_ASSERT(*diff.find("before")->find("secret_state") == Value("missing"));
            CPPUNIT_ASSERT(*diff.find("after")->find("secret_state") == Value("good"));
        }
        plan::Plan without;
        without.current = row("k1", "example");
        CPPUNIT_ASSERT(diff_of(without).find("before")->find("secret_state") == nullptr);
    }

    void a_diff_names_other_keys_that_go() {
        plan::Plan plan;
        plan.current = row("k2", "example.rot-1-0123abcd");
        plan.actions = {{ActionKind::collect, "example.rot-2-0123abcd", id("k3")},
                        {ActionKind::retire, "example", id("k1")}};
        const Value diff = diff_of(plan);
        CPPUNIT_ASSERT(*diff.find("before")->find("other_keys") ==
                       Value(Value::Array{"example.rot-2-0123abcd (id k3)", "example (id k1)"}));
        CPPUNIT_ASSERT(diff.find("after")->find("other_keys")->items().empty());
        CPPUNIT_ASSERT(*diff.find("after")->find("state") == Value("present"));
    }

    void a_diff_of_a_removal_says_so_of_the_file_too() {
        plan::Plan plan;
        plan.current = row("k1", "example");
        plan.actions = {{ActionKind::remove, "example", id("k1")},
                        {ActionKind::remove_file, "example"}};
        plan.changes = {{"state", "present", "absent"}};
        const Value diff = diff_of(plan);
        CPPUNIT_ASSERT(*diff.find("after") ==
                       Value::object({{"state", "absent"}, {"secret_file", "absent"}}));
        CPPUNIT_ASSERT(*diff.find("before")->find("secret_file") == Value("present"));
        CPPUNIT_ASSERT(diff.find("before")->find("other_keys") == nullptr);
    }

    void a_failure_before_any_change_has_no_diff() {
        reconcile::Report report = report_of({});
        report.error = Error{Code::refused, "not allowed"};
        CPPUNIT_ASSERT(wire::access_key_result(std::move(report)).find("diff")->is_null());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WireResultTest);

} // namespace
} // namespace infrastate
