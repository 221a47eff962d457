// SPDX-License-Identifier: Apache-2.0
// Whole runs on a fake server: which requests are made, in which order, and what is reported.
#include "../../src/reconcile/observe.h"
#include "fake_infra.h"
#include "run_words.h"
#include "support/check.h"

#include "infrastate/reconcile/access_key.h"

namespace infrastate {
namespace {

using plan::Desired;
using plan::Reason;
using plan::Recreate;
using reconcile::Mode;
using reconcile::Report;
using test::done;
using test::FakeInfra;
using test::must;
using test::must_contain;

constexpr std::int64_t hour = 3600, day = 24 * hour;

Desired desired() {
    return Desired{plan::State::present, must(KeyName::parse("example"))};
}
Desired absent() {
    return Desired{plan::State::absent, must(KeyName::parse("example"))};
}

Report apply(const Desired& want, FakeInfra& infra) {
    infra.calls.clear();
    return test::run(want, Mode::apply, infra);
}

class ReconcileTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ReconcileTest);
    CPPUNIT_TEST(a_key_is_created_with_four_requests_and_left_alone_with_one);
    CPPUNIT_TEST(a_drifted_key_is_replaced_by_id);
    CPPUNIT_TEST(an_expired_and_an_inactive_key_are_replaced_with_five_requests);
    CPPUNIT_TEST(a_key_of_another_user_with_the_same_name_is_not_touched);
    CPPUNIT_TEST(an_unknown_user_gets_no_key);
    CPPUNIT_TEST(an_old_server_is_refused_before_anything_changes);
    CPPUNIT_TEST(check_mode_changes_nothing_and_reports_what_the_run_does);
    CPPUNIT_TEST(absent_removes_the_family_and_costs_one_request_when_done);
    CPPUNIT_TEST(absence_is_seen_beyond_the_first_page_and_without_the_admin_role);
    CPPUNIT_TEST(a_lost_answer_to_a_create_is_reported_and_not_repeated);
    CPPUNIT_TEST(a_lost_answer_without_a_row_may_still_act);
    CPPUNIT_TEST(each_row_that_looks_dead_is_asked_about);
    CPPUNIT_TEST(a_conflict_is_another_runs_win);
    CPPUNIT_TEST(a_conflict_never_leads_to_a_deletion);
    CPPUNIT_TEST(a_conflict_never_leads_to_a_rotation);
    CPPUNIT_TEST(without_a_date_what_was_not_seen_first_is_not_taken_over);
    CPPUNIT_TEST(a_conflict_without_a_row_is_an_error);
    CPPUNIT_TEST(a_failed_create_after_a_delete_says_changed);
    CPPUNIT_TEST(a_delete_without_an_answer_is_unknown);
    CPPUNIT_TEST(a_key_deleted_by_somebody_else_is_as_good);
    CPPUNIT_TEST(nothing_is_changed_in_the_time_kept_for_cleaning_up);
    CPPUNIT_TEST(a_cancelled_run_begins_no_change_and_says_why);
    CPPUNIT_TEST(a_clock_ahead_of_the_server_kills_no_live_key);
    CPPUNIT_TEST(no_second_run_changes_anything);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_key_is_created_with_four_requests_and_left_alone_with_one() {
        FakeInfra infra;
        const Report made = apply(desired(), infra);
        CPPUNIT_ASSERT_EQUAL(std::string("absent create changed"), done(made));
        CPPUNIT_ASSERT_EQUAL(std::string("list name, user, version, create example"),
                             joined(infra.calls));
        CPPUNIT_ASSERT(made.secret.has_value());
        CPPUNIT_ASSERT_EQUAL(std::string("connector"), made.key->user_name);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, made.warnings.size());
        const Report again = apply(desired(), infra);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(again));
        CPPUNIT_ASSERT_EQUAL(std::string("list name"), joined(infra.calls));
        CPPUNIT_ASSERT(!again.secret);
        CPPUNIT_ASSERT_EQUAL(made.key->id.text(), again.key->id.text());
    }

    void a_drifted_key_is_replaced_by_id() {
        FakeInfra infra;
        infra.add("example", "uConnector", 8766 * hour, 72 * hour);
        Desired want = desired();
        want.inactivity_timeout = must(Duration::parse("24h"));
        const Report report = apply(want, infra);
        CPPUNIT_ASSERT_EQUAL(std::string("drifted delete create changed"), done(report));
        CPPUNIT_ASSERT_EQUAL(std::string("list name, version, delete k1, create example"),
                             joined(infra.calls));
        CPPUNIT_ASSERT_EQUAL(24 * hour, infra.keys.at(0).deadline - infra.now);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(apply(want, infra)));
    }

    void an_expired_and_an_inactive_key_are_replaced_with_five_requests() {
        for (const auto& [lifetime, inactivity, reason] :
             {std::tuple{hour, 72 * hour, "expired"}, std::tuple{day, hour, "inactive"}}) {
            FakeInfra infra;
            infra.add("example", "uConnector", lifetime, inactivity);
            infra.now += hour;
            const Report report = apply(desired(), infra);
            CPPUNIT_ASSERT_EQUAL(reason + std::string(" delete create changed"), done(report));
            CPPUNIT_ASSERT_EQUAL(
                std::string("list name, list name live, version, delete k1, create example"),
                joined(infra.calls));
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
        }
    }

    void a_key_of_another_user_with_the_same_name_is_not_touched() {
        FakeInfra infra;
        infra.add("example", "uDev", day, day);
        CPPUNIT_ASSERT_EQUAL(std::string("absent create changed"), done(apply(desired(), infra)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, infra.keys.size());
        CPPUNIT_ASSERT_EQUAL(std::string("ok delete changed"), done(apply(absent(), infra)));
        CPPUNIT_ASSERT_EQUAL(std::string("uDev"), infra.keys.at(0).user_id);
    }

    void an_unknown_user_gets_no_key() {
        FakeInfra infra;
        Desired want = desired();
        want.user = "nobody@example.com";
        for (Mode mode : {Mode::check, Mode::apply}) {
            const Report report = test::run(want, mode, infra);
            CPPUNIT_ASSERT_EQUAL(std::string("absent error:user_not_found"), done(report));
            must_contain(report.error->message, "user: ");
            must_contain(report.error->message, "nobody@example.com");
        }
        CPPUNIT_ASSERT(infra.keys.empty());
    }

    void an_old_server_is_refused_before_anything_changes() {
        FakeInfra infra;
        infra.add("example", "uConnector", 8766 * hour, 72 * hour);
        infra.server_version = {0, 19, 5};
        Desired want = desired();
        want.recreate = Recreate::always;
        const Report report = apply(want, infra);
        CPPUNIT_ASSERT_EQUAL(std::string("ok error:server_too_old"), done(report));
        CPPUNIT_ASSERT_EQUAL(Code::unsupported, report.error->code);
        must_contain(report.error->message, "0.19.5");
        must_contain(report.error->message, "0.20.0");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
    }

    void check_mode_changes_nothing_and_reports_what_the_run_does() {
        for (const char* situation : {"absent", "ok", "drifted", "expired", "always"}) {
            FakeInfra infra;
            Desired want = desired();
            const std::string name = situation;
            if (name != "absent") infra.add("example", "uConnector", day, day);
            if (name == "drifted") want.expires_in = must(Duration::parse("48h"));
            if (name == "expired") infra.now += 2 * day;
            if (name == "always") want.recreate = Recreate::always;
            const auto before = infra.keys.size();
            const Report check = test::run(want, Mode::check, infra);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, before, infra.keys.size());
            CPPUNIT_ASSERT_MESSAGE(name, !check.secret);
            const Report real = apply(want, infra);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, done(check), done(real));
            CPPUNIT_ASSERT_MESSAGE(name, check.actions == real.actions);
        }
    }

    void absent_removes_the_family_and_costs_one_request_when_done() {
        FakeInfra infra;
        infra.add("example", "uConnector", day, day);
        infra.add("example.rot-2-0123abcd", "uConnector", day, day);
        infra.add("example2", "uConnector", day, day);
        const Report report = apply(absent(), infra);
        CPPUNIT_ASSERT_EQUAL(std::string("ok delete delete changed"), done(report));
        CPPUNIT_ASSERT_EQUAL(std::string("list, version, delete k1, delete k2"),
                             joined(infra.calls));
        CPPUNIT_ASSERT_EQUAL(std::string("example2"), infra.keys.at(0).name);
        CPPUNIT_ASSERT_EQUAL(std::string("absent"), done(apply(absent(), infra)));
        CPPUNIT_ASSERT_EQUAL(std::string("list"), joined(infra.calls));
    }

    void absence_is_seen_beyond_the_first_page_and_without_the_admin_role() {
        for (bool forbidden : {false, true}) {
            FakeInfra infra;
            infra.may_list_everybody = !forbidden;
            infra.one_page_holds_all = forbidden;
            infra.add("example.rot-1-0123abcd", "uConnector", day, day);
            CPPUNIT_ASSERT_EQUAL(std::string("ok delete changed"), done(apply(absent(), infra)));
            CPPUNIT_ASSERT_EQUAL(
                std::string("list, list name, user, list user, version, delete k1"),
                joined(infra.calls));
        }
    }

    void a_lost_answer_to_a_create_is_reported_and_not_repeated() {
        FakeInfra infra;
        infra.posts.push_back({true, lost()});
        const Report report = apply(desired(), infra);
        CPPUNIT_ASSERT_EQUAL(std::string("absent changed error:create_ambiguous"), done(report));
        CPPUNIT_ASSERT_EQUAL(Effect::unknown, report.outcome);
        CPPUNIT_ASSERT(report.error->retryable);
        CPPUNIT_ASSERT(infra.cleanup);
        CPPUNIT_ASSERT_EQUAL(std::string("list name, user, version, create example, list name"),
                             joined(infra.calls));
        must_contain(report.error->message, "id k1");
        must_contain(report.error->message, "recreate: always");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
    }

    void a_lost_answer_without_a_row_may_still_act() {
        FakeInfra infra;
        infra.posts.push_back({false, lost()});
        const Report report = apply(desired(), infra);
        CPPUNIT_ASSERT_EQUAL(std::string("absent error:create_ambiguous"), done(report));
        CPPUNIT_ASSERT_EQUAL(Effect::unknown, report.outcome);
        must_contain(report.error->message, "may still act late");
    }

    void each_row_that_looks_dead_is_asked_about() {
        // The clock moves while the server is asked about a key of another user. After that the
        // wanted key looks dead, too.
        FakeInfra infra;
        plan::Observed seen{.rows = {}, .time = {Timestamp::from_unix(infra.now), true}};
        std::int64_t left = 0;
        for (const FakeInfra::User& user : infra.users) {
            const auto& key = infra.add("example", user.id, left++, day);
            seen.rows.push_back(
                {FakeInfra::id(key.id), key.name, user.name, user.id,
                 Timestamp::from_unix(key.created), Timestamp::from_unix(key.created),
                 Timestamp::from_unix(key.expires), Timestamp::from_unix(key.deadline)});
        }
        infra.before_list = [&, first = true]() mutable {
            if (first) ++infra.now;
            first = false;
        };
        Desired want = desired();
        want.secret_file = true;
        test::FakeHost host;
        const ports::Ports ports = infra.with(host);
        CPPUNIT_ASSERT(reconcile::confirm_dead(want, ports, seen).ok());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, infra.calls.size());
        CPPUNIT_ASSERT(seen.live_ids.has_value());
    }

    void a_conflict_is_another_runs_win() {
        FakeInfra infra;
        infra.posts.push_back({false, conflict(), [](FakeInfra& server) {
                                   server.add("example", "uConnector", 8766 * hour, 72 * hour);
                               }});
        const Report report = apply(desired(), infra);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(report));
        CPPUNIT_ASSERT(!report.secret);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
    }

    void a_conflict_never_leads_to_a_deletion() {
        FakeInfra infra;
        infra.posts.push_back({false, conflict(), [](FakeInfra& server) {
                                   server.add("example", "uConnector", day, day);
                               }});
        Desired want = desired();
        want.expires_in = must(Duration::parse("48h"));
        const Report report = apply(want, infra);
        CPPUNIT_ASSERT_EQUAL(std::string("drifted error:made_by_another_run"), done(report));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
    }

    void without_a_date_what_was_not_seen_first_is_not_taken_over() {
        for (const bool dated : {true, false}) {
            FakeInfra infra;
            infra.one_page_holds_all = false;
            infra.exact_time = dated;
            infra.clock_skew = dated ? 0 : day; // this machine's clock
            int listings = 0;
            infra.before_list = [&] {
                if (++listings == 2) infra.add("example", "uConnector", 8766 * hour, 72 * hour);
            };
            Desired want = desired();
            want.adopt = plan::Adopt::replace;
            want.current_secret = plan::CurrentSecret::given;
            test::FakeHost host;
            const Secret kept(FakeInfra::secret_of(77));
            reconcile::Context context{infra.with(host), nullptr, &kept, nullptr};
            const Report report =
                reconcile::reconcile_access_key(want, reconcile::Mode::apply, context);
            CPPUNIT_ASSERT_EQUAL(std::string(dated ? "unheld error:made_by_another_run"
                                                   : "unheld error:no_server_time"),
                                 done(report));
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
        }
    }

    void a_conflict_never_leads_to_a_rotation() {
        FakeInfra infra;
        infra.posts.push_back({false, conflict(), [](FakeInfra& server) {
                                   server.add("example", "uConnector", 8766 * hour, 72 * hour);
                               }});
        Desired want = desired();
        want.overlap = must(Duration::parse("1h"));
        want.current_secret = plan::CurrentSecret::empty;
        want.current_secret_missing = plan::WhenMissing::replace;
        const Report report = apply(want, infra);
        CPPUNIT_ASSERT_EQUAL(std::string("secret_missing error:made_by_another_run"), done(report));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
    }

    void a_conflict_without_a_row_is_an_error() {
        FakeInfra infra;
        infra.posts.push_back({false, conflict()});
        infra.posts.push_back({false, conflict()});
        const Report report = apply(desired(), infra);
        CPPUNIT_ASSERT_EQUAL(std::string("absent error:conflict_without_row"), done(report));
        CPPUNIT_ASSERT(infra.posts.empty());
    }

    void a_failed_create_after_a_delete_says_changed() {
        FakeInfra infra;
        infra.add("example", "uConnector", day, day);
        infra.posts.push_back({false, Error{Code::server, "boom", {}, {}, 403}});
        Desired want = desired();
        want.recreate = Recreate::always;
        const Report report = apply(want, infra);
        CPPUNIT_ASSERT_EQUAL(std::string("ok delete changed error:"), done(report));
        must_contain(report.error->message, "boom");
        must_contain(report.error->message, "no live key");
    }

    void a_delete_without_an_answer_is_unknown() {
        FakeInfra infra;
        infra.add("example", "uConnector", day, day);
        infra.deletes.push_back({true, lost()});
        Desired want = desired();
        want.recreate = Recreate::always;
        const Report report = apply(want, infra);
        CPPUNIT_ASSERT_EQUAL(Effect::unknown, report.outcome);
        CPPUNIT_ASSERT(report.error.has_value());
        CPPUNIT_ASSERT_EQUAL(std::string("list name, version, delete k1"), joined(infra.calls));
        // The next run finds no key and makes one.
        want.recreate = Recreate::state_change;
        CPPUNIT_ASSERT_EQUAL(std::string("absent create changed"), done(apply(want, infra)));
    }

    void a_key_deleted_by_somebody_else_is_as_good() {
        FakeInfra infra;
        infra.add("example", "uConnector", day, day);
        const Report report = [&] {
            struct Racing final : test::ServerPorts {
                explicit Racing(FakeInfra& real) : inner(real) {}
                FakeInfra& inner;
                Result<ports::KeyListing> list(const ports::KeyQuery& q) override {
                    return inner.list(q);
                }
                Result<std::optional<UserRow>> find_user(const std::string& n) override {
                    return inner.find_user(n);
                }
                Result<ServerVersion> version() override {
                    inner.keys.clear();
                    return inner.version();
                }
                Result<ports::CreatedKey> create(const ports::NewKey& k) override {
                    return inner.create(k);
                }
                Result<ports::Removed> remove(const ServerId& i) override {
                    return inner.remove(i);
                }
                Result<ports::TryAnswer> try_secret(const Secret& s) override {
                    return inner.try_secret(s);
                }
                bool may_start_change() const override { return true; }
                void enter_completion() override {}
                ports::Completion completion() const override { return {}; }
                void enter_cleanup() override {}
            } racing(infra);
            return test::run(absent(), Mode::apply, racing);
        }();
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(report));
        CPPUNIT_ASSERT(!report.error);
    }

    void nothing_is_changed_in_the_time_kept_for_cleaning_up() {
        FakeInfra infra;
        infra.time_left = false;
        const Report report = apply(desired(), infra);
        CPPUNIT_ASSERT_EQUAL(std::string("absent error:no_time_to_change"), done(report));
        CPPUNIT_ASSERT(infra.keys.empty());
        CPPUNIT_ASSERT_EQUAL(std::string("list name, user, version"), joined(infra.calls));
    }

    void a_cancelled_run_begins_no_change_and_says_why() {
        FakeInfra infra;
        infra.time_left = false;
        test::FakeHost host;
        host.cancelled = true;
        reconcile::Context context{infra.with(host)};
        const Report report = reconcile::reconcile_access_key(desired(), Mode::apply, context);
        CPPUNIT_ASSERT_EQUAL(std::string("absent error:cancelled"), done(report));
        CPPUNIT_ASSERT(infra.keys.empty());
        CPPUNIT_ASSERT_EQUAL(std::string("list name, user, version"), joined(infra.calls));
    }

    void a_clock_ahead_of_the_server_kills_no_live_key() {
        FakeInfra infra;
        infra.add("example", "uConnector", day, day);
        infra.clock_skew = 2 * day;
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(apply(desired(), infra)));
        CPPUNIT_ASSERT_EQUAL(std::string("list name, list name live"), joined(infra.calls));
        // The key is really dead, but no trustworthy time says so.
        infra.now += 2 * day;
        infra.exact_time = false;
        CPPUNIT_ASSERT_EQUAL(std::string("expired error:no_server_time"),
                             done(apply(desired(), infra)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
    }

    void no_second_run_changes_anything() {
        for (const char* expiry : {"", "1s", "90m", "8766h", "2562047h47m16s"})
            for (const char* inactivity : {"", "1s", "500ms", "90m", "2562047h47m16s"}) {
                FakeInfra infra;
                Desired want = desired();
                if (*expiry) want.expires_in = must(Duration::parse(expiry));
                if (*inactivity) want.inactivity_timeout = must(Duration::parse(inactivity));
                const std::string where = std::string(expiry) + "/" + inactivity;
                CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::string("absent create changed"),
                                             done(apply(want, infra)));
                if (infra.keys[0].deadline <= infra.now)
                    continue; // the server's resolution is coarser
                CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::string("ok"), done(apply(want, infra)));
            }
    }

private:
    static Error lost() {
        return Error{Code::transport, "the connection was reset", {}, {}, 0, true, Effect::unknown};
    }
    static Error conflict() { return Error{Code::conflict, "already exists", {}, {}, 409}; }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReconcileTest);

} // namespace
} // namespace infrastate
