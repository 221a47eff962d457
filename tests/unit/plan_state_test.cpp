// SPDX-License-Identifier: Apache-2.0
// The tables of the state logic as data: holders, claims, renewal, rotation, retirement, leftovers.
// No server, no clock, no file.
#include "support/check.h"

#include "infrastate/plan/access_key.h"
#include "infrastate/plan/mark.h"

#include <functional>

namespace infrastate {
namespace {

using plan::Copy;
using plan::Desired;
using plan::Observed;
using plan::Plan;
using plan::Tried;
using test::must;
using test::must_contain;

constexpr std::int64_t t0 = 1'800'000'000;
constexpr std::int64_t minute = 60, hour = 3600, day = 24 * hour;

Timestamp at(std::int64_t seconds) {
    return Timestamp::from_unix(seconds);
}
ServerId id(const std::string& text) {
    return must(ServerId::parse(text));
}
Duration span(const char* text) {
    return must(Duration::parse(text));
}

AccessKeyRow row(const std::string& key, const std::string& name = "web",
                 std::int64_t created = t0 - day, std::int64_t lifetime = 30 * day) {
    return {id(key),
            name,
            "connector",
            "uConnector",
            at(created),
            at(created),
            at(created + lifetime),
            at(created + 60 * day)};
}

AccessKeyRow used(AccessKeyRow out, std::int64_t when) {
    out.last_used = at(when);
    out.inactivity_deadline = at(when + 60 * day);
    return out;
}

Record record(const std::string& key, const std::string& name = "web") {
    return {.host = "https://infra.example",
            .user = "connector",
            .user_id = "uConnector",
            .name = "web",
            .key_name = name,
            .id = id(key),
            .created = at(t0 - day),
            .secret_digest = "d1"};
}

Copy kept(bool recorded = true) {
    return {Copy::Kind::secret, recorded, false, {}};
}
Copy tried(Tried::Verdict verdict, const std::string& key = {}) {
    Copy out = kept(false);
    out.tried.verdict = verdict;
    if (!key.empty()) out.tried.row = id(key);
    out.tried.user = "connector";
    out.tried.at = at(t0);
    return out;
}

/// A key on disk, held and good: each case changes something of it.
struct Case {
    Desired want{plan::State::present, must(KeyName::parse("web"))};
    Observed seen{{row("k1")}, {at(t0), true}};

    Case() {
        want.secret_file = true;
        want.host = "https://infra.example";
        seen.record = record("k1");
        seen.file = kept();
    }
    Case& no_holder() {
        want.secret_file = false;
        seen.record.reset();
        seen.file = {};
        return *this;
    }
    Case& current(Copy copy) {
        no_holder();
        want.current_secret = copy.kind == Copy::Kind::empty ? plan::CurrentSecret::empty
                                                             : plan::CurrentSecret::given;
        seen.current = std::move(copy);
        return *this;
    }
    Case& confirmed() {
        seen.live_ids.emplace();
        for (const AccessKeyRow& each : seen.rows)
            if (!plan::dead_by_clock(each, seen.time.now)) seen.live_ids->insert(each.id);
        return *this;
    }
};

std::string_view name(plan::Need need) {
    switch (need) {
    case plan::Need::live_listing:
        return "live_listing";
    case plan::Need::try_leftover:
        return "try_leftover";
    case plan::Need::try_file:
        return "try_file";
    case plan::Need::try_current:
        return "try_current";
    case plan::Need::nothing:
        break;
    }
    return "nothing";
}

/// "rotation_due: create web.rot-1, retire k0" or "needs try_file" or "unheld: refused adopt".
std::string words(const Case& of) {
    const Plan plan = plan::plan_access_key(of.want, of.seen);
    if (plan.need != plan::Need::nothing) return "needs " + std::string(name(plan.need));
    std::string out(plan::name(plan.reason));
    for (const auto& action : plan.actions)
        out += " " + std::string(plan::name(action.kind)) + ":" +
               (action.id ? action.id->text() : action.name);
    if (plan.refusal) out += " refused:" + plan.refusal->detail;
    return out;
}

struct Line {
    const char* rule;
    std::function<void(Case&)> change;
    const char* expected;
};

Intent intent(const std::string& key_name, std::int64_t started) {
    return {.host = "https://infra.example",
            .user = "connector",
            .user_id = "uConnector",
            .name = "web",
            .key_name = key_name,
            .asked = AskedFor{.expires_in = Duration::from_seconds(30 * day),
                              .inactivity_timeout = Duration::from_seconds(60 * day)},
            .sent_expiry = Duration::from_seconds(30 * day + 7),
            .sent_inactivity_timeout = Duration::from_seconds(60 * day + 4711),
            .recognisable = true,
            .started = at(started),
            .until = at(started + 30)};
}

/// A row as the intent's POST would make it.
AccessKeyRow made_by(const Intent& by, const std::string& key, std::int64_t created) {
    AccessKeyRow out = row(key, by.key_name, created);
    out.expires = at(created + by.sent_expiry.seconds());
    out.inactivity_deadline = at(created + by.sent_inactivity_timeout.seconds());
    return out;
}

class PlanStateTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PlanStateTest);
    CPPUNIT_TEST(what_holders_show_decides_the_reason);
    CPPUNIT_TEST(time_and_keepers_make_a_rotation_due_once);
    CPPUNIT_TEST(an_overlap_keeps_the_old_key_until_the_new_one_is_used);
    CPPUNIT_TEST(adoption_takes_only_what_no_other_holder_works_on);
    CPPUNIT_TEST(current_secret_alone_proves_its_claim_by_being_tried);
    CPPUNIT_TEST(what_an_unfinished_run_left_is_finished_or_collected);
    CPPUNIT_TEST(absent_removes_the_family_and_former_names);
    CPPUNIT_TEST(an_id_selects_and_never_replaces);
    CPPUNIT_TEST(an_intent_is_open_until_its_horizon);
    CPPUNIT_TEST(arguments_that_would_rotate_in_each_run_are_refused);
    CPPUNIT_TEST(a_dry_run_says_unverified_where_an_untried_copy_decides);
    CPPUNIT_TEST(a_mark_stays_within_the_tolerance);
    CPPUNIT_TEST(the_splay_is_the_same_for_the_same_name_and_host);
    CPPUNIT_TEST_SUITE_END();

    static void check(const std::vector<Line>& lines) {
        for (const Line& line : lines) {
            Case one;
            line.change(one);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(line.rule, std::string(line.expected), words(one));
        }
    }

public:
    void what_holders_show_decides_the_reason() {
        using enum Tried::Verdict;
        check({
            {"a recorded secret is good without a try", [](Case&) {}, "ok"},
            {"always tries", [](Case& c) { c.want.verify = plan::Verify::always; },
             "needs try_file"},
            {"a recorded secret that is refused is rejected",
             [](Case& c) {
                 c.want.verify = plan::Verify::always;
                 c.seen.file = tried(refused);
                 c.seen.file.recorded = true;
             },
             "secret_rejected delete:k1 create:web"},
            {"any other copy is tried", [](Case& c) { c.seen.file = kept(false); },
             "needs try_file"},
            {"but not in check mode",
             [](Case& c) {
                 c.seen.file = kept(false);
                 c.seen.may_try = false;
             },
             "ok"},
            {"never: what no record vouches for is tried before something else takes its place",
             [](Case& c) {
                 c.seen.file = kept(false);
                 c.want.verify = plan::Verify::never;
             },
             "needs try_file"},
            {"never: and counts as refused where it is",
             [](Case& c) {
                 c.seen.file = tried(refused);
                 c.want.verify = plan::Verify::never;
             },
             "secret_rejected delete:k1 create:web"},
            {"an accepted copy is good", [](Case& c) { c.seen.file = tried(accepted, "k1"); },
             "ok"},
            {"a refused copy of a recorded key is rejected",
             [](Case& c) { c.seen.file = tried(refused); }, "secret_rejected delete:k1 create:web"},
            {"an unverified copy changes nothing", [](Case& c) { c.seen.file = tried(unverified); },
             "ok"},
            {"not even what has drifted",
             [](Case& c) {
                 c.seen.file = tried(unverified);
                 c.want.expires_in = span("100h");
             },
             "drifted refused:secret_unverified"},
            {"a file that is gone", [](Case& c) { c.seen.file = {}; },
             "secret_missing delete:k1 create:web"},
            {"an empty file",
             [](Case& c) {
                 c.seen.file = {Copy::Kind::empty, false, false, {}};
             },
             "secret_missing delete:k1 create:web"},
            {"policy never",
             [](Case& c) {
                 c.seen.file = {};
                 c.want.recreate = plan::Recreate::never;
             },
             "secret_missing refused:secret_missing"},
            {"no record, no secret: not ours",
             [](Case& c) {
                 c.seen.record.reset();
                 c.seen.file = {};
             },
             "unheld refused:unheld"},
            {"no record, but its secret",
             [](Case& c) {
                 c.seen.record.reset();
                 c.seen.file = tried(accepted, "k1");
             },
             "ok"},
            {"no record, and a refused secret",
             [](Case& c) {
                 c.seen.record.reset();
                 c.seen.file = tried(refused);
             },
             "unheld refused:unheld"},
            {"the secret of another key is an error",
             [](Case& c) {
                 c.seen.rows.push_back(row("k9", "other"));
                 c.seen.file = tried(accepted, "k9");
             },
             "ok refused:secret_of_another_key"},
            {"nor may it be the key that authenticates",
             [](Case& c) { c.seen.file.is_own_token = true; }, "ok refused:own_key"},
            {"the recorded key is dead: a recorded secret needs no try",
             [](Case& c) {
                 c.seen.time.now = at(t0 + 40 * day);
                 c.confirmed();
             },
             "expired delete:k1 create:web"},
            {"the recorded key is gone", [](Case& c) { c.seen.rows.clear(); }, "absent create:web"},
            {"a current_secret that opens the key is stored",
             [](Case& c) {
                 c.seen.file = {};
                 c.want.current_secret = plan::CurrentSecret::given;
                 c.seen.current = tried(accepted, "k1");
             },
             "ok store:k1"},
            {"a good file makes current_secret needless",
             [](Case& c) {
                 c.want.current_secret = plan::CurrentSecret::given;
                 c.seen.current = kept(false);
             },
             "ok"},
            {"file attributes are a change of their own",
             [](Case& c) {
                 c.seen.attributes = {{"mode", "0644", "0600"}};
             },
             "ok set_attributes:web"},
        });
    }

    void time_and_keepers_make_a_rotation_due_once() {
        check({
            {"keepers differ",
             [](Case& c) {
                 c.want.keepers = "new";
                 c.seen.record->keepers = "old";
             },
             "rotation_due delete:k1 create:web"},
            {"keepers appear", [](Case& c) { c.want.keepers = "new"; }, "ok"},
            {"keepers removed", [](Case& c) { c.seen.record->keepers = "old"; }, "ok"},
            {"created before", [](Case& c) { c.want.rotate_if_created_before = at(t0 - hour); },
             "rotation_due delete:k1 create:web"},
            {"not yet", [](Case& c) { c.want.rotate_if_created_before = at(t0 + 1); }, "ok"},
            {"now", [](Case& c) { c.want.rotate_now = true; }, "rotation_due delete:k1 create:web"},
            {"now, with an overlap",
             [](Case& c) {
                 c.want.rotate_now = true;
                 c.want.overlap = span("1h");
             },
             "rotation_due create:web.rot-1"},
            {"now, inside an overlap",
             [](Case& c) {
                 c.want.rotate_now = true;
                 c.want.overlap = span("1h");
                 c.seen.rows = {row("k1", "web.rot-1-0123abcd", t0 - 60), row("k0")};
                 c.seen.record = record("k1", "web.rot-1-0123abcd");
                 c.seen.record->predecessors = {{id("k0"), "connector", "web"}};
             },
             "rotation_due create:web.rot-2 retire:k0"},
            {"now is when the run began",
             [](Case& c) {
                 c.want.rotate_now = true;
                 c.seen.rows = {row("k1", "web", t0 - 5)};
                 c.seen.first_time = at(t0 - 5);
             },
             "ok"},
            {"now, forbidden",
             [](Case& c) {
                 c.want.rotate_now = true;
                 c.want.recreate = plan::Recreate::dead;
             },
             "rotation_due refused:rotation_due"},
            {"now, without the server's time",
             [](Case& c) {
                 c.want.rotate_now = true;
                 c.seen.time.exact = false;
             },
             "ok"},
            {"created since", [](Case& c) { c.want.rotate_if_created_before = at(t0 - day); },
             "ok"},
            {"renamed", [](Case& c) { c.want.name = must(KeyName::parse("app")); },
             "rotation_due delete:k1 create:app"},
            {"recreate: never holds against renaming too",
             [](Case& c) {
                 c.want.name = must(KeyName::parse("app"));
                 c.want.recreate = plan::Recreate::never;
             },
             "rotation_due refused:rotation_due"},
            {"another user", [](Case& c) { c.want.user = "dev"; },
             "rotation_due delete:k1 create:web"},
            {"a former key that only seems dead is asked about first",
             [](Case& c) {
                 c.want.name = must(KeyName::parse("app"));
                 c.seen.time = {at(t0 + 40 * day), false};
             },
             "needs live_listing"},
            {"and is not forgotten where the server still lists it",
             [](Case& c) {
                 c.want.name = must(KeyName::parse("app"));
                 c.seen.time = {at(t0 + 40 * day), false};
                 c.seen.live_ids = {id("k1")};
             },
             "rotation_due delete:k1 create:app"},
            {"renewed before expiry", [](Case& c) { c.want.renew_before = span("696h1s"); },
             "expiring delete:k1 create:web"},
            {"not before that", [](Case& c) { c.want.renew_before = span("696h"); }, "ok"},
            {"by percent", [](Case& c) { c.want.renew_before = plan::Percent{90}; }, "ok"},
            {"by percent, due",
             [](Case& c) {
                 c.want.renew_before = plan::Percent{20};
                 c.seen.time.now = at(t0 - day + 24 * day + 1);
             },
             "expiring delete:k1 create:web"},
            {"expiring under a careful policy is left with a warning",
             [](Case& c) {
                 c.want.renew_before = span("700h");
                 c.want.recreate = plan::Recreate::dead;
             },
             "expiring"},
            {"without the server's time nothing is renewed",
             [](Case& c) {
                 c.want.renew_before = span("700h");
                 c.seen.time.exact = false;
             },
             "ok"},
            {"asked is compared with asked",
             [](Case& c) {
                 c.want.expires_in = span("720h");
                 c.seen.record->asked = {.expires_in = span("720h"),
                                         .inactivity_timeout = span("72h")};
                 c.seen.rows[0].expires = at(t0 - day + 30 * day + 30);
             },
             "ok"},
            {"a small difference of what was asked is drift",
             [](Case& c) {
                 c.want.expires_in = span("720h0m1s");
                 c.seen.record->asked = {.expires_in = span("720h"),
                                         .inactivity_timeout = span("72h")};
             },
             "drifted delete:k1 create:web"},
        });
    }

    void an_overlap_keeps_the_old_key_until_the_new_one_is_used() {
        const auto overlapping = [](Case& c) {
            c.want.overlap = span("1h");
            c.seen.rows = {row("k1"), row("k2", "web.rot-1-0123abcd", t0 - 2 * hour)};
            c.seen.record = record("k2", "web.rot-1-0123abcd");
            c.seen.record->created = at(t0 - 2 * hour);
            c.seen.record->predecessors = {{id("k1"), "connector", "web"}};
        };
        check({
            {"the successor comes first",
             [](Case& c) {
                 c.want.overlap = span("1h");
                 c.want.keepers = "new";
                 c.seen.record->keepers = "old";
             },
             "rotation_due create:web.rot-1"},
            {"a dead key gets its exact name again",
             [](Case& c) {
                 c.want.overlap = span("1h");
                 c.seen.time.now = at(t0 + 40 * day);
                 c.confirmed();
             },
             "expired delete:k1 create:web"},
            {"nobody uses either: the old one goes after the overlap",
             [&](Case& c) { overlapping(c); }, "ok retire:k1"},
            {"not before",
             [&](Case& c) {
                 overlapping(c);
                 c.want.overlap = span("3h");
             },
             "ok"},
            {"the old one is still used",
             [&](Case& c) {
                 overlapping(c);
                 c.seen.rows[0] = used(c.seen.rows[0], t0 - 10);
             },
             "ok"},
            {"both are used",
             [&](Case& c) {
                 overlapping(c);
                 c.seen.rows[0] = used(c.seen.rows[0], t0 - 10);
                 c.seen.rows[1] = used(c.seen.rows[1], t0 - 20);
             },
             "ok retire:k1"},
            {"a run's own try is no use",
             [&](Case& c) {
                 overlapping(c);
                 c.seen.rows[0] = used(c.seen.rows[0], t0 - 10);
                 c.seen.rows[1] = used(c.seen.rows[1], t0 - 20);
                 c.seen.record->tried = at(t0 - 20);
             },
             "ok"},
            {"on_time does not wait for use",
             [&](Case& c) {
                 overlapping(c);
                 c.seen.rows[0] = used(c.seen.rows[0], t0 - 10);
                 c.want.retire = plan::Retire::on_time;
             },
             "ok retire:k1"},
            {"who does not hold the successor retires nothing",
             [&](Case& c) {
                 overlapping(c);
                 c.seen.file = tried(Tried::Verdict::unverified);
             },
             "ok"},
            {"a dead predecessor goes at once, once the server says so",
             [&](Case& c) {
                 overlapping(c);
                 c.want.overlap = span("3h");
                 c.seen.rows[0].expires = at(t0 - 5);
             },
             "needs live_listing"},
            {"and then it goes",
             [&](Case& c) {
                 overlapping(c);
                 c.want.overlap = span("3h");
                 c.seen.rows[0].expires = at(t0 - 5);
                 c.confirmed();
             },
             "ok retire:k1"},
            {"a second rotation inside an overlap retires the oldest afterwards",
             [&](Case& c) {
                 overlapping(c);
                 c.want.overlap = span("3h");
                 c.want.rotate_if_created_before = at(t0 - hour);
             },
             "rotation_due create:web.rot-2 retire:k1"},
            {"the successor vanished: its predecessor is current again, without a secret",
             [&](Case& c) {
                 overlapping(c);
                 c.seen.rows.pop_back();
             },
             "secret_missing create:web.rot-1"},
            {"overlap taken back: one key under the exact name",
             [&](Case& c) {
                 overlapping(c);
                 c.want.overlap.reset();
                 c.want.rotate_if_created_before = at(t0 - hour);
             },
             "rotation_due delete:k1 delete:k2 create:web"},
            {"renamed with an overlap: the exact new name is free",
             [](Case& c) {
                 c.want.overlap = span("1h");
                 c.want.name = must(KeyName::parse("app"));
             },
             "rotation_due create:app"},
            {"and the old name is retired later",
             [](Case& c) {
                 c.want.overlap = span("1h");
                 c.want.name = must(KeyName::parse("app"));
                 c.seen.rows.push_back(row("k2", "app", t0 - 2 * hour));
                 c.seen.record = record("k2", "app");
                 c.seen.record->name = "app";
                 c.seen.record->predecessors = {{id("k1"), "connector", "web"}};
             },
             "ok retire:k1"},
            {"a row that no record lists is no predecessor",
             [&](Case& c) {
                 overlapping(c);
                 c.seen.record->predecessors.clear();
             },
             "ok"},
        });
    }

    void adoption_takes_only_what_no_other_holder_works_on() {
        const auto unheld = [](Case& c) {
            c.seen.record.reset();
            c.seen.file = {};
            c.want.adopt = plan::Adopt::replace;
        };
        check({
            {"replaced", [&](Case& c) { unheld(c); }, "unheld delete:k1 create:web"},
            {"rotated with an overlap",
             [&](Case& c) {
                 unheld(c);
                 c.want.overlap = span("1h");
             },
             "unheld create:web.rot-1"},
            {"not under a careful policy",
             [&](Case& c) {
                 unheld(c);
                 c.want.recreate = plan::Recreate::dead;
             },
             "unheld refused:unheld"},
            {"not what was made since this run began",
             [&](Case& c) {
                 unheld(c);
                 c.seen.first_ids.emplace();
             },
             "unheld refused:made_by_another_run"},
            {"not by a holder whose own key is gone",
             [&](Case& c) {
                 unheld(c);
                 c.seen.record = record("k0");
             },
             "unheld refused:taken_by_another_holder"},
            {"current_secret alone: an old and never used one",
             [](Case& c) {
                 c.current(tried(Tried::Verdict::refused));
                 c.want.adopt = plan::Adopt::replace;
             },
             "unheld delete:k1 create:web"},
            {"current_secret alone: not a used one",
             [](Case& c) {
                 c.current(tried(Tried::Verdict::refused));
                 c.want.adopt = plan::Adopt::replace;
                 c.seen.rows[0] = used(c.seen.rows[0], t0 - hour);
             },
             "unheld refused:in_use"},
            {"current_secret alone: not a young one",
             [](Case& c) {
                 c.current(tried(Tried::Verdict::refused));
                 c.want.adopt = plan::Adopt::replace;
                 c.seen.rows[0] = row("k1", "web", t0 - minute);
             },
             "unheld refused:in_use"},
        });
    }

    void current_secret_alone_proves_its_claim_by_being_tried() {
        using enum Tried::Verdict;
        const auto two = [](Case& c, std::int64_t age) {
            c.current(tried(accepted, "k1"));
            c.want.overlap = span("1h");
            c.seen.rows.push_back(row("k2", "web.rot-1-0123abcd", t0 - age));
        };
        // The new key is held, tried by each run, and may take its predecessor along.
        const auto rotated = [](Case& c, std::int64_t old_use) {
            c.current(tried(accepted, "k2"));
            c.want.overlap = span("1h");
            c.want.adopt = plan::Adopt::replace;
            c.seen.rows = {used(row("k1"), t0 - old_use),
                           used(row("k2", "web.rot-1-0123abcd", t0 - 3 * hour), t0 - minute)};
        };
        check({
            {"tried first", [](Case& c) { c.current(kept(false)); }, "needs try_current"},
            {"good", [](Case& c) { c.current(tried(accepted, "k1")); }, "ok"},
            {"refused: not ours", [](Case& c) { c.current(tried(refused)); },
             "unheld refused:unheld"},
            {"never tried counts as refused",
             [](Case& c) {
                 c.current(kept(false));
                 c.want.verify = plan::Verify::never;
             },
             "unheld refused:unheld"},
            {"the old key of an overlap stays while it is used",
             [&](Case& c) { rotated(c, 59 * minute); }, "ok"},
            {"and goes once it was not used for one overlap",
             [&](Case& c) { rotated(c, 61 * minute); }, "ok retire:k1"},
            {"however short the overlap, a use within five minutes counts",
             [&](Case& c) {
                 rotated(c, 4 * minute);
                 c.want.overlap = span("1s");
             },
             "ok"},
            {"empty, by permission",
             [](Case& c) {
                 c.current({Copy::Kind::empty, false, false, {}});
                 c.want.current_secret_missing = plan::WhenMissing::replace;
             },
             "secret_missing delete:k1 create:web"},
            {"another's key",
             [](Case& c) {
                 c.current(tried(accepted, "k9"));
                 c.seen.rows.push_back(row("k9", "other"));
             },
             "ok refused:secret_of_another_key"},
            {"a successor whose secret was lost is made again",
             [&](Case& c) { two(c, 10 * minute); }, "secret_missing delete:k2 create:web.rot-2"},
            {"unless it may still be on its way", [&](Case& c) { two(c, minute); }, "ok"},
            {"and until then no third one is made",
             [&](Case& c) {
                 two(c, minute);
                 c.want.inactivity_timeout = span("24h");
             },
             "drifted"},
            {"or is used",
             [&](Case& c) {
                 two(c, hour);
                 c.seen.rows[1] = used(c.seen.rows[1], t0 - 5);
             },
             "ok"},
        });
    }

    void what_an_unfinished_run_left_is_finished_or_collected() {
        using enum Tried::Verdict;
        const Intent open = intent("web", t0 - 60);
        const auto lost = [&](Case& c) {
            c.seen.rows = {made_by(open, "k5", t0 - 50)};
            c.seen.intents = {open};
        };
        check({
            {"a lost row of our own is deleted and made again", [&](Case& c) { lost(c); },
             "absent collect:k5 create:web"},
            {"a key whose secret is kept is not lost",
             [&](Case& c) {
                 lost(c);
                 c.seen.intents[0].answered = id("k5");
                 c.seen.record.reset();
                 c.seen.file = tried(accepted, "k5");
             },
             "ok"},
            {"under every policy",
             [&](Case& c) {
                 lost(c);
                 c.want.recreate = plan::Recreate::never;
             },
             "absent collect:k5 create:web"},
            {"one second less, as servers round",
             [&](Case& c) {
                 lost(c);
                 c.seen.rows[0].expires = c.seen.rows[0].expires->plus_seconds(-1);
             },
             "absent collect:k5 create:web"},
            {"another mark is another's key",
             [&](Case& c) {
                 lost(c);
                 c.seen.rows[0].expires = c.seen.rows[0].expires->plus_seconds(1);
                 c.seen.file = {};
                 c.seen.record.reset();
             },
             "unheld refused:unheld"},
            {"a used key is another's",
             [&](Case& c) {
                 lost(c);
                 c.seen.rows[0].last_used = at(t0 - 40);
                 c.seen.file = {};
                 c.seen.record.reset();
             },
             "unheld refused:unheld"},
            {"a key that was there before is another's",
             [&](Case& c) {
                 lost(c);
                 c.seen.intents[0].seen = {id("k5")};
                 c.seen.file = {};
                 c.seen.record.reset();
             },
             "unheld refused:unheld"},
            {"a leftover is tried",
             [&](Case& c) {
                 lost(c);
                 c.seen.leftover = kept(false);
             },
             "needs try_leftover"},
            {"and handed over",
             [&](Case& c) {
                 lost(c);
                 c.seen.leftover = tried(accepted, "k5");
             },
             "ok hand_over:k5"},
            {"one that the record names needs no try",
             [&](Case& c) {
                 lost(c);
                 c.seen.record = record("k5");
                 c.seen.leftover = kept(true);
                 c.seen.file = {};
             },
             "ok hand_over:k5"},
            {"but what it would take the place of does",
             [&](Case& c) {
                 lost(c);
                 c.seen.record = record("k5");
                 c.seen.leftover = kept(true);
                 c.seen.file = kept(false);
             },
             "needs try_file"},
            {"a refused leftover is dropped, its row collected",
             [&](Case& c) {
                 lost(c);
                 c.seen.leftover = tried(refused);
             },
             "absent collect:k5 create:web"},
            {"what could not be verified is left",
             [&](Case& c) {
                 lost(c);
                 c.seen.leftover = tried(unverified);
                 c.seen.file = {};
                 c.seen.record.reset();
             },
             "absent refused:secret_unverified"},
            {"the recorded row becomes its predecessor",
             [&](Case& c) {
                 c.want.overlap = span("1h");
                 Intent rotation = intent("web.rot-1-0123abcd", t0 - 60);
                 rotation.predecessors = {{id("k1"), "connector", "web"}};
                 c.seen.rows.push_back(made_by(rotation, "k5", t0 - 50));
                 c.seen.intents = {rotation};
                 c.seen.leftover = tried(accepted, "k5");
             },
             "ok hand_over:k5"},
            {"arguments renamed since: finished first, then rotated",
             [&](Case& c) {
                 lost(c);
                 c.want.name = must(KeyName::parse("app"));
                 c.seen.leftover = tried(accepted, "k5");
             },
             "rotation_due hand_over:k5 delete:k5 create:app"},
            {"a rotation's name is used again",
             [&](Case& c) {
                 c.want.overlap = span("1h");
                 c.want.rotate_if_created_before = at(t0 - hour);
                 c.seen.intents = {intent("web.rot-1-0123abcd", t0 - 60)};
             },
             "rotation_due create:web.rot-1"},
        });
        Case again;
        again.want.overlap = span("1h");
        again.want.rotate_if_created_before = at(t0 - hour);
        again.seen.intents = {intent("web.rot-1-0123abcd", t0 - 60)};
        CPPUNIT_ASSERT_EQUAL(std::string("web.rot-1-0123abcd"),
                             plan::plan_access_key(again.want, again.seen).new_name.value());
        // Not where a key has it already: numbers end, and the last one may come twice.
        again.seen.rows.push_back(row("k2", "web.rot-999999998-0badcafe"));
        again.seen.rows.push_back(row("k3", "web.rot-999999999-0123abcd"));
        again.seen.intents = {intent("web.rot-999999999-0123abcd", t0 - 60)};
        CPPUNIT_ASSERT(!plan::plan_access_key(again.want, again.seen).new_name);
    }

    void absent_removes_the_family_and_former_names() {
        const auto absent = [](Case& c) { c.want.state = plan::State::absent; };
        check({
            {"key and file", [&](Case& c) { absent(c); }, "ok delete:k1 delete_file:web"},
            {"the whole family, whatever the overlap",
             [&](Case& c) {
                 absent(c);
                 c.seen.rows.push_back(row("k2", "web.rot-1-0123abcd"));
             },
             "ok delete:k1 delete:k2 delete_file:web"},
            {"another name than the record's",
             [&](Case& c) {
                 absent(c);
                 c.want.name = must(KeyName::parse("app"));
             },
             "absent refused:secret_of_another_key"},
            {"another name, though keys of it are there",
             [&](Case& c) {
                 absent(c);
                 c.want.name = must(KeyName::parse("app"));
                 c.seen.rows.push_back(row("k2", "app"));
             },
             "absent refused:secret_of_another_key"},
            {"another user than the record's",
             [&](Case& c) {
                 absent(c);
                 c.want.user = "dev";
             },
             "absent refused:secret_of_another_key"},
            {"another name, the recorded key being gone",
             [&](Case& c) {
                 absent(c);
                 c.want.name = must(KeyName::parse("app"));
                 c.seen.rows.clear();
             },
             "absent refused:secret_of_another_key"},
            {"by the id of a key of another name",
             [&](Case& c) {
                 absent(c);
                 c.want.id = id("k9");
                 c.want.named = false;
                 c.seen.rows.push_back(row("k9", "other"));
             },
             "absent refused:secret_of_another_key"},
            {"without a file the record does not matter",
             [&](Case& c) {
                 absent(c);
                 c.no_holder();
                 c.want.name = must(KeyName::parse("app"));
                 c.seen.rows.push_back(row("k2", "app"));
             },
             "ok delete:k2"},
            {"a former name: its keys alone; the recorded key and the file stay",
             [&](Case& c) {
                 absent(c);
                 c.want.name = must(KeyName::parse("app"));
                 c.seen.rows.push_back(row("k2", "app"));
                 c.seen.record->former = {{"app", "connector"}};
             },
             "ok delete:k2"},
            {"a former name that a predecessor has",
             [&](Case& c) {
                 absent(c);
                 c.want.name = must(KeyName::parse("app"));
                 c.seen.rows.push_back(row("k2", "app.rot-1-0123abcd"));
                 c.seen.record->predecessors = {{id("k2"), "connector", "app.rot-1-0123abcd"}};
             },
             "ok delete:k2"},
            {"a former name without keys",
             [&](Case& c) {
                 absent(c);
                 c.want.name = must(KeyName::parse("app"));
                 c.seen.record->former = {{"app", "connector"}};
             },
             "absent"},
            {"the record's name: predecessors of former names too",
             [&](Case& c) {
                 absent(c);
                 c.seen.rows.push_back(row("k2", "app"));
                 c.seen.record->predecessors = {{id("k2"), "connector", "app"}};
             },
             "ok delete:k1 delete:k2 delete_file:web"},
            {"nothing is there",
             [&](Case& c) {
                 absent(c);
                 c.no_holder();
                 c.seen.rows.clear();
             },
             "absent"},
            {"only the file is there",
             [&](Case& c) {
                 absent(c);
                 c.seen.rows.clear();
             },
             "absent delete_file:web"},
            {"our own lost row too",
             [&](Case& c) {
                 absent(c);
                 const Intent open = intent("web.rot-1-0123abcd", t0 - 60);
                 c.seen.intents = {open};
                 c.seen.rows.push_back(made_by(open, "k5", t0 - 50));
             },
             "ok delete:k1 collect:k5 delete_file:web"},
            {"keys of others stay",
             [&](Case& c) {
                 absent(c);
                 c.seen.rows.push_back(row("k9", "web2"));
             },
             "ok delete:k1 delete_file:web"},
        });
    }

    void an_id_selects_and_never_replaces() {
        check({
            {"selected", [](Case& c) { c.no_holder().want.id = id("k1"); }, "ok"},
            {"not found", [](Case& c) { c.no_holder().want.id = id("k7"); },
             "ok refused:id_not_found"},
            {"name and id must agree",
             [](Case& c) {
                 c.no_holder().want.id = id("k9");
                 c.seen.rows.push_back(row("k9", "other"));
             },
             "ok refused:id_of_another_key"},
            {"not replaced",
             [](Case& c) {
                 c.no_holder().want.id = id("k1");
                 c.want.expires_in = span("1h");
             },
             "drifted refused:drifted"},
            {"absent: that one only",
             [](Case& c) {
                 c.no_holder().want.id = id("k2");
                 c.want.state = plan::State::absent;
                 c.seen.rows.push_back(row("k2", "web.rot-1-0123abcd"));
             },
             "ok delete:k2"},
            {"absent: gone already",
             [](Case& c) {
                 c.no_holder().want.id = id("k7");
                 c.want.state = plan::State::absent;
             },
             "absent"},
            {"absent: name and id must agree",
             [](Case& c) {
                 c.no_holder().want.id = id("k9");
                 c.want.state = plan::State::absent;
                 c.seen.rows.push_back(row("k9", "other"));
             },
             "absent refused:id_of_another_key"},
        });
    }

    void an_intent_is_open_until_its_horizon() {
        const auto open = [](Case c) {
            return plan::plan_access_key(c.want, c.seen).intents.size();
        };
        Case c;
        c.seen.intents = {intent("web", t0 - 60)};
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, open(c));
        c.seen.time.now = at(t0 - 60 + 30 + intent_grace_seconds);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, open(c));
        c.seen.time.now = at(t0 - 60 + 30 + intent_grace_seconds + 1);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, open(c));
        c.seen.time.exact = false;
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, open(c));
        c.seen.intents[0].answered = id("k4"); // its row is gone: nothing can act any more
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, open(c));
    }

    void arguments_that_would_rotate_in_each_run_are_refused() {
        const auto field = [](const std::function<void(Desired&)>& change) {
            Case c;
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

    void a_dry_run_says_unverified_where_an_untried_copy_decides() {
        const auto state = [](const std::function<void(Case&)>& change) {
            Case c;
            c.seen.may_try = false;
            change(c);
            return std::string(plan::name(plan::plan_access_key(c.want, c.seen).secret_state));
        };
        CPPUNIT_ASSERT_EQUAL(std::string("good"), state([](Case&) {}));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("a leftover", std::string("unverified"), state([](Case& c) {
                                         c.seen.leftover = kept(false);
                                         c.seen.intents = {intent("web", t0 - day - 5)};
                                     }));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("whose secret would be overwritten?",
                                     std::string("unverified"), state([](Case& c) {
                                         c.seen.rows.clear();
                                         c.seen.record.reset();
                                         c.seen.file = kept(false);
                                     }));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("current_secret may be stored", std::string("unverified"),
                                     state([](Case& c) {
                                         c.current(kept(false));
                                         c.want.secret_file = true;
                                     }));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("the file may be another key's", std::string("unverified"),
                                     state([](Case& c) {
                                         c.seen.file = kept(false);
                                         c.want.id = id("k9");
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
        Case c;
        c.want.renew_splay = span("1h");
        const std::int64_t first = plan::splay_seconds(c.want);
        CPPUNIT_ASSERT(first >= 0 && first <= hour);
        CPPUNIT_ASSERT_EQUAL(first, plan::splay_seconds(c.want));
        std::set<std::int64_t> spread;
        for (int i = 0; i < 100; ++i) {
            c.want.name = must(KeyName::parse("host-" + std::to_string(i)));
            spread.insert(plan::splay_seconds(c.want) / 360);
        }
        CPPUNIT_ASSERT(spread.size() >= 9); // all tenths of the hour, but perhaps one
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PlanStateTest);

} // namespace
} // namespace infrastate
