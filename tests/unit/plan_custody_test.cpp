// SPDX-License-Identifier: Apache-2.0
// A secret that may still open a key is never lost (docs/state-logic.md, "No secret is lost"). The
// tables combine what a holder keeps, what the server lists, and what is wanted.
#include "plan_custody.h"

#include <functional>

namespace infrastate {
namespace {

using namespace custody;

class PlanCustodyTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PlanCustodyTest);
    CPPUNIT_TEST(without_a_record_a_file_is_overwritten_only_if_it_opens_nothing_or_our_key);
    CPPUNIT_TEST(a_record_that_names_this_server_makes_a_refusal_a_proof);
    CPPUNIT_TEST(a_record_of_another_server_proves_nothing_here);
    CPPUNIT_TEST(absent_deletes_nothing_while_the_file_may_open_another_key);
    CPPUNIT_TEST(absent_by_id_tries_only_what_it_would_delete);
    CPPUNIT_TEST(absent_by_id_names_the_predecessor_that_stays);
    CPPUNIT_TEST(never_tries_all_the_same_before_it_overwrites);
    CPPUNIT_TEST(current_secret_is_not_replaced_while_it_may_open_another_key);
    CPPUNIT_TEST(both_holders_are_guarded);
    CPPUNIT_TEST(who_may_take_over_lets_a_refused_current_secret_go);
    CPPUNIT_TEST(what_takes_the_files_place_asks_first);
    CPPUNIT_TEST(a_leftover_is_not_dropped_while_it_may_open_a_key);
    CPPUNIT_TEST(what_opened_a_key_that_this_run_has_deleted_opens_nothing);
    CPPUNIT_TEST(a_lost_key_is_kept_while_the_file_may_hold_its_secret);
    CPPUNIT_TEST(check_mode_tries_nothing_and_assumes_the_likelier_case);
    CPPUNIT_TEST(a_refusal_says_what_it_found_and_what_to_do);
    CPPUNIT_TEST_SUITE_END();

    using Change = std::function<void(PlanInput&)>;

    static void check(const std::vector<Line>& lines, const Change& change) {
        for (const Line& line : lines)
            for (const auto& [key, text, expected] : {std::tuple(Key::none, "none", line.none),
                                                      std::tuple(Key::dead, "dead", line.dead),
                                                      std::tuple(Key::live, "live", line.live)}) {
                if (expected == nullptr) continue;
                PlanInput one(key);
                one.seen.file = line.copy;
                change(one);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(line.kept) + ", key " + text,
                                             std::string(expected), words(one));
            }
    }

    static constexpr const char* other = "!secret_of_another_key";
    static constexpr const char* open = "!secret_unverified";

public:
    void without_a_record_a_file_is_overwritten_only_if_it_opens_nothing_or_our_key() {
        check({{"gone", gone, "create", "delete:k1 create", "!unheld"},
               {"empty", empty, "create", "delete:k1 create", "!unheld"},
               {"untried", untried, "try_file", "try_file", "try_file"},
               {"ours", ours, nullptr, nullptr, "-"},
               {"another's", anothers, other, other, other},
               {"of a key that is not listed", unlisted, other, other, other},
               {"one of others'", opened({id("k9"), id("k8")}), other, other, other},
               {"ours or another's", opened({id("k1"), id("k9")}), other, other, "-"},
               {"of another user", opened({}, "dev"), other, other, other},
               {"of this user, no more known", opened({}), other, other, "-"},
               {"expired", expired(), "create", "delete:k1 create", "!unheld"},
               {"refused", refused, open, open, "!unheld"},
               {"unclear", unclear, open, open, "-"}},
              [](PlanInput& c) { c.want.secret_file = true; });
        // A live key is replaced on demand only by a holder of its secret.
        check({{"gone", gone, "create", "delete:k1 create", "delete:k1 create"},
               {"ours", ours, nullptr, nullptr, "delete:k1 create"},
               {"another's", anothers, other, other, other},
               {"expired", expired(), "create", "delete:k1 create", "delete:k1 create"},
               {"refused", refused, open, open, open},
               {"unclear", unclear, open, open, open}},
              [](PlanInput& c) {
                  c.want.secret_file = true;
                  c.want.adopt = plan::Adopt::replace;
                  c.want.recreate = plan::Recreate::always;
              });
    }

    void a_record_that_names_this_server_makes_a_refusal_a_proof() {
        check({{"gone", gone, "create", "delete:k1 create", "delete:k1 create"},
               {"recorded", recorded(), "create", "delete:k1 create", "-"},
               {"untried", untried, "try_file", "try_file", "try_file"},
               {"ours", ours, nullptr, nullptr, "-"},
               {"another's", anothers, other, other, other},
               {"one of others'", opened({id("k9"), id("k8")}), other, other, other},
               {"expired", expired(), "create", "delete:k1 create", "delete:k1 create"},
               {"refused", refused, "create", "delete:k1 create", "delete:k1 create"},
               {"unclear", unclear, open, open, "-"}},
              [](PlanInput& c) {
                  c.want.secret_file = true;
                  c.seen.record = record("k1");
              });
        // With an overlap nothing is deleted at first, but the file is written anyway.
        check({{"refused", refused, "create", "delete:k1 create", "create"},
               {"unclear", unclear, open, open, open},
               {"another's", anothers, other, other, other}},
              [](PlanInput& c) {
                  c.want.secret_file = true;
                  c.want.overlap = Duration::from_seconds(hour);
                  c.want.keepers = "new";
                  c.seen.record = record("k1");
                  c.seen.record->keepers = "old";
              });
    }

    void a_record_of_another_server_proves_nothing_here() {
        PlanInput c(Key::none);
        c.want.secret_file = true;
        c.seen.record = record_of("https://other.example");
        c.seen.file = refused;
        CPPUNIT_ASSERT(words(c) != "create");
        PlanInput same(Key::live); // the same server under another name: it lists the recorded key
        same.want.secret_file = true;
        same.seen.record = record_of("https://other.example");
        same.seen.file = refused;
        CPPUNIT_ASSERT_EQUAL(std::string("delete:k1 create"), words(same));
    }

    void absent_deletes_nothing_while_the_file_may_open_another_key() {
        const auto absent = [](PlanInput& c) {
            c.want.state = plan::State::absent;
            c.want.secret_file = true;
        };
        const char* both = "delete:k1 delete_file";
        check({{"gone", gone, "-", "delete:k1", "delete:k1"},
               {"empty", empty, "delete_file", both, both},
               {"untried", untried, "try_file", "try_file", "try_file"},
               {"ours", ours, nullptr, nullptr, both},
               {"another's", anothers, other, other, other},
               {"of a key that is not listed", unlisted, other, other, other},
               {"one of others'", opened({id("k9"), id("k8")}), other, other, other},
               {"ours or another's", opened({id("k1"), id("k9")}), other, other, open},
               {"of this user, no more known", opened({}), other, other, open},
               {"expired", expired(), "delete_file", both, both},
               {"refused", refused, open, open, open},
               {"unclear", unclear, open, open, open}},
              absent);
        check({{"gone", gone, "delete_file", both, both},
               {"recorded", recorded(), "delete_file", both, both},
               {"untried", untried, "try_file", "try_file", "try_file"},
               {"another's", anothers, other, other, other},
               {"refused", refused, "delete_file", both, both},
               {"unclear", unclear, open, open, open}},
              [&](PlanInput& c) {
                  absent(c);
                  c.seen.record = record("k1");
              });
        // The leftover is deleted with the file.
        check({{"untried", {}, "try_leftover", "try_leftover", "try_leftover"}}, [&](PlanInput& c) {
            absent(c);
            c.seen.leftover = untried;
        });
        check({{"another's", {}, other, other, other}}, [&](PlanInput& c) {
            absent(c);
            c.seen.leftover = anothers;
        });
        check({{"refused", {}, open, open, open}}, [&](PlanInput& c) {
            absent(c);
            c.seen.leftover = refused;
        });
    }

    void absent_by_id_names_the_predecessor_that_stays() {
        PlanInput c(Key::live);
        c.want.state = plan::State::absent;
        c.want.secret_file = true;
        c.want.id = id("k1");
        c.seen.rows.push_back(row("k2", "web.rot-1-0123abcd"));
        c.seen.live_ids->insert(id("k2"));
        c.seen.record = record("k1");
        c.seen.record->predecessors = {{id("k2"), "connector", "web.rot-1-0123abcd"}};
        c.seen.file = recorded();
        CPPUNIT_ASSERT_EQUAL(std::string("delete:k1 delete_file"), words(c));
        const Plan plan = plan::plan_access_key(c.want, c.seen);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, plan.warnings.size());
        must_contain(plan.warnings.front(), "id k2");
    }

    void absent_by_id_tries_only_what_it_would_delete() {
        const auto by_id = [](PlanInput& c) {
            c.want.state = plan::State::absent;
            c.want.secret_file = true;
            c.want.id = id("k1");
        };
        check({{"untried", untried, "-", "delete:k1", "delete:k1"},
               {"another's", anothers, "-", "delete:k1", "delete:k1"}},
              by_id);
        check({{"untried", untried, "try_file", "try_file", "try_file"},
               {"another's", anothers, other, other, other},
               {"recorded", recorded(), "delete_file", "delete:k1 delete_file",
                "delete:k1 delete_file"}},
              [&](PlanInput& c) {
                  by_id(c);
                  c.seen.record = record("k1");
              });
    }

    void never_tries_all_the_same_before_it_overwrites() {
        const auto never = [](PlanInput& c) {
            c.want.secret_file = true;
            c.want.verify = plan::Verify::never;
        };
        check({{"gone", gone, "create", "delete:k1 create", "!unheld"},
               {"untried", untried, "try_file", "try_file", "!unheld"},
               {"another's", anothers, other, other, other},
               {"refused", refused, open, open, "!unheld"},
               {"expired", expired(), "create", "delete:k1 create", "!unheld"},
               {"unclear", unclear, open, open, "-"}},
              never);
        check({{"recorded", recorded(), "create", "delete:k1 create", "-"},
               {"untried", untried, "try_file", "try_file", "try_file"},
               {"ours after all", ours, nullptr, nullptr, "-"},
               {"refused", refused, "create", "delete:k1 create", "delete:k1 create"},
               {"unclear", unclear, open, open, "-"}},
              [&](PlanInput& c) {
                  never(c);
                  c.seen.record = record("k1");
              });
        check({{"untried", untried, "try_file", "try_file", "try_file"}}, [&](PlanInput& c) {
            never(c);
            c.want.state = plan::State::absent;
        });
    }

    void current_secret_is_not_replaced_while_it_may_open_another_key() {
        check({{"untried", untried, "try_current", "try_current", "try_current"},
               {"ours", ours, nullptr, nullptr, "-"},
               {"another's", anothers, other, other, other},
               {"of a key that is not listed", unlisted, other, other, other},
               {"one of others'", opened({id("k9"), id("k8")}), other, other, other},
               {"of another user", opened({}, "dev"), other, other, other},
               {"expired", expired(), "create", "delete:k1 create", "!unheld"},
               {"refused", refused, open, open, "!unheld"},
               {"unclear", unclear, open, open, "-"}},
              [](PlanInput& c) {
                  c.seen.current = std::exchange(c.seen.file, {});
                  c.want.current_secret = plan::CurrentSecret::given;
              });
        check({{"empty", empty, "create", "delete:k1 create", "delete:k1 create"}},
              [](PlanInput& c) {
                  c.seen.current = std::exchange(c.seen.file, {});
                  c.want.current_secret = plan::CurrentSecret::empty;
                  c.want.current_secret_missing = plan::WhenMissing::replace;
              });
    }

    void both_holders_are_guarded() {
        const auto both = [](const Copy& file, bool with_record) {
            return [file, with_record](PlanInput& c) {
                c.seen.current = std::exchange(c.seen.file, file);
                c.want.current_secret = plan::CurrentSecret::given;
                c.want.secret_file = true;
                if (with_record) c.seen.record = record("k1");
            };
        };
        check({{"untried", untried, "try_current", "try_current", "try_current"},
               {"ours", ours, nullptr, nullptr, "store:k1"},
               {"another's", anothers, other, other, other},
               {"refused", refused, open, open, "!unheld"},
               {"expired", expired(), "create", "delete:k1 create", "!unheld"},
               {"unclear", unclear, open, open, "!unheld"}},
              both(gone, false));
        check({{"refused", refused, "create", "delete:k1 create", "delete:k1 create"},
               {"another's", anothers, other, other, other}},
              both(gone, true));
        // What is stored replaces what the file held.
        check({{"ours", ours, nullptr, nullptr, "!secret_unverified"}}, both(refused, false));
        check({{"ours", ours, nullptr, nullptr, "!secret_of_another_key"}}, both(anothers, false));
        check({{"ours", ours, nullptr, nullptr, "!secret_unverified"}}, both(unclear, false));
        check({{"ours", ours, nullptr, nullptr, "store:k1"}}, both(expired(), false));
        check({{"ours", ours, nullptr, nullptr, "store:k1"}}, both(refused, true));
        // A key that is made or handed over also replaces current_secret, however good the file is.
        // What the record vouches for may be lost.
        const auto replaced = [&](PlanInput& c) {
            both(recorded(), true)(c);
            c.want.recreate = plan::Recreate::always;
        };
        const std::vector<Line> guarded = {
            {"untried", untried, "try_current", "try_current", "try_current"},
            {"recorded", recorded(), "create", "delete:k1 create", "delete:k1 create"},
            {"another's", anothers, other, other, other},
            {"of a key that is not listed", unlisted, other, other, other},
            {"refused", refused, "create", "delete:k1 create", "delete:k1 create"},
            {"expired", expired(), "create", "delete:k1 create", "delete:k1 create"},
            {"unclear", unclear, open, open, open}};
        check(guarded, replaced);
        check(guarded, [&](PlanInput& c) {
            replaced(c);
            c.want.verify = plan::Verify::never;
        });
        check({{"untried", untried, nullptr, nullptr, "try_current"},
               {"before the recorded one", before(), nullptr, nullptr, "create"},
               {"another's", anothers, nullptr, nullptr, other}},
              [&](PlanInput& c) {
                  both(recorded(), true)(c);
                  c.want.overlap = Duration::from_seconds(hour);
                  c.want.rotate_now = true;
              });
        check({{"untried", untried, nullptr, nullptr, "try_current"},
               {"before the recorded one", before(), nullptr, nullptr, "hand_over:k1"},
               {"recorded", recorded(), nullptr, nullptr, "hand_over:k1"},
               {"ours", ours, nullptr, nullptr, "hand_over:k1"},
               {"another's", anothers, nullptr, nullptr, other},
               {"one of others'", opened({id("k9"), id("k8")}), nullptr, nullptr, other},
               {"refused", refused, nullptr, nullptr, "hand_over:k1"},
               {"unclear", unclear, nullptr, nullptr, open}},
              [&](PlanInput& c) {
                  both(before(), true)(c);
                  c.seen.leftover = recorded();
              });
        // If nothing is made and the file is good, current_secret is not needed, whatever it opens.
        check({{"another's", anothers, nullptr, nullptr, "-"},
               {"untried", untried, nullptr, nullptr, "-"}},
              both(recorded(), true));
    }

    void who_may_take_over_lets_a_refused_current_secret_go() {
        check({{"refused", refused, "create", "delete:k1 create", "delete:k1 create"},
               {"another's", anothers, other, other, other},
               {"unclear", unclear, open, open, "-"}},
              [](PlanInput& c) {
                  c.seen.current = std::exchange(c.seen.file, {});
                  c.want.current_secret = plan::CurrentSecret::given;
                  c.want.adopt = plan::Adopt::replace;
              });
    }

    void what_takes_the_files_place_asks_first() {
        // A hand-over in which the record was written and the file was not yet.
        const auto unfinished = [](PlanInput& c) {
            c.want.secret_file = true;
            c.seen.record = record("k1");
            c.seen.leftover = recorded();
        };
        check({{"gone", gone, nullptr, nullptr, "hand_over:k1"},
               {"untried", untried, nullptr, nullptr, "try_file"},
               {"refused", refused, nullptr, nullptr, "hand_over:k1"},
               {"another's", anothers, nullptr, nullptr, other},
               {"unclear", unclear, nullptr, nullptr, open}},
              unfinished);
    }

    void a_leftover_is_not_dropped_while_it_may_open_a_key() {
        const auto left = [](const Copy& copy, bool with_record) {
            return [copy, with_record](PlanInput& c) {
                c.want.secret_file = true;
                if (with_record) c.seen.record = record("k1");
                c.seen.leftover = copy;
            };
        };
        const std::vector<Line> tried = {
            {"untried", {}, "try_leftover", "try_leftover", "try_leftover"}};
        check(tried, left(untried, false));
        check({{"another's", {}, other, other, other}}, left(anothers, false));
        check({{"refused", {}, open, open, open}}, [&](PlanInput& c) {
            left(refused, false)(c);
            c.want.recreate = plan::Recreate::always;
            c.want.adopt = plan::Adopt::replace;
        });
        check({{"expired", {}, "create", "delete:k1 create", "!unheld"}}, left(expired(), false));
        check({{"refused", {}, "create", "delete:k1 create", "delete:k1 create"}},
              left(refused, true));
        PlanInput dropped(Key::none);
        left(refused, true)(dropped);
        CPPUNIT_ASSERT(plan::plan_access_key(dropped.want, dropped.seen).drop_leftover);
        PlanInput kept(Key::none);
        left(refused, false)(kept);
        CPPUNIT_ASSERT(!plan::plan_access_key(kept.want, kept.seen).drop_leftover);
    }

    void what_opened_a_key_that_this_run_has_deleted_opens_nothing() {
        PlanInput c(Key::none);
        c.want.secret_file = true;
        c.seen.file = ours;
        CPPUNIT_ASSERT_EQUAL(std::string(other), words(c));
        c.seen.deleted = {id("k1")};
        CPPUNIT_ASSERT_EQUAL(std::string("create"), words(c));
        c.want.secret_file = false;
        c.want.current_secret = plan::CurrentSecret::given;
        c.seen.current = std::exchange(c.seen.file, {});
        CPPUNIT_ASSERT_EQUAL(std::string("create"), words(c));
    }

    void a_lost_key_is_kept_while_the_file_may_hold_its_secret() {
        PlanInput c(Key::none);
        c.want.secret_file = true;
        Intent lost{.host = "https://infra.example",
                    .user = "connector",
                    .user_id = "uConnector",
                    .name = "web",
                    .key_name = "web",
                    .asked = AskedFor{.inactivity_timeout = Duration::from_seconds(60 * day)},
                    .sent_expiry = Duration::from_seconds(30 * day),
                    .sent_inactivity_timeout = Duration::from_seconds(60 * day),
                    .recognisable = true,
                    .started = at(t0 - 60),
                    .until = at(t0)};
        c.seen.intents = {lost};
        c.seen.rows.push_back(row("k5", "web", t0 - 50));
        c.seen.file = untried;
        CPPUNIT_ASSERT_EQUAL(std::string("try_file"), words(c));
        c.want.verify = plan::Verify::never;
        CPPUNIT_ASSERT_EQUAL(std::string("try_file"), words(c));
        c.seen.file = unclear;
        CPPUNIT_ASSERT_EQUAL(std::string(open), words(c));
        c.seen.file = expired();
        CPPUNIT_ASSERT_EQUAL(std::string("collect:k5 create"), words(c));
    }

    void check_mode_tries_nothing_and_assumes_the_likelier_case() {
        const auto dry = [](const Change& change) {
            return [change](PlanInput& c) {
                c.want.secret_file = true;
                c.seen.may_try = false;
                change(c);
                const Plan plan = plan::plan_access_key(c.want, c.seen);
                CPPUNIT_ASSERT_EQUAL(std::string("unverified"),
                                     std::string(plan::name(plan.secret_state)));
                std::string warnings;
                for (const std::string& each : plan.warnings)
                    warnings += each + "\n";
                must_contain(warnings, "dry run");
            };
        };
        check({{"present", untried, "create", "delete:k1 create", "-"}}, dry([](PlanInput&) {}));
        check({{"never", untried, "create", "delete:k1 create", nullptr}},
              dry([](PlanInput& c) { c.want.verify = plan::Verify::never; }));
        check({{"never, recorded key", untried, "create", "delete:k1 create", "delete:k1 create"}},
              dry([](PlanInput& c) {
                  c.want.verify = plan::Verify::never;
                  c.seen.record = record("k1");
              }));
        check(
            {{"absent", untried, "delete_file", "delete:k1 delete_file", "delete:k1 delete_file"}},
            dry([](PlanInput& c) { c.want.state = plan::State::absent; }));
        check({{"current_secret", untried, "create", "delete:k1 create", "-"}},
              dry([](PlanInput& c) {
                  c.want.secret_file = false;
                  c.want.current_secret = plan::CurrentSecret::given;
                  c.seen.current = std::exchange(c.seen.file, {});
              }));
    }

    void a_refusal_says_what_it_found_and_what_to_do() {
        const auto refusal = [](const Copy& copy, const Change& change) {
            PlanInput c(Key::none);
            c.want.secret_file = true;
            c.seen.file = copy;
            change(c);
            const Plan plan = plan::plan_access_key(c.want, c.seen);
            CPPUNIT_ASSERT(plan.refusal && plan.actions.empty());
            return *plan.refusal;
        };
        const Change same = [](PlanInput&) {};
        const Error of_another = refusal(anothers, same);
        CPPUNIT_ASSERT_EQUAL(std::string("secret_file"), of_another.field);
        for (const char* part : {"k9", "another access key", "nothing was changed", "of its own"})
            must_contain(of_another.message, part);
        const Error unknown = refusal(refused, same);
        CPPUNIT_ASSERT(!unknown.retryable);
        for (const char* part : {"does not know", "another server", "remove the file"})
            must_contain(unknown.message, part);
        const Error doubtful = refusal(unclear, same);
        CPPUNIT_ASSERT(doubtful.retryable);
        for (const char* part : {"no clear answer", "run again", "remove the file"})
            must_contain(doubtful.message, part);
        const Error of_current = refusal(refused, [](PlanInput& c) {
            c.want.secret_file = false;
            c.want.current_secret = plan::CurrentSecret::given;
            c.seen.current = std::exchange(c.seen.file, {});
        });
        CPPUNIT_ASSERT_EQUAL(std::string("current_secret"), of_current.field);
        must_contain(of_current.message, "current_secret_missing: replace");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PlanCustodyTest);

} // namespace
} // namespace infrastate
