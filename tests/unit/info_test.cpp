// SPDX-License-Identifier: Apache-2.0
// What is reported about keys that a run does not change: status, use, family, holder, expiry; and
// which requests that takes.
#include "fake_infra.h"
#include "support/check.h"

#include "infrastate/wire/access_key_info.h"

namespace infrastate {
namespace {

using plan::InfoQuery;
using plan::KeysInfo;
using plan::Status;
using plan::Usage;
using test::FakeInfra;
using test::must;
using test::must_contain;
using test::must_fail;

constexpr const char* server = "https://infra.example.com";

class InfoTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(InfoTest);
    CPPUNIT_TEST(status_follows_the_servers_clock);
    CPPUNIT_TEST(use_is_recent_older_or_never);
    CPPUNIT_TEST(a_family_is_a_name_and_what_rotations_made_of_it);
    CPPUNIT_TEST(names_that_only_look_like_rotations_are_their_own_family);
    CPPUNIT_TEST(a_user_is_looked_up_and_only_its_keys_are_listed);
    CPPUNIT_TEST(everything_is_one_listing);
    CPPUNIT_TEST(an_unknown_user_is_an_error_and_not_an_empty_list);
    CPPUNIT_TEST(a_holder_alone_selects_the_family_of_its_record);
    CPPUNIT_TEST(members_of_the_holders_family_that_its_record_does_not_name_are_unheld);
    CPPUNIT_TEST(a_record_of_another_server_holds_nothing_here);
    CPPUNIT_TEST(the_same_server_under_another_name_is_known_by_the_key);
    CPPUNIT_TEST(a_record_that_lost_its_names_selects_what_it_holds);
    CPPUNIT_TEST(a_holder_without_a_record_selects_nothing_and_says_so);
    CPPUNIT_TEST(the_longest_lived_member_of_a_family_decides_about_expiry);
    CPPUNIT_TEST(a_family_without_a_live_key_is_complained_of);
    CPPUNIT_TEST(that_there_is_no_key_at_all_is_complained_of);
    CPPUNIT_TEST(a_complaint_names_at_most_five_families);
    CPPUNIT_TEST(a_result_has_every_key_also_where_it_complains);
    CPPUNIT_TEST(a_failed_question_has_no_keys);
    CPPUNIT_TEST_SUITE_END();

public:
    void status_follows_the_servers_clock() {
        FakeInfra infra;
        infra.add("expired", "uConnector", 10, 100);
        infra.add("inactive", "uConnector", 100, 10);
        infra.add("live", "uConnector", 100, 100);
        infra.now += 10;
        const KeysInfo info = find(infra, {});
        CPPUNIT_ASSERT(info.keys.at(0).status == Status::expired);
        CPPUNIT_ASSERT(info.keys.at(1).status == Status::inactive);
        CPPUNIT_ASSERT(info.keys.at(2).status == Status::live);
        CPPUNIT_ASSERT(info.warnings.empty());
        infra.exact_time = false;
        must_contain(find(infra, {}).warnings.at(0), "this machine's clock");
    }

    void use_is_recent_older_or_never() {
        FakeInfra infra;
        infra.add("never", "uConnector", 100'000, 100'000);
        infra.add("old", "uConnector", 100'000, 100'000).last_used = infra.now + 100;
        infra.add("recent", "uConnector", 100'000, 100'000).last_used = infra.now + 101;
        infra.now += 3701;
        const KeysInfo info = find(infra, {});
        CPPUNIT_ASSERT(info.keys.at(0).usage == Usage::never_used);
        CPPUNIT_ASSERT(!info.keys.at(0).idle_seconds);
        CPPUNIT_ASSERT(info.keys.at(1).usage == Usage::idle);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3601}, info.keys.at(1).idle_seconds.value());
        CPPUNIT_ASSERT(info.keys.at(2).usage == Usage::in_use);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3600}, info.keys.at(2).idle_seconds.value());
    }

    void a_family_is_a_name_and_what_rotations_made_of_it() {
        FakeInfra infra;
        infra.add("example.rot-2-0123abcd", "uConnector", 100, 100);
        infra.add("example", "uConnector", 100, 100);
        infra.add("example-2", "uConnector", 100, 100);
        infra.add("example", "uDev", 100, 100);
        InfoQuery query;
        query.name = must(KeyName::parse("example"));
        const KeysInfo info = find(infra, query);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, info.keys.size());
        CPPUNIT_ASSERT_EQUAL(std::string("example"), info.keys[0].row.name);
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{2}, info.keys[1].rotation);
        CPPUNIT_ASSERT_EQUAL(std::string("example"), info.keys[1].family);
        CPPUNIT_ASSERT_EQUAL(std::string("dev@example.com"), info.keys[2].row.user_name);
        CPPUNIT_ASSERT(!info.keys[0].held);
    }

    void names_that_only_look_like_rotations_are_their_own_family() {
        FakeInfra infra;
        for (const char* name : {"a.rot-0-0123abcd", "a.rot-1-0123abc", ".rot-1-0123abcd",
                                 "a b.rot-1-0123abcd", "x.rot-1-0123abcd"})
            infra.add(name, "uConnector", 100, 100);
        for (const plan::KeyInfo& key : find(infra, {}).keys)
            if (key.row.name != "x.rot-1-0123abcd") {
                CPPUNIT_ASSERT_EQUAL(key.row.name, key.family);
                CPPUNIT_ASSERT_EQUAL(std::uint32_t{0}, key.rotation);
            }
    }

    void a_user_is_looked_up_and_only_its_keys_are_listed() {
        FakeInfra infra;
        infra.add("example", "uConnector", 100, 100);
        infra.add("example", "uDev", 100, 100);
        InfoQuery query;
        query.user = "dev@example.com";
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, find(infra, query).keys.size());
        CPPUNIT_ASSERT((infra.calls == std::vector<std::string>{"user", "list user"}));
    }

    void everything_is_one_listing() {
        FakeInfra infra;
        infra.add("example", "uConnector", 100, 100);
        infra.add("example", "uDev", 100, 100);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, find(infra, {}).keys.size());
        CPPUNIT_ASSERT((infra.calls == std::vector<std::string>{"list"}));
    }

    void an_unknown_user_is_an_error_and_not_an_empty_list() {
        FakeInfra infra;
        InfoQuery query;
        query.user = "nobody@example.com";
        const Error error = must_fail(reconcile::find_access_keys(query, infra, infra));
        CPPUNIT_ASSERT_EQUAL(Code::not_found, error.code);
        CPPUNIT_ASSERT_EQUAL(std::string("user"), error.field);
    }

    void a_holder_alone_selects_the_family_of_its_record() {
        FakeInfra infra;
        infra.add("example", "uConnector", 100, 100);
        infra.add("other", "uConnector", 100, 100);
        const KeysInfo info = find(infra, held_by("k1", "example"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, info.keys.size());
        CPPUNIT_ASSERT_EQUAL(true, info.keys[0].held.value());
        CPPUNIT_ASSERT((infra.calls == std::vector<std::string>{"user", "list user"}));
        CPPUNIT_ASSERT(info.unheld.empty() && info.warnings.empty());
    }

    void members_of_the_holders_family_that_its_record_does_not_name_are_unheld() {
        FakeInfra infra;
        infra.add("former", "uConnector", 100, 100); // k1, a predecessor under a former name
        infra.add("example", "uConnector", 100, 100);
        infra.add("example.rot-1-0123abcd", "uConnector", 100, 100);
        infra.add("example.rot-2-0123abcd", "uConnector", 1, 100); // dead: nobody needs its secret
        infra.now += 2;
        InfoQuery query = held_by("k2", "example");
        query.holder->record->predecessors = {{FakeInfra::id("k1"), "connector", "former"}};
        const KeysInfo info = find(infra, query);
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, info.keys.size());
        CPPUNIT_ASSERT((info.unheld == std::vector<ServerId>{FakeInfra::id("k3")}));
        for (const plan::KeyInfo& key : info.keys)
            CPPUNIT_ASSERT_EQUAL(key.row.id.text() == "k1" || key.row.id.text() == "k2",
                                 key.held.value());
    }

    void a_record_of_another_server_holds_nothing_here() {
        FakeInfra infra;
        infra.add("example", "uConnector", 100, 100);
        InfoQuery query = held_by("k9", "example");
        query.holder->record->host = "https://other.example.com";
        const KeysInfo info = find(infra, query);
        CPPUNIT_ASSERT(info.keys.empty() && info.unheld.empty());
        must_contain(info.warnings.at(0), "https://other.example.com, another server");
        query.user = "connector";
        CPPUNIT_ASSERT_EQUAL(false, find(infra, query).keys.at(0).held.value());
        // Its user need not exist here either.
        query.user.reset();
        query.holder->record->user = "nobody";
        CPPUNIT_ASSERT(find(infra, query).keys.empty());
    }

    void the_same_server_under_another_name_is_known_by_the_key() {
        FakeInfra infra;
        infra.add("example", "uConnector", 100, 100);
        InfoQuery query = held_by("k1", "example");
        query.holder->record->host = "https://former.example.com";
        const KeysInfo info = find(infra, query);
        CPPUNIT_ASSERT_EQUAL(true, info.keys.at(0).held.value());
        CPPUNIT_ASSERT(info.warnings.empty());
    }

    void a_record_that_lost_its_names_selects_what_it_holds() {
        FakeInfra infra;
        infra.add("example", "uConnector", 100, 100);
        infra.add("other", "uConnector", 100, 100);
        InfoQuery query = held_by("k1", "example");
        query.holder->record->name.clear();
        query.holder->record->user.clear();
        const KeysInfo info = find(infra, query);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, info.keys.size());
        CPPUNIT_ASSERT_EQUAL(true, info.keys[0].held.value());
    }

    void a_holder_without_a_record_selects_nothing_and_says_so() {
        FakeInfra infra;
        infra.add("example", "uConnector", 100, 100);
        InfoQuery query;
        query.holder = plan::RecordedFile{.path = "/etc/key"};
        const KeysInfo none = find(infra, query);
        CPPUNIT_ASSERT(none.keys.empty());
        must_contain(none.warnings.at(0), "no record beside /etc/key");
        query.user = "connector";
        CPPUNIT_ASSERT_EQUAL(false, find(infra, query).keys.at(0).held.value());
    }

    void the_longest_lived_member_of_a_family_decides_about_expiry() {
        FakeInfra infra;
        infra.add("example", "uConnector", 100, 1000);
        infra.add("example.rot-1-0123abcd", "uConnector", 3600, 1000);
        CPPUNIT_ASSERT(!find(infra, due("connector", 3600)).expiring);
        infra.now += 1;
        const KeysInfo info = find(infra, due("connector", 3600));
        const Error error = info.expiring.value();
        CPPUNIT_ASSERT_EQUAL(Code::refused, error.code);
        CPPUNIT_ASSERT_EQUAL(std::string("fail_if_expiring_within"), error.field);
        CPPUNIT_ASSERT_EQUAL(std::string("expiring"), error.detail);
        must_contain(error.message, "fail_if_expiring_within 1h0m0s: 'example' of user "
                                    "'connector' expires at ");
        must_contain(error.message, "in 59m59s");
    }

    void a_family_without_a_live_key_is_complained_of() {
        FakeInfra infra;
        infra.add("example", "uConnector", 100'000, 10);
        infra.now += 11;
        must_contain(find(infra, due("connector", 60)).expiring.value().message,
                     "'example' of user 'connector' has no live key any more");
    }

    void that_there_is_no_key_at_all_is_complained_of() {
        FakeInfra infra;
        InfoQuery query = due("connector", 60);
        must_contain(find(infra, query).expiring.value().message, "there is no access key");
        query.name = must(KeyName::parse("example"));
        must_contain(find(infra, query).expiring.value().message,
                     "there is no access key 'example'");
    }

    void a_complaint_names_at_most_five_families() {
        FakeInfra infra;
        for (char c = 'a'; c < 'h'; ++c)
            infra.add(std::string("key-") + c, "uConnector", 10, 10);
        const std::string said = find(infra, due("connector", 60)).expiring.value().message;
        must_contain(said, "'key-e'");
        test::must_not_contain(said, "'key-f'");
        must_contain(said, "; and 2 more");
    }

    void a_result_has_every_key_also_where_it_complains() {
        FakeInfra infra;
        infra.add("example.rot-1-0123abcd", "uConnector", 10, 10);
        const Value result = wire::access_key_info_result(
            reconcile::find_access_keys(due("connector", 60), infra, infra));
        CPPUNIT_ASSERT(*result.find("ok") == Value(false));
        CPPUNIT_ASSERT(*result.find("code") == Value("REFUSED"));
        CPPUNIT_ASSERT(*result.find("changed") == Value(false));
        CPPUNIT_ASSERT(*result.find("outcome") == Value("none"));
        CPPUNIT_ASSERT(*result.find("error")->find("detail") == Value("expiring"));
        const Value& key = result.find("access_keys")->items().at(0);
        CPPUNIT_ASSERT(*key.find("status") == Value("live"));
        CPPUNIT_ASSERT(*key.find("usage") == Value("never_used"));
        CPPUNIT_ASSERT(*key.find("family") == Value("example"));
        CPPUNIT_ASSERT(*key.find("rotation") == Value(1));
        CPPUNIT_ASSERT(key.find("held")->is_null());
        CPPUNIT_ASSERT(*key.find("remaining_seconds") == Value(10));
        CPPUNIT_ASSERT(result.find("secret") == nullptr);
    }

    void a_failed_question_has_no_keys() {
        const Value result = wire::access_key_info_result(Error{Code::transport, "no route"});
        CPPUNIT_ASSERT(*result.find("ok") == Value(false));
        CPPUNIT_ASSERT(result.find("access_keys")->items().empty());
        CPPUNIT_ASSERT(result.find("server_time")->is_null());
    }

private:
    static KeysInfo find(FakeInfra& infra, const InfoQuery& query) {
        return must(reconcile::find_access_keys(query, infra, infra));
    }
    static InfoQuery held_by(const char* key_id, const char* name) {
        InfoQuery out;
        out.host = server;
        out.holder =
            plan::RecordedFile{.path = "/etc/key",
                               .record = Record{.host = server,
                                                .user = "connector",
                                                .user_id = "uConnector",
                                                .name = name,
                                                .key_name = name,
                                                .id = FakeInfra::id(key_id),
                                                .created = Timestamp::from_unix(1'800'000'000),
                                                .secret_digest = std::string(64, '0')}};
        return out;
    }
    static InfoQuery due(const char* user, std::int64_t seconds) {
        InfoQuery out;
        out.user = user;
        out.fail_if_expiring_within = Duration::from_seconds(seconds);
        return out;
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(InfoTest);

} // namespace
} // namespace infrastate
