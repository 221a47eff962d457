// SPDX-License-Identifier: Apache-2.0
// The tables of the state logic as data: holders, claims, renewal and rotation. No server, no
// clock, no file.
#include "plan_cases.h"

namespace infrastate {
namespace {

using namespace plan_cases;

class PlanStateTest : public PlanFixture {
    CPPUNIT_TEST_SUITE(PlanStateTest);
    CPPUNIT_TEST(what_holders_show_decides_the_reason);
    CPPUNIT_TEST(time_and_keepers_make_a_rotation_due_once);
    CPPUNIT_TEST(adoption_takes_only_what_no_other_holder_works_on);
    CPPUNIT_TEST(current_secret_alone_proves_its_claim_by_being_tried);
    CPPUNIT_TEST(a_dry_run_says_unverified_where_an_untried_copy_decides);
    CPPUNIT_TEST_SUITE_END();

public:
    void what_holders_show_decides_the_reason() {
        using enum Tried::Verdict;
        check({
            {"a recorded secret is good without a try", [](PlanInput&) {}, "ok"},
            {"always tries", [](PlanInput& c) { c.want.verify = plan::Verify::always; },
             "needs try_file"},
            {"a recorded secret that is refused is rejected",
             [](PlanInput& c) {
                 c.want.verify = plan::Verify::always;
                 c.seen.file = tried(refused);
                 c.seen.file.recorded = true;
             },
             "secret_rejected delete:k1 create:web"},
            {"any other copy is tried", [](PlanInput& c) { c.seen.file = kept(false); },
             "needs try_file"},
            {"but not in check mode",
             [](PlanInput& c) {
                 c.seen.file = kept(false);
                 c.seen.may_try = false;
             },
             "ok"},
            {"never: what no record vouches for is tried before something else takes its place",
             [](PlanInput& c) {
                 c.seen.file = kept(false);
                 c.want.verify = plan::Verify::never;
             },
             "needs try_file"},
            {"never: and counts as refused where it is",
             [](PlanInput& c) {
                 c.seen.file = tried(refused);
                 c.want.verify = plan::Verify::never;
             },
             "secret_rejected delete:k1 create:web"},
            {"an accepted copy is good", [](PlanInput& c) { c.seen.file = tried(accepted, "k1"); },
             "ok"},
            {"a refused copy of a recorded key is rejected",
             [](PlanInput& c) { c.seen.file = tried(refused); },
             "secret_rejected delete:k1 create:web"},
            {"an unverified copy changes nothing",
             [](PlanInput& c) { c.seen.file = tried(unverified); }, "ok"},
            {"not even what has drifted",
             [](PlanInput& c) {
                 c.seen.file = tried(unverified);
                 c.want.expires_in = span("100h");
             },
             "drifted refused:secret_unverified"},
            {"a file that is gone", [](PlanInput& c) { c.seen.file = {}; },
             "secret_missing delete:k1 create:web"},
            {"an empty file",
             [](PlanInput& c) {
                 c.seen.file = {Copy::Kind::empty, false, false, {}};
             },
             "secret_missing delete:k1 create:web"},
            {"policy never",
             [](PlanInput& c) {
                 c.seen.file = {};
                 c.want.recreate = plan::Recreate::never;
             },
             "secret_missing refused:secret_missing"},
            {"no record, no secret: not ours",
             [](PlanInput& c) {
                 c.seen.record.reset();
                 c.seen.file = {};
             },
             "unheld refused:unheld"},
            {"no record, but its secret",
             [](PlanInput& c) {
                 c.seen.record.reset();
                 c.seen.file = tried(accepted, "k1");
             },
             "ok"},
            {"no record, and a refused secret",
             [](PlanInput& c) {
                 c.seen.record.reset();
                 c.seen.file = tried(refused);
             },
             "unheld refused:unheld"},
            {"the secret of another key is an error",
             [](PlanInput& c) {
                 c.seen.rows.push_back(row("k9", "other"));
                 c.seen.file = tried(accepted, "k9");
             },
             "ok refused:secret_of_another_key"},
            {"nor may it be the key that authenticates",
             [](PlanInput& c) { c.seen.file.is_own_token = true; }, "ok refused:own_key"},
            {"the recorded key is dead: a recorded secret needs no try",
             [](PlanInput& c) {
                 c.seen.time.now = at(t0 + 40 * day);
                 c.confirmed();
             },
             "expired delete:k1 create:web"},
            {"the recorded key is gone", [](PlanInput& c) { c.seen.rows.clear(); },
             "absent create:web"},
            {"a current_secret that opens the key is stored",
             [](PlanInput& c) {
                 c.seen.file = {};
                 c.want.current_secret = plan::CurrentSecret::given;
                 c.seen.current = tried(accepted, "k1");
             },
             "ok store:k1"},
            {"a good file makes current_secret needless",
             [](PlanInput& c) {
                 c.want.current_secret = plan::CurrentSecret::given;
                 c.seen.current = kept(false);
             },
             "ok"},
            {"file attributes are a change of their own",
             [](PlanInput& c) {
                 c.seen.attributes = {{"mode", "0644", "0600"}};
             },
             "ok set_attributes:web"},
        });
    }

    void time_and_keepers_make_a_rotation_due_once() {
        check({
            {"keepers differ",
             [](PlanInput& c) {
                 c.want.keepers = "new";
                 c.seen.record->keepers = "old";
             },
             "rotation_due delete:k1 create:web"},
            {"keepers appear", [](PlanInput& c) { c.want.keepers = "new"; }, "ok"},
            {"keepers removed", [](PlanInput& c) { c.seen.record->keepers = "old"; }, "ok"},
            {"created before",
             [](PlanInput& c) { c.want.rotate_if_created_before = at(t0 - hour); },
             "rotation_due delete:k1 create:web"},
            {"not yet", [](PlanInput& c) { c.want.rotate_if_created_before = at(t0 + 1); }, "ok"},
            {"now", [](PlanInput& c) { c.want.rotate_now = true; },
             "rotation_due delete:k1 create:web"},
            {"now, with an overlap",
             [](PlanInput& c) {
                 c.want.rotate_now = true;
                 c.want.overlap = span("1h");
             },
             "rotation_due create:web.rot-1"},
            {"now, inside an overlap",
             [](PlanInput& c) {
                 c.want.rotate_now = true;
                 c.want.overlap = span("1h");
                 c.seen.rows = {row("k1", "web.rot-1-0123abcd", t0 - 60), row("k0")};
                 c.seen.record = record("k1", "web.rot-1-0123abcd");
                 c.seen.record->predecessors = {{id("k0"), "connector", "web"}};
             },
             "rotation_due create:web.rot-2 retire:k0"},
            {"now is when the run began",
             [](PlanInput& c) {
                 c.want.rotate_now = true;
                 c.seen.rows = {row("k1", "web", t0 - 5)};
                 c.seen.first_time = at(t0 - 5);
             },
             "ok"},
            {"now, forbidden",
             [](PlanInput& c) {
                 c.want.rotate_now = true;
                 c.want.recreate = plan::Recreate::dead;
             },
             "rotation_due refused:rotation_due"},
            {"now, without the server's time",
             [](PlanInput& c) {
                 c.want.rotate_now = true;
                 c.seen.time.exact = false;
             },
             "ok"},
            {"created since", [](PlanInput& c) { c.want.rotate_if_created_before = at(t0 - day); },
             "ok"},
            {"renamed", [](PlanInput& c) { c.want.name = must(KeyName::parse("app")); },
             "rotation_due delete:k1 create:app"},
            {"recreate: never holds against renaming too",
             [](PlanInput& c) {
                 c.want.name = must(KeyName::parse("app"));
                 c.want.recreate = plan::Recreate::never;
             },
             "rotation_due refused:rotation_due"},
            {"another user", [](PlanInput& c) { c.want.user = "dev"; },
             "rotation_due delete:k1 create:web"},
            {"a former key that only seems dead is asked about first",
             [](PlanInput& c) {
                 c.want.name = must(KeyName::parse("app"));
                 c.seen.time = {at(t0 + 40 * day), false};
             },
             "needs live_listing"},
            {"and is not forgotten where the server still lists it",
             [](PlanInput& c) {
                 c.want.name = must(KeyName::parse("app"));
                 c.seen.time = {at(t0 + 40 * day), false};
                 c.seen.live_ids = {id("k1")};
             },
             "rotation_due delete:k1 create:app"},
            {"renewed before expiry", [](PlanInput& c) { c.want.renew_before = span("696h1s"); },
             "expiring delete:k1 create:web"},
            {"not before that", [](PlanInput& c) { c.want.renew_before = span("696h"); }, "ok"},
            {"by percent", [](PlanInput& c) { c.want.renew_before = plan::Percent{90}; }, "ok"},
            {"by percent, due",
             [](PlanInput& c) {
                 c.want.renew_before = plan::Percent{20};
                 c.seen.time.now = at(t0 - day + 24 * day + 1);
             },
             "expiring delete:k1 create:web"},
            {"expiring under a careful policy is left with a warning",
             [](PlanInput& c) {
                 c.want.renew_before = span("700h");
                 c.want.recreate = plan::Recreate::dead;
             },
             "expiring"},
            {"without the server's time nothing is renewed",
             [](PlanInput& c) {
                 c.want.renew_before = span("700h");
                 c.seen.time.exact = false;
             },
             "ok"},
            {"asked is compared with asked",
             [](PlanInput& c) {
                 c.want.expires_in = span("720h");
                 c.seen.record->asked = {.expires_in = span("720h"),
                                         .inactivity_timeout = span("72h")};
                 c.seen.rows[0].expires = at(t0 - day + 30 * day + 30);
             },
             "ok"},
            {"a small difference of what was asked is drift",
             [](PlanInput& c) {
                 c.want.expires_in = span("720h0m1s");
                 c.seen.record->asked = {.expires_in = span("720h"),
                                         .inactivity_timeout = span("72h")};
             },
             "drifted delete:k1 create:web"},
        });
    }

    void adoption_takes_only_what_no_other_holder_works_on() {
        const auto unheld = [](PlanInput& c) {
            c.seen.record.reset();
            c.seen.file = {};
            c.want.adopt = plan::Adopt::replace;
        };
        check({
            {"replaced", [&](PlanInput& c) { unheld(c); }, "unheld delete:k1 create:web"},
            {"rotated with an overlap",
             [&](PlanInput& c) {
                 unheld(c);
                 c.want.overlap = span("1h");
             },
             "unheld create:web.rot-1"},
            {"not under a careful policy",
             [&](PlanInput& c) {
                 unheld(c);
                 c.want.recreate = plan::Recreate::dead;
             },
             "unheld refused:unheld"},
            {"not what was made since this run began",
             [&](PlanInput& c) {
                 unheld(c);
                 c.seen.first_ids.emplace();
             },
             "unheld refused:made_by_another_run"},
            {"not by a holder whose own key is gone",
             [&](PlanInput& c) {
                 unheld(c);
                 c.seen.record = record("k0");
             },
             "unheld refused:taken_by_another_holder"},
            {"current_secret alone: an old and never used one",
             [](PlanInput& c) {
                 c.current(tried(Tried::Verdict::refused));
                 c.want.adopt = plan::Adopt::replace;
             },
             "unheld delete:k1 create:web"},
            {"current_secret alone: not a used one",
             [](PlanInput& c) {
                 c.current(tried(Tried::Verdict::refused));
                 c.want.adopt = plan::Adopt::replace;
                 c.seen.rows[0] = used(c.seen.rows[0], t0 - hour);
             },
             "unheld refused:in_use"},
            {"current_secret alone: not a young one",
             [](PlanInput& c) {
                 c.current(tried(Tried::Verdict::refused));
                 c.want.adopt = plan::Adopt::replace;
                 c.seen.rows[0] = row("k1", "web", t0 - minute);
             },
             "unheld refused:in_use"},
        });
    }

    void current_secret_alone_proves_its_claim_by_being_tried() {
        using enum Tried::Verdict;
        const auto two = [](PlanInput& c, std::int64_t age) {
            c.current(tried(accepted, "k1"));
            c.want.overlap = span("1h");
            c.seen.rows.push_back(row("k2", "web.rot-1-0123abcd", t0 - age));
        };
        // The new key is held, tried by each run, and may cause its predecessor to be retired.
        const auto rotated = [](PlanInput& c, std::int64_t old_use) {
            c.current(tried(accepted, "k2"));
            c.want.overlap = span("1h");
            c.want.adopt = plan::Adopt::replace;
            c.seen.rows = {used(row("k1"), t0 - old_use),
                           used(row("k2", "web.rot-1-0123abcd", t0 - 3 * hour), t0 - minute)};
        };
        check({
            {"tried first", [](PlanInput& c) { c.current(kept(false)); }, "needs try_current"},
            {"good", [](PlanInput& c) { c.current(tried(accepted, "k1")); }, "ok"},
            {"refused: not ours", [](PlanInput& c) { c.current(tried(refused)); },
             "unheld refused:unheld"},
            {"never tried counts as refused",
             [](PlanInput& c) {
                 c.current(kept(false));
                 c.want.verify = plan::Verify::never;
             },
             "unheld refused:unheld"},
            {"the old key of an overlap stays while it is used",
             [&](PlanInput& c) { rotated(c, 59 * minute); }, "ok"},
            {"and goes once it was not used for one overlap",
             [&](PlanInput& c) { rotated(c, 61 * minute); }, "ok retire:k1"},
            {"however short the overlap, a use within five minutes counts",
             [&](PlanInput& c) {
                 rotated(c, 4 * minute);
                 c.want.overlap = span("1s");
             },
             "ok"},
            {"empty, by permission",
             [](PlanInput& c) {
                 c.current({Copy::Kind::empty, false, false, {}});
                 c.want.current_secret_missing = plan::WhenMissing::replace;
             },
             "secret_missing delete:k1 create:web"},
            {"another's key",
             [](PlanInput& c) {
                 c.current(tried(accepted, "k9"));
                 c.seen.rows.push_back(row("k9", "other"));
             },
             "ok refused:secret_of_another_key"},
            {"a successor whose secret was lost is made again",
             [&](PlanInput& c) { two(c, 10 * minute); },
             "secret_missing delete:k2 create:web.rot-2"},
            {"unless it may still be on its way", [&](PlanInput& c) { two(c, minute); }, "ok"},
            {"and until then no third one is made",
             [&](PlanInput& c) {
                 two(c, minute);
                 c.want.inactivity_timeout = span("24h");
             },
             "drifted"},
            {"or is used",
             [&](PlanInput& c) {
                 two(c, hour);
                 c.seen.rows[1] = used(c.seen.rows[1], t0 - 5);
             },
             "ok"},
        });
    }

    void a_dry_run_says_unverified_where_an_untried_copy_decides() {
        const auto state = [](const std::function<void(PlanInput&)>& change) {
            PlanInput c;
            c.seen.may_try = false;
            change(c);
            return std::string(plan::name(plan::plan_access_key(c.want, c.seen).secret_state));
        };
        CPPUNIT_ASSERT_EQUAL(std::string("good"), state([](PlanInput&) {}));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("a leftover", std::string("unverified"),
                                     state([](PlanInput& c) {
                                         c.seen.leftover = kept(false);
                                         c.seen.intents = {intent("web", t0 - day - 5)};
                                     }));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("whose secret would be overwritten?",
                                     std::string("unverified"), state([](PlanInput& c) {
                                         c.seen.rows.clear();
                                         c.seen.record.reset();
                                         c.seen.file = kept(false);
                                     }));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("current_secret may be stored", std::string("unverified"),
                                     state([](PlanInput& c) {
                                         c.current(kept(false));
                                         c.want.secret_file = true;
                                     }));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("the file may be another key's", std::string("unverified"),
                                     state([](PlanInput& c) {
                                         c.seen.file = kept(false);
                                         c.want.id = id("k9");
                                     }));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PlanStateTest);

} // namespace
} // namespace infrastate
