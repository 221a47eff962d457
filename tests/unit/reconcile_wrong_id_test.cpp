// SPDX-License-Identifier: Apache-2.0
// A damaged id beside the secret file names somebody else's live key: in the record, in a
// predecessor, in an unfinished run. That key is never changed, and the run finds its own.
#include "fake_infra.h"
#include "fake_machine.h"
#include "support/check.h"

#include "infrastate/plan/access_key_info.h"

#include <algorithm>

namespace infrastate {
namespace {

using plan::Desired;
using reconcile::Mode;
using reconcile::Report;
using test::deeds;
using test::FakeInfra;
using test::Machine;
using test::must;
using test::must_contain;

constexpr std::int64_t hour = 3600;
const std::string record_file = ".key.infrastate", intents_file = ".key.infrastate.intents";

Desired desired(plan::State state = plan::State::present) {
    return Desired{state, must(KeyName::parse("web"))};
}

std::string contents(const Machine& machine, const std::string& name) {
    std::ifstream in(machine.path(name));
    return std::string(std::istreambuf_iterator<char>(in), {});
}

void replace(const Machine& machine, const std::string& name, const std::string& from,
             const std::string& to) {
    std::string text = contents(machine, name);
    const std::size_t at = text.find(from);
    CPPUNIT_ASSERT_MESSAGE(text, at != std::string::npos);
    machine.write(text.replace(at, from.size(), to), name);
}

bool lives(const FakeInfra& infra, const std::string& id) {
    return std::any_of(infra.keys.begin(), infra.keys.end(),
                       [&](const FakeInfra::Key& key) { return key.id == id; });
}

/// A key 'web' (k1) with file and record, and somebody else's key (k2).
struct Setup {
    FakeInfra infra{};
    Machine machine{};

    Setup(const std::string& name, const std::string& user, std::int64_t later) {
        machine.run(infra, desired());
        infra.now += later;
        infra.add(name, user, 8766 * hour, 72 * hour);
        infra.now += hour;
    }
    void spoil() const { replace(machine, record_file, "\"id\": \"k1\"", "\"id\": \"k2\""); }
};

struct Stranger {
    std::string name, user;
    std::int64_t later;
};
const std::vector<Stranger> strangers{{"other", "uConnector", 0},
                                      {"other", "uConnector", 100},
                                      {"web", "uDev", 0},
                                      {"web", "uDev", 100},
                                      {"other", "uDev", 100}};

class ReconcileWrongIdTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ReconcileWrongIdTest);
    CPPUNIT_TEST(a_record_that_names_anothers_key_deletes_only_its_own);
    CPPUNIT_TEST(a_record_that_names_anothers_key_is_mended_and_rotates_nothing);
    CPPUNIT_TEST(where_its_own_key_is_gone_the_others_stays);
    CPPUNIT_TEST(check_mode_says_what_the_run_does);
    CPPUNIT_TEST(another_servers_file_stays_one);
    CPPUNIT_TEST(an_id_that_no_key_has_rotates_nothing);
    CPPUNIT_TEST(a_predecessor_that_names_anothers_key_deletes_it_never);
    CPPUNIT_TEST(an_answer_that_names_anothers_key_collects_it_never);
    CPPUNIT_TEST(one_damaged_member_beside_a_right_id_changes_nothing);
    CPPUNIT_TEST(questions_call_anothers_key_not_held);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_record_that_names_anothers_key_deletes_only_its_own() {
        for (const Stranger& stranger : strangers) {
            Setup setup(stranger.name, stranger.user, stranger.later);
            setup.spoil();
            const Report gone = setup.machine.run(setup.infra, desired(plan::State::absent));
            CPPUNIT_ASSERT_EQUAL(std::string("delete delete_file changed"), deeds(gone));
            CPPUNIT_ASSERT(lives(setup.infra, "k2") && !lives(setup.infra, "k1"));
            CPPUNIT_ASSERT(!setup.machine.has("key"));
        }
    }

    void a_record_that_names_anothers_key_is_mended_and_rotates_nothing() {
        for (const Stranger& stranger : strangers) {
            Setup setup(stranger.name, stranger.user, stranger.later);
            setup.spoil();
            for (int round = 0; round < 2; ++round) {
                const Report good = setup.machine.run(setup.infra, desired());
                CPPUNIT_ASSERT_EQUAL(std::string("same"), deeds(good));
                must_contain(contents(setup.machine, record_file), "\"id\": \"k1\"");
            }
            CPPUNIT_ASSERT_EQUAL(std::size_t{2}, setup.infra.keys.size());
            // A try of the secret decides. After the record was repaired, no try is needed.
            CPPUNIT_ASSERT(std::count(setup.infra.calls.begin(), setup.infra.calls.end(), "try") ==
                           0);
        }
    }

    void where_its_own_key_is_gone_the_others_stays() {
        for (const Stranger& stranger : strangers)
            for (const plan::State state : {plan::State::present, plan::State::absent}) {
                Setup setup(stranger.name, stranger.user, stranger.later);
                setup.spoil();
                setup.infra.keys.erase(setup.infra.keys.begin());
                Desired want = desired(state);
                want.adopt = plan::Adopt::replace;
                const Report report = setup.machine.run(setup.infra, want);
                if (stranger.user != "uConnector") { // not listed: the recorded key is gone
                    CPPUNIT_ASSERT_MESSAGE(deeds(report), !report.error);
                    CPPUNIT_ASSERT(lives(setup.infra, "k2"));
                    continue;
                }
                CPPUNIT_ASSERT_EQUAL(std::string("same !secret_unverified"), deeds(report));
                CPPUNIT_ASSERT_EQUAL(std::size_t{1}, report.warnings.size());
                must_contain(report.warnings.at(0), "its record is damaged and not believed");
                CPPUNIT_ASSERT(lives(setup.infra, "k2") && setup.machine.has("key"));
                // The remedy that the error names.
                std::filesystem::remove(setup.machine.path());
                const Report after = setup.machine.run(setup.infra, want);
                CPPUNIT_ASSERT_MESSAGE(deeds(after), !after.error);
                CPPUNIT_ASSERT(lives(setup.infra, "k2"));
            }
    }

    void check_mode_says_what_the_run_does() {
        for (const plan::State state : {plan::State::present, plan::State::absent})
            for (const Stranger& stranger : strangers) {
                Setup setup(stranger.name, stranger.user, stranger.later);
                setup.spoil();
                const Report foretold = setup.machine.run(setup.infra, desired(state), Mode::check);
                const Report run = setup.machine.run(setup.infra, desired(state));
                CPPUNIT_ASSERT_EQUAL(deeds(run), deeds(foretold));
            }
    }

    void another_servers_file_stays_one() {
        for (const plan::State state : {plan::State::present, plan::State::absent}) {
            Setup setup("other", "uConnector", 100);
            setup.spoil();
            replace(setup.machine, record_file, "https://infra.example", "https://else.example");
            const Report report = setup.machine.run(setup.infra, desired(state));
            CPPUNIT_ASSERT_EQUAL(std::string("same !file_of_another_server"), deeds(report));
            CPPUNIT_ASSERT(lives(setup.infra, "k1") && lives(setup.infra, "k2"));
        }
    }

    void an_id_that_no_key_has_rotates_nothing() {
        Setup setup("other", "uConnector", 100);
        replace(setup.machine, record_file, "\"id\": \"k1\"", "\"id\": \"kNone\"");
        for (int round = 0; round < 2; ++round)
            CPPUNIT_ASSERT_EQUAL(std::string("same"),
                                 deeds(setup.machine.run(setup.infra, desired())));
        must_contain(contents(setup.machine, record_file), "\"id\": \"k1\"");
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, setup.infra.keys.size());
        // It was deleted, and somebody else made it again within that second: the try decides.
        replace(setup.machine, record_file, "\"id\": \"k1\"", "\"id\": \"kNone\"");
        setup.infra.keys.at(0).secret = FakeInfra::secret_of(99);
        const Report refused = setup.machine.run(setup.infra, desired());
        CPPUNIT_ASSERT_MESSAGE(deeds(refused), refused.error && !refused.changed);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, setup.infra.keys.size());
    }

    void a_predecessor_that_names_anothers_key_deletes_it_never() {
        for (const Stranger& stranger : strangers)
            for (const plan::State state : {plan::State::present, plan::State::absent}) {
                Setup setup(stranger.name, stranger.user, stranger.later);
                Desired want = desired();
                want.overlap = Duration::from_seconds(hour);
                want.renew_before = Duration::from_seconds(8766 * hour - 1);
                const Report rotated = setup.machine.run(setup.infra, want);
                CPPUNIT_ASSERT_EQUAL(std::string("create changed"), deeds(rotated));
                replace(setup.machine, record_file, "\"id\": \"k1\"", "\"id\": \"k2\"");
                setup.infra.use(setup.infra.keys.at(2)); // the consumer uses the new one
                want.renew_before.reset();
                want.state = state;
                for (int round = 0; round < 3; ++round) {
                    setup.infra.now += 2 * hour;
                    setup.infra.use(setup.infra.keys.back());
                    setup.machine.run(setup.infra, want);
                }
                CPPUNIT_ASSERT(lives(setup.infra, "k2"));
            }
    }

    void an_answer_that_names_anothers_key_collects_it_never() {
        for (const Stranger& stranger : strangers) {
            Setup setup(stranger.name, stranger.user, stranger.later);
            const Timestamp now = Timestamp::from_unix(setup.infra.now);
            setup.machine.write(R"({"format": "infrastate intents", "version": "1.1", "intents": [
                {"host": "https://infra.example", "user": "connector", "user_id": "uConnector",
                 "name": "web", "key_name": "web.rot-1-0123abcd", "asked": {},
                 "sent_expiry": "8766h", "sent_inactivity_timeout": "72h", "recognisable": true,
                 "started": ")" + now.plus_seconds(-hour).text() +
                                    R"(", "until": ")" + now.text() +
                                    R"(", "seen": [], "predecessors": [], "answered": "k2"}]})",
                                intents_file);
            for (const plan::State state : {plan::State::present, plan::State::absent}) {
                setup.machine.run(setup.infra, desired(state));
                CPPUNIT_ASSERT(lives(setup.infra, "k2"));
            }
        }
    }

    /// If any single member is damaged, the right id is still believed.
    void one_damaged_member_beside_a_right_id_changes_nothing() {
        const std::vector<std::pair<std::string, std::string>> wrong{
            {"\"user\": \"connector\"", "\"user\": \"dev@example.com\""},
            {"\"user_id\": \"uConnector\"", "\"user_id\": \"uDev\""},
            {"\"key_name\": \"web\"", "\"key_name\": \"other\""},
            {"\"created\": \"2027", "\"created\": \"2026"}};
        for (const auto& [from, to] : wrong) {
            Setup setup("other", "uConnector", 100);
            const std::string before = contents(setup.machine, record_file);
            replace(setup.machine, record_file, from, to);
            const Report good = setup.machine.run(setup.infra, desired());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(to, std::string("same"), deeds(good));
            CPPUNIT_ASSERT_EQUAL(std::size_t{2}, setup.infra.keys.size());
        }
    }

    void questions_call_anothers_key_not_held() {
        Setup setup("other", "uConnector", 100);
        setup.spoil();
        plan::InfoQuery query;
        query.host = "https://infra.example";
        query.user = "connector";
        auto store =
            must(store::open_secret_file({setup.machine.path(), {}, {}, {}}, *setup.machine.files));
        query.holder = plan::RecordedFile{"key", must(store->look()).record};
        ports::KeyQuery all;
        auto listed = must(setup.infra.list(all));
        const auto info = plan::inspect_keys(query, listed.rows, listed.time);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, info.keys.size());
        for (const plan::KeyInfo& key : info.keys)
            CPPUNIT_ASSERT(!*key.held);
        must_contain(info.warnings.at(0), "is damaged: it names a key (id k2)");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReconcileWrongIdTest);

} // namespace
} // namespace infrastate
