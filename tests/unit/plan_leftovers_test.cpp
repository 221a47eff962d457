// SPDX-License-Identifier: Apache-2.0
// The tables of the state logic as data: overlaps and their end, leftovers of unfinished runs,
// absence. No server, no clock, no file.
#include "plan_cases.h"

namespace infrastate {
namespace {

using namespace plan_cases;

class PlanLeftoversTest : public PlanFixture {
    CPPUNIT_TEST_SUITE(PlanLeftoversTest);
    CPPUNIT_TEST(an_overlap_keeps_the_old_key_until_the_new_one_is_used);
    CPPUNIT_TEST(what_an_unfinished_run_left_is_finished_or_collected);
    CPPUNIT_TEST(absent_removes_the_family_and_former_names);
    CPPUNIT_TEST(an_id_selects_and_never_replaces);
    CPPUNIT_TEST(an_id_that_is_gone_says_nothing_about_the_name);
    CPPUNIT_TEST(an_intent_is_open_until_its_horizon);
    CPPUNIT_TEST(a_live_key_that_goes_is_warned_of_where_nobody_here_holds_it);
    CPPUNIT_TEST_SUITE_END();

public:
    void an_overlap_keeps_the_old_key_until_the_new_one_is_used() {
        const auto overlapping = [](PlanInput& c) {
            c.want.overlap = span("1h");
            c.seen.rows = {row("k1"), row("k2", "web.rot-1-0123abcd", t0 - 2 * hour)};
            c.seen.record = record("k2", "web.rot-1-0123abcd");
            c.seen.record->created = at(t0 - 2 * hour);
            c.seen.record->predecessors = {{id("k1"), "connector", "web"}};
        };
        check({
            {"the successor comes first",
             [](PlanInput& c) {
                 c.want.overlap = span("1h");
                 c.want.keepers = "new";
                 c.seen.record->keepers = "old";
             },
             "rotation_due create:web.rot-1"},
            {"a dead key gets its exact name again",
             [](PlanInput& c) {
                 c.want.overlap = span("1h");
                 c.seen.time.now = at(t0 + 40 * day);
                 c.confirmed();
             },
             "expired delete:k1 create:web"},
            {"nobody uses either: the old one goes after the overlap",
             [&](PlanInput& c) { overlapping(c); }, "ok retire:k1"},
            {"not before",
             [&](PlanInput& c) {
                 overlapping(c);
                 c.want.overlap = span("3h");
             },
             "ok"},
            {"the old one is still used",
             [&](PlanInput& c) {
                 overlapping(c);
                 c.seen.rows[0] = used(c.seen.rows[0], t0 - 10);
             },
             "ok"},
            {"both are used",
             [&](PlanInput& c) {
                 overlapping(c);
                 c.seen.rows[0] = used(c.seen.rows[0], t0 - 10);
                 c.seen.rows[1] = used(c.seen.rows[1], t0 - 20);
             },
             "ok retire:k1"},
            {"a run's own try is no use",
             [&](PlanInput& c) {
                 overlapping(c);
                 c.seen.rows[0] = used(c.seen.rows[0], t0 - 10);
                 c.seen.rows[1] = used(c.seen.rows[1], t0 - 20);
                 c.seen.record->tried = at(t0 - 20);
             },
             "ok"},
            {"on_time does not wait for use",
             [&](PlanInput& c) {
                 overlapping(c);
                 c.seen.rows[0] = used(c.seen.rows[0], t0 - 10);
                 c.want.retire = plan::Retire::on_time;
             },
             "ok retire:k1"},
            {"who does not hold the successor retires nothing",
             [&](PlanInput& c) {
                 overlapping(c);
                 c.seen.file = tried(Tried::Verdict::unverified);
             },
             "ok"},
            {"a dead predecessor goes at once, once the server says so",
             [&](PlanInput& c) {
                 overlapping(c);
                 c.want.overlap = span("3h");
                 c.seen.rows[0].expires = at(t0 - 5);
             },
             "needs live_listing"},
            {"and then it goes",
             [&](PlanInput& c) {
                 overlapping(c);
                 c.want.overlap = span("3h");
                 c.seen.rows[0].expires = at(t0 - 5);
                 c.confirmed();
             },
             "ok retire:k1"},
            {"a second rotation inside an overlap retires the oldest afterwards",
             [&](PlanInput& c) {
                 overlapping(c);
                 c.want.overlap = span("3h");
                 c.want.rotate_if_created_before = at(t0 - hour);
             },
             "rotation_due create:web.rot-2 retire:k1"},
            {"the successor vanished: its predecessor is current again, without a secret",
             [&](PlanInput& c) {
                 overlapping(c);
                 c.seen.rows.pop_back();
             },
             "secret_missing create:web.rot-1"},
            {"overlap taken back: one key under the exact name",
             [&](PlanInput& c) {
                 overlapping(c);
                 c.want.overlap.reset();
                 c.want.rotate_if_created_before = at(t0 - hour);
             },
             "rotation_due delete:k1 delete:k2 create:web"},
            {"renamed with an overlap: the exact new name is free",
             [](PlanInput& c) {
                 c.want.overlap = span("1h");
                 c.want.name = must(KeyName::parse("app"));
             },
             "rotation_due create:app"},
            {"and the old name is retired later",
             [](PlanInput& c) {
                 c.want.overlap = span("1h");
                 c.want.name = must(KeyName::parse("app"));
                 c.seen.rows.push_back(row("k2", "app", t0 - 2 * hour));
                 c.seen.record = record("k2", "app");
                 c.seen.record->name = "app";
                 c.seen.record->predecessors = {{id("k1"), "connector", "web"}};
             },
             "ok retire:k1"},
            {"a row that no record lists is no predecessor",
             [&](PlanInput& c) {
                 overlapping(c);
                 c.seen.record->predecessors.clear();
             },
             "ok"},
        });
    }

    void what_an_unfinished_run_left_is_finished_or_collected() {
        using enum Tried::Verdict;
        const Intent open = intent("web", t0 - 60);
        const auto lost = [&](PlanInput& c) {
            c.seen.rows = {made_by(open, "k5", t0 - 50)};
            c.seen.intents = {open};
        };
        check({
            {"a lost row of our own is deleted and made again", [&](PlanInput& c) { lost(c); },
             "absent collect:k5 create:web"},
            {"a key whose secret is kept is not lost",
             [&](PlanInput& c) {
                 lost(c);
                 c.seen.intents[0].answered = id("k5");
                 c.seen.record.reset();
                 c.seen.file = tried(accepted, "k5");
             },
             "ok"},
            {"under every policy",
             [&](PlanInput& c) {
                 lost(c);
                 c.want.recreate = plan::Recreate::never;
             },
             "absent collect:k5 create:web"},
            {"one second less, as servers round",
             [&](PlanInput& c) {
                 lost(c);
                 c.seen.rows[0].expires = c.seen.rows[0].expires->plus_seconds(-1);
             },
             "absent collect:k5 create:web"},
            {"another mark is another's key",
             [&](PlanInput& c) {
                 lost(c);
                 c.seen.rows[0].expires = c.seen.rows[0].expires->plus_seconds(1);
                 c.seen.file = {};
                 c.seen.record.reset();
             },
             "unheld refused:unheld"},
            {"a used key is another's",
             [&](PlanInput& c) {
                 lost(c);
                 c.seen.rows[0].last_used = at(t0 - 40);
                 c.seen.file = {};
                 c.seen.record.reset();
             },
             "unheld refused:unheld"},
            {"a key that was there before is another's",
             [&](PlanInput& c) {
                 lost(c);
                 c.seen.intents[0].seen = {id("k5")};
                 c.seen.file = {};
                 c.seen.record.reset();
             },
             "unheld refused:unheld"},
            {"a leftover is tried",
             [&](PlanInput& c) {
                 lost(c);
                 c.seen.leftover = kept(false);
             },
             "needs try_leftover"},
            {"and handed over",
             [&](PlanInput& c) {
                 lost(c);
                 c.seen.leftover = tried(accepted, "k5");
             },
             "ok hand_over:k5"},
            {"one that the record names needs no try",
             [&](PlanInput& c) {
                 lost(c);
                 c.seen.record = record("k5");
                 c.seen.leftover = kept(true);
                 c.seen.file = {};
             },
             "ok hand_over:k5"},
            {"but what it would take the place of does",
             [&](PlanInput& c) {
                 lost(c);
                 c.seen.record = record("k5");
                 c.seen.leftover = kept(true);
                 c.seen.file = kept(false);
             },
             "needs try_file"},
            {"a refused leftover is dropped, its row collected",
             [&](PlanInput& c) {
                 lost(c);
                 c.seen.leftover = tried(refused);
             },
             "absent collect:k5 create:web"},
            {"what could not be verified is left",
             [&](PlanInput& c) {
                 lost(c);
                 c.seen.leftover = tried(unverified);
                 c.seen.file = {};
                 c.seen.record.reset();
             },
             "absent refused:secret_unverified"},
            {"the recorded row becomes its predecessor",
             [&](PlanInput& c) {
                 c.want.overlap = span("1h");
                 Intent rotation = intent("web.rot-1-0123abcd", t0 - 60);
                 rotation.predecessors = {{id("k1"), "connector", "web"}};
                 c.seen.rows.push_back(made_by(rotation, "k5", t0 - 50));
                 c.seen.intents = {rotation};
                 c.seen.leftover = tried(accepted, "k5");
             },
             "ok hand_over:k5"},
            {"arguments renamed since: finished first, then rotated",
             [&](PlanInput& c) {
                 lost(c);
                 c.want.name = must(KeyName::parse("app"));
                 c.seen.leftover = tried(accepted, "k5");
             },
             "rotation_due hand_over:k5 delete:k5 create:app"},
            {"a rotation's name is used again",
             [&](PlanInput& c) {
                 c.want.overlap = span("1h");
                 c.want.rotate_if_created_before = at(t0 - hour);
                 c.seen.intents = {intent("web.rot-1-0123abcd", t0 - 60)};
             },
             "rotation_due create:web.rot-1"},
        });
        PlanInput again;
        again.want.overlap = span("1h");
        again.want.rotate_if_created_before = at(t0 - hour);
        again.seen.intents = {intent("web.rot-1-0123abcd", t0 - 60)};
        CPPUNIT_ASSERT_EQUAL(std::string("web.rot-1-0123abcd"),
                             plan::plan_access_key(again.want, again.seen).new_name.value());
        // But not if a key has that number already: numbers have an end, and the last one may occur
        // twice.
        again.seen.rows.push_back(row("k2", "web.rot-999999998-0badcafe"));
        again.seen.rows.push_back(row("k3", "web.rot-999999999-0123abcd"));
        again.seen.intents = {intent("web.rot-999999999-0123abcd", t0 - 60)};
        CPPUNIT_ASSERT(!plan::plan_access_key(again.want, again.seen).new_name);
    }

    void absent_removes_the_family_and_former_names() {
        const auto absent = [](PlanInput& c) { c.want.state = plan::State::absent; };
        check({
            {"key and file", [&](PlanInput& c) { absent(c); }, "ok delete:k1 delete_file:web"},
            {"the whole family, whatever the overlap",
             [&](PlanInput& c) {
                 absent(c);
                 c.seen.rows.push_back(row("k2", "web.rot-1-0123abcd"));
             },
             "ok delete:k1 delete:k2 delete_file:web"},
            {"another name than the record's",
             [&](PlanInput& c) {
                 absent(c);
                 c.want.name = must(KeyName::parse("app"));
             },
             "absent refused:secret_of_another_key"},
            {"another name, though keys of it are there",
             [&](PlanInput& c) {
                 absent(c);
                 c.want.name = must(KeyName::parse("app"));
                 c.seen.rows.push_back(row("k2", "app"));
             },
             "absent refused:secret_of_another_key"},
            {"another user than the record's",
             [&](PlanInput& c) {
                 absent(c);
                 c.want.user = "dev";
             },
             "absent refused:secret_of_another_key"},
            {"another name, the recorded key being gone",
             [&](PlanInput& c) {
                 absent(c);
                 c.want.name = must(KeyName::parse("app"));
                 c.seen.rows.clear();
             },
             "absent refused:secret_of_another_key"},
            {"by the id of a key of another name",
             [&](PlanInput& c) {
                 absent(c);
                 c.want.id = id("k9");
                 c.want.named = false;
                 c.seen.rows.push_back(row("k9", "other"));
             },
             "absent refused:secret_of_another_key"},
            {"without a file the record does not matter",
             [&](PlanInput& c) {
                 absent(c);
                 c.no_holder();
                 c.want.name = must(KeyName::parse("app"));
                 c.seen.rows.push_back(row("k2", "app"));
             },
             "ok delete:k2"},
            {"a former name: its keys alone; the recorded key and the file stay",
             [&](PlanInput& c) {
                 absent(c);
                 c.want.name = must(KeyName::parse("app"));
                 c.seen.rows.push_back(row("k2", "app"));
                 c.seen.record->former = {{"app", "connector"}};
             },
             "ok delete:k2"},
            {"a former name that a predecessor has",
             [&](PlanInput& c) {
                 absent(c);
                 c.want.name = must(KeyName::parse("app"));
                 c.seen.rows.push_back(row("k2", "app.rot-1-0123abcd"));
                 c.seen.record->predecessors = {{id("k2"), "connector", "app.rot-1-0123abcd"}};
             },
             "ok delete:k2"},
            {"a former name without keys",
             [&](PlanInput& c) {
                 absent(c);
                 c.want.name = must(KeyName::parse("app"));
                 c.seen.record->former = {{"app", "connector"}};
             },
             "absent"},
            {"the record's name: predecessors of former names too",
             [&](PlanInput& c) {
                 absent(c);
                 c.seen.rows.push_back(row("k2", "app"));
                 c.seen.record->predecessors = {{id("k2"), "connector", "app"}};
             },
             "ok delete:k1 delete:k2 delete_file:web"},
            {"nothing is there",
             [&](PlanInput& c) {
                 absent(c);
                 c.no_holder();
                 c.seen.rows.clear();
             },
             "absent"},
            {"only the file is there",
             [&](PlanInput& c) {
                 absent(c);
                 c.seen.rows.clear();
             },
             "absent delete_file:web"},
            {"our own lost row too",
             [&](PlanInput& c) {
                 absent(c);
                 const Intent open = intent("web.rot-1-0123abcd", t0 - 60);
                 c.seen.intents = {open};
                 c.seen.rows.push_back(made_by(open, "k5", t0 - 50));
             },
             "ok delete:k1 collect:k5 delete_file:web"},
            {"keys of others stay",
             [&](PlanInput& c) {
                 absent(c);
                 c.seen.rows.push_back(row("k9", "web2"));
             },
             "ok delete:k1 delete_file:web"},
        });
    }

    void an_id_selects_and_never_replaces() {
        check({
            {"selected", [](PlanInput& c) { c.no_holder().want.id = id("k1"); }, "ok"},
            {"not found", [](PlanInput& c) { c.no_holder().want.id = id("k7"); },
             "ok refused:id_not_found"},
            {"name and id must agree",
             [](PlanInput& c) {
                 c.no_holder().want.id = id("k9");
                 c.seen.rows.push_back(row("k9", "other"));
             },
             "ok refused:id_of_another_key"},
            {"not replaced",
             [](PlanInput& c) {
                 c.no_holder().want.id = id("k1");
                 c.want.expires_in = span("1h");
             },
             "drifted refused:drifted"},
            {"absent: that one only",
             [](PlanInput& c) {
                 c.no_holder().want.id = id("k2");
                 c.want.state = plan::State::absent;
                 c.seen.rows.push_back(row("k2", "web.rot-1-0123abcd"));
             },
             "ok delete:k2"},
            {"absent: gone already",
             [](PlanInput& c) {
                 c.no_holder().want.id = id("k7");
                 c.want.state = plan::State::absent;
             },
             "absent"},
            {"absent: name and id must agree",
             [](PlanInput& c) {
                 c.no_holder().want.id = id("k9");
                 c.want.state = plan::State::absent;
                 c.seen.rows.push_back(row("k9", "other"));
             },
             "absent refused:id_of_another_key"},
        });
    }

    /// The key with the id is gone, and another one was made under the name since. It is not said
    /// that there is no key of that name.
    void an_id_that_is_gone_says_nothing_about_the_name() {
        PlanInput c;
        c.no_holder().want.id = id("k7");
        c.want.state = plan::State::absent;
        const auto plan = plan::plan_access_key(c.want, c.seen);
        CPPUNIT_ASSERT(plan.actions.empty());
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "the access key with id k7 of user 'connector' does not exist, as described"),
            plan.explanation);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, plan.warnings.size());
        test::must_contain(plan.warnings[0], "another one has the name and stays: 'web'");
    }

    void an_intent_is_open_until_its_horizon() {
        const auto open = [](PlanInput c) {
            return plan::plan_access_key(c.want, c.seen).intents.size();
        };
        PlanInput c;
        c.seen.intents = {intent("web", t0 - 60)};
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, open(c));
        c.seen.time.now = at(t0 - 60 + 30 + intent_grace_seconds);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, open(c));
        c.seen.time.now = at(t0 - 60 + 30 + intent_grace_seconds + 1);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, open(c));
        c.seen.time.exact = false;
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, open(c));
        c.seen.intents[0].answered = id("k4"); // its row is gone: no request can act any more
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, open(c));
    }

    // state: absent of a key that was asked for by name and is held here is what was wanted.
    void a_live_key_that_goes_is_warned_of_where_nobody_here_holds_it() {
        const auto warned = [](const std::function<void(PlanInput&)>& change) {
            PlanInput c;
            c.want.state = plan::State::absent;
            change(c);
            const Plan plan = plan::plan_access_key(c.want, c.seen);
            CPPUNIT_ASSERT(!plan.refusal && plan.need == plan::Need::nothing);
            return std::any_of(plan.warnings.begin(), plan.warnings.end(), [](const auto& each) {
                return each.starts_with("a live access key is deleted");
            });
        };
        CPPUNIT_ASSERT(!warned([](PlanInput&) {})); // recorded
        CPPUNIT_ASSERT(
            !warned([](PlanInput& c) { c.current(tried(plan::Tried::Verdict::accepted, "k1")); }));
        CPPUNIT_ASSERT(warned([](PlanInput& c) { c.no_holder(); }));
        CPPUNIT_ASSERT(warned([](PlanInput& c) { // a rotation of another holder
            c.current(tried(plan::Tried::Verdict::accepted, "k1"));
            c.seen.rows.push_back(row("k2", "web.rot-1-0123abcd"));
        }));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PlanLeftoversTest);

} // namespace
} // namespace infrastate
