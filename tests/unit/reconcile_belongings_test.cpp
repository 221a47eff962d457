// SPDX-License-Identifier: Apache-2.0
// Files that belong to another server, to another machine, or to a user that was made again; and
// records and intents that lost a member. Whole runs with a store in memory, and their requests.
#include "fake_infra.h"
#include "support/check.h"

#include "infrastate/ports/secret_store.h"
#include "infrastate/types/record.h"
#include "infrastate/types/text.h"

#include <functional>

namespace infrastate {
namespace {

using plan::Desired;
using reconcile::Mode;
using reconcile::Report;
using test::FakeHost;
using test::FakeInfra;
using test::must;
using test::must_contain;

constexpr std::int64_t hour = 3600;
const std::string here(64, 'a'), elsewhere(64, 'b');

/// A store with what a test puts into it. The next run finds what a run wrote.
class MemoryStore final : public ports::SecretStore {
public:
    std::optional<Secret> secret, leftover;
    std::optional<Record> record;
    std::vector<Intent> intents;
    bool complete = true;
    int writes = 0;

    Result<void> lock(const std::function<bool()>&) override { return {}; }
    void unlock() noexcept override {}
    Result<ports::StoreView> look() override {
        ports::StoreView out;
        if (secret) {
            out.file = ports::StoreView::File::secret;
            out.secret = secret->clone();
        }
        if (leftover) out.leftover = leftover->clone();
        out.record = record;
        out.intents = intents;
        out.intents_complete = complete;
        return out;
    }
    Result<void> prepare(bool) override { return {}; }
    Result<void> may_lock() override { return {}; }
    Result<void> prepare_removal() override { return {}; }
    Result<void> put_intents(const std::vector<Intent>& all) override {
        intents = all;
        return wrote();
    }
    Result<void> put_new_secret(const Secret& fresh) override {
        leftover = fresh.clone();
        return wrote();
    }
    Result<void> sync_new_secret() override { return {}; }
    Result<void> put_record(const Record& next) override {
        record = next;
        return wrote();
    }
    Result<void> publish() override {
        secret = std::exchange(leftover, std::nullopt);
        return wrote();
    }
    Result<void> drop_new_secret() override {
        leftover.reset();
        return wrote();
    }
    Result<void> set_attributes() override { return {}; }
    Result<void> remove_all() override {
        secret.reset();
        leftover.reset();
        record.reset();
        return wrote();
    }
    std::string digest_of(const Secret& of) const override {
        std::string out(64, '0');
        const std::string text(of.reveal());
        out.replace(0, 10, text.substr(text.size() - 10));
        return out;
    }

private:
    Result<void> wrote() {
        ++writes;
        return {};
    }
};

Desired desired() {
    Desired out{plan::State::present, must(KeyName::parse("web"))};
    out.secret_file = true;
    out.host = "https://infra.example";
    out.machine = here;
    return out;
}

Report run(FakeInfra& infra, MemoryStore& store, const Desired& want, Mode mode = Mode::apply) {
    infra.calls.clear();
    FakeHost host;
    host.clock = &infra;
    static std::uint32_t next = 7;
    host.next = next += 1000;
    reconcile::Context context{infra.with(host), &store, nullptr, nullptr,
                               [](std::string_view at, std::string_view) {
                                   return "infra-" + std::string(16, at.back());
                               }};
    return reconcile::reconcile_access_key(want, mode, context);
}

std::string done(const Report& report) {
    std::string out(plan::name(report.plan.reason));
    for (const auto& action : report.actions)
        out += " " + std::string(plan::name(action.kind));
    if (report.error) out += " error:" + report.error->detail;
    return out;
}

class ReconcileBelongingsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ReconcileBelongingsTest);
    CPPUNIT_TEST(another_spelling_of_the_server_is_the_same_server);
    CPPUNIT_TEST(a_moved_server_costs_one_request);
    CPPUNIT_TEST(another_servers_file_is_refused_however_much_may_be_listed);
    CPPUNIT_TEST(an_unfinished_run_on_another_server_is_not_thrown_away);
    CPPUNIT_TEST(what_was_asked_of_another_server_stays_open);
    CPPUNIT_TEST(a_user_without_keys_costs_one_request_more);
    CPPUNIT_TEST(a_user_made_anew_is_another_user);
    CPPUNIT_TEST(a_lost_request_for_a_former_user_is_none_for_the_new_one);
    CPPUNIT_TEST(a_leftover_is_tried_where_entries_are_missing);
    CPPUNIT_TEST(times_that_are_not_known_are_set_by_the_servers_clock);
    CPPUNIT_TEST(an_id_with_less_beside_it_names_only_keys_that_fit_the_record);
    CPPUNIT_TEST(a_record_without_a_digest_rotates_nothing);
    CPPUNIT_TEST(what_another_machine_asked_for_is_not_collected);
    CPPUNIT_TEST(a_copied_leftover_is_not_handed_over);
    CPPUNIT_TEST(a_key_of_our_own_beside_a_copied_record_is_finished);
    CPPUNIT_TEST(a_copied_leftover_is_none_of_ours_either_after_a_run_that_was_cut_off);
    CPPUNIT_TEST_SUITE_END();

public:
    FakeInfra infra;
    MemoryStore store;

    void another_spelling_of_the_server_is_the_same_server() {
        run(infra, store, desired());
        store.record->host = "HTTPS://Infra.Example.:443/";
        infra.keys.clear();
        CPPUNIT_ASSERT_EQUAL(std::string("absent create"), done(run(infra, store, desired())));
    }

    void a_moved_server_costs_one_request() {
        run(infra, store, desired());
        Desired moved = desired();
        moved.host = "https://new.example";
        for (const Mode mode : {Mode::check, Mode::apply, Mode::apply}) {
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(run(infra, store, moved, mode)));
            CPPUNIT_ASSERT_EQUAL(std::string("list user"), joined(infra.calls));
        }
        CPPUNIT_ASSERT_EQUAL(moved.host, store.record->host);
    }

    void another_servers_file_is_refused_however_much_may_be_listed() {
        for (const bool one_page : {true, false})
            for (const bool everybody : {true, false})
                for (const plan::State state : {plan::State::present, plan::State::absent}) {
                    FakeInfra first, second;
                    MemoryStore file;
                    run(first, file, desired());
                    second.users = {{"uOther", "connector"}};
                    second.may_list_everybody = everybody;
                    second.one_page_holds_all = one_page;
                    Desired want = desired();
                    want.host = "https://other.example";
                    want.state = state;
                    file.record->id = FakeInfra::id("kFirst");
                    const int before = file.writes;
                    const Report report = run(second, file, want);
                    CPPUNIT_ASSERT_EQUAL(std::string("ok error:file_of_another_server"),
                                         done(report));
                    must_contain(report.error->message, "https://infra.example");
                    must_contain(report.error->message, "remove the file and its record");
                    CPPUNIT_ASSERT_EQUAL(before, file.writes);
                    CPPUNIT_ASSERT(second.keys.empty() && file.secret);
                }
    }

    /// The answer came, but the run died before the new secret was in place.
    Intent unfinished() {
        run(infra, store, desired());
        Intent intent{.host = store.record->host,
                      .user = "connector",
                      .user_id = "uConnector",
                      .name = "web",
                      .key_name = "web",
                      .sent_expiry = Duration::from_seconds(8766 * hour),
                      .sent_inactivity_timeout = Duration::from_seconds(72 * hour),
                      .recognisable = true,
                      .started = Timestamp::from_unix(infra.now),
                      .until = Timestamp::from_unix(infra.now + 30),
                      .answered = store.record->id,
                      .machine = here};
        store.intents = {intent};
        store.leftover = std::exchange(store.secret, std::nullopt);
        store.record.reset();
        return intent;
    }

    void an_unfinished_run_on_another_server_is_not_thrown_away() {
        unfinished();
        FakeInfra other;
        other.users = {{"uOther", "connector"}};
        Desired want = desired();
        want.host = "https://other.example";
        store.intents[0].answered = FakeInfra::id("kFirst");
        for (const plan::State state : {plan::State::present, plan::State::absent}) {
            want.state = state;
            CPPUNIT_ASSERT_EQUAL(std::string("ok error:file_of_another_server"),
                                 done(run(other, store, want)));
            CPPUNIT_ASSERT(store.leftover && store.intents.size() == 1);
        }
        // The server that made the key finishes it, also under another name.
        store.intents[0].answered = FakeInfra::id("k1");
        want.state = plan::State::present;
        CPPUNIT_ASSERT_EQUAL(std::string("ok hand_over"), done(run(infra, store, want)));
    }

    void what_was_asked_of_another_server_stays_open() {
        unfinished();
        store.leftover.reset();
        store.intents[0].answered.reset();
        FakeInfra other;
        Desired want = desired();
        want.host = "https://other.example";
        other.now += 1000 * hour;
        CPPUNIT_ASSERT_EQUAL(std::string("absent create"), done(run(other, store, want)));
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(run(other, store, want)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, store.intents.size());
    }

    void a_user_without_keys_costs_one_request_more() {
        run(infra, store, desired());
        infra.keys.clear();
        CPPUNIT_ASSERT_EQUAL(std::string("absent create"), done(run(infra, store, desired())));
        CPPUNIT_ASSERT_EQUAL(std::string("list user, user, version, create web"),
                             joined(infra.calls));
    }

    void a_user_made_anew_is_another_user() {
        run(infra, store, desired());
        infra.keys.clear();
        infra.users[0].id = "uAnew";
        const Report made = run(infra, store, desired());
        CPPUNIT_ASSERT_EQUAL(std::string("absent create"), done(made));
        CPPUNIT_ASSERT_EQUAL(std::string("list user, user, list user, version, create web"),
                             joined(infra.calls));
        CPPUNIT_ASSERT_EQUAL(std::string("uAnew"), store.record->user_id);
        // And again, with a key that somebody else made.
        infra.users[0].id = "uOnceMore";
        infra.keys.clear();
        infra.add("web", "uOnceMore", hour, hour);
        CPPUNIT_ASSERT_EQUAL(std::string("unheld error:unheld"),
                             done(run(infra, store, desired())));
        Desired gone = desired();
        gone.state = plan::State::absent;
        CPPUNIT_ASSERT_EQUAL(std::string("ok delete delete_file"), done(run(infra, store, gone)));
        CPPUNIT_ASSERT(infra.keys.empty());
    }

    void a_lost_request_for_a_former_user_is_none_for_the_new_one() {
        Intent intent = unfinished();
        intent.answered.reset();
        store.intents = {intent};
        store.leftover.reset();
        infra.keys.clear();
        infra.users[0].id = "uAnew";
        infra.add("web", "uAnew", 8766 * hour, 72 * hour); // equal in everything that was sent
        CPPUNIT_ASSERT_EQUAL(std::string("unheld error:unheld"),
                             done(run(infra, store, desired())));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
    }

    void a_leftover_is_tried_where_entries_are_missing() {
        Intent other = unfinished();
        other.key_name = "web.rot-9-0123abcd";
        other.answered.reset();
        store.intents = {other};
        store.complete = false;
        CPPUNIT_ASSERT_EQUAL(std::string("ok hand_over"), done(run(infra, store, desired())));
        CPPUNIT_ASSERT(store.secret && store.secret->equals(infra.keys.at(0).secret));
    }

    void times_that_are_not_known_are_set_by_the_servers_clock() {
        run(infra, store, desired());
        store.record->tried = unknown_time();
        Intent open = {.host = store.record->host,
                       .user = "connector",
                       .user_id = "uConnector",
                       .name = "web",
                       .key_name = "web.rot-1-0123abcd",
                       .sent_expiry = Duration::from_seconds(1),
                       .sent_inactivity_timeout = Duration::from_seconds(1),
                       .started = Timestamp::from_unix(0),
                       .until = unknown_time()};
        store.intents = {open};
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(run(infra, store, desired())));
        CPPUNIT_ASSERT(store.record->tried == Timestamp::from_unix(infra.now));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, store.intents.size());
        infra.now += 2 * hour;
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(run(infra, store, desired())));
        CPPUNIT_ASSERT(store.intents.empty());
    }

    /// What is missing beside a predecessor's id must follow from the record. Otherwise the id may
    /// name anybody's key.
    void an_id_with_less_beside_it_names_only_keys_that_fit_the_record() {
        struct Case {
            std::string name, user_id; // of the listed key
            std::string user_there, name_there;
            bool believed;
        };
        const std::string ours = "web.rot-1-0123abcd", dev = "dev@example.com";
        for (const Case& each : {
                 Case{ours, "uConnector", "", ours, true},
                 Case{ours, "uConnector", "connector", "", true},
                 Case{ours, "uConnector", "", "", true},
                 Case{"former", "uDev", dev, "former", true},
                 Case{"former", "uDev", "", "former", false},
                 Case{"former", "uDev", dev, "", false},
                 Case{"former", "uDev", "", "", false},
                 Case{"former", "uConnector", "connector", "", false},
                 Case{"former", "uConnector", "", "", false},
                 Case{ours, "uDev", "", "", false},
             }) {
            FakeInfra server;
            MemoryStore file;
            run(server, file, desired());
            server.add(each.name, each.user_id, 1000 * hour, 1000 * hour);
            file.record->predecessors = {{FakeInfra::id("k2"), each.user_there, each.name_there}};
            Desired want = desired();
            want.overlap = Duration::from_seconds(1000 * hour);
            const Report report = run(server, file, want);
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(report));
            CPPUNIT_ASSERT_EQUAL(each.believed, !file.record->predecessors.empty());
            CPPUNIT_ASSERT_EQUAL(std::size_t{2}, server.keys.size());
            if (each.believed) {
                CPPUNIT_ASSERT_EQUAL(each.name, file.record->predecessors.at(0).name);
                continue;
            }
            must_contain(joined(report.warnings), "leaves the key alone");
            // Nor is it deleted where the overlap is over, or where all keys go.
            want.overlap.reset();
            file.record->predecessors = {{FakeInfra::id("k2"), each.user_there, each.name_there}};
            run(server, file, want);
            file.record->predecessors = {{FakeInfra::id("k2"), each.user_there, each.name_there}};
            want.state = plan::State::absent;
            run(server, file, want);
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, server.keys.size());
            CPPUNIT_ASSERT_EQUAL(each.name, server.keys.at(0).name);
        }
    }

    void a_record_without_a_digest_rotates_nothing() {
        for (const plan::Verify verify :
             {plan::Verify::automatic, plan::Verify::always, plan::Verify::never}) {
            FakeInfra server;
            MemoryStore file;
            run(server, file, desired());
            file.record->secret_digest.clear();
            Desired want = desired();
            want.verify = verify;
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), done(run(server, file, want)));
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, server.keys.size());
        }
    }

    void what_another_machine_asked_for_is_not_collected() {
        Desired unnamed = desired();
        unnamed.derived = true;
        for (const bool answered : {true, false}) {
            FakeInfra server;
            MemoryStore file;
            infra = server;
            store = MemoryStore();
            Intent theirs = unfinished();
            theirs.machine = elsewhere;
            if (!answered) theirs.answered.reset();
            store.leftover.reset();
            store.intents = {theirs};
            CPPUNIT_ASSERT_EQUAL(std::string("unheld error:unheld"),
                                 done(run(infra, store, unnamed)));
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
        }
    }

    void a_copied_leftover_is_not_handed_over() {
        unfinished();
        store.intents[0].machine = elsewhere;
        Desired unnamed = desired();
        unnamed.derived = true;
        unnamed.name = must(KeyName::parse("own"));
        CPPUNIT_ASSERT_EQUAL(std::string("absent create"), done(run(infra, store, unnamed)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, infra.keys.size());
        CPPUNIT_ASSERT(store.secret->equals(infra.keys.at(1).secret));
        CPPUNIT_ASSERT_EQUAL(here, store.record->machine);
    }

    void a_key_of_our_own_beside_a_copied_record_is_finished() {
        run(infra, store, desired());
        Record theirs = *store.record;
        theirs.machine = elsewhere;
        theirs.name = theirs.key_name = "theirs";
        theirs.id = FakeInfra::id("kTheirs");
        unfinished();
        store.record = theirs;
        store.secret.emplace(FakeInfra::secret_of(77));
        Desired unnamed = desired();
        unnamed.derived = true;
        CPPUNIT_ASSERT_EQUAL(std::string("ok hand_over"), done(run(infra, store, unnamed)));
        CPPUNIT_ASSERT(store.secret->equals(infra.keys.at(0).secret));
        CPPUNIT_ASSERT_EQUAL(here, store.record->machine);
    }

    void a_copied_leftover_is_none_of_ours_either_after_a_run_that_was_cut_off() {
        const Error busy{Code::server, "busy", {}, "http_429", 429, true, Effect::none};
        const Error lost{Code::transport, "connection lost", {}, {}, 0, true, Effect::unknown};
        for (const Error& how : {busy, lost}) {
            infra = FakeInfra();
            store = MemoryStore();
            unfinished();
            store.intents[0].machine = elsewhere;
            Desired unnamed = desired();
            unnamed.derived = true;
            unnamed.name = must(KeyName::parse("own"));
            for (int i = 0; i < 3; ++i)
                infra.posts.push_back({false, how});
            CPPUNIT_ASSERT(run(infra, store, unnamed).error);
            infra.posts.clear();
            CPPUNIT_ASSERT_EQUAL(std::string("absent create"), done(run(infra, store, unnamed)));
            CPPUNIT_ASSERT(store.secret->equals(infra.keys.at(1).secret));
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReconcileBelongingsTest);

} // namespace
} // namespace infrastate
