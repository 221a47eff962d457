// SPDX-License-Identifier: Apache-2.0
// What a caller may not list is not absent. A caller who asks for keys of others gets PERMISSION,
// from the client and in every kind of run. "0 keys" is said only about what may be seen.
#include "fake_disk.h"
#include "fake_infra.h"
#include "scripted_sender.h"
#include "support/check.h"

#include "infrastate/client/infra_client.h"
#include "infrastate/json/json.h"
#include "infrastate/reconcile/access_key_info.h"
#include "infrastate/store/secret_file.h"
#include "infrastate/wire/access_key_info.h"

namespace infrastate {
namespace {

using client::InfraClient;
using ports::KeyQuery;
using test::must;
using test::must_contain;
using test::must_fail;
using test::ScriptedSender;

constexpr const char* self_name = "dev@example.com";
constexpr const char* self_id = "2vc1qPQuM9v";

std::string error_text(int code, const std::string& message) {
    return json::write(Value::object({{"code", code}, {"message", message}}));
}
std::string no_keys() {
    return json::write(Value::object({{"page", 1},
                                      {"limit", 1000},
                                      {"totalPages", 0},
                                      {"totalCount", 0},
                                      {"count", 0},
                                      {"items", Value::array()}}));
}

/// A server that shows a caller only its own keys, as Infra does for a user without a role. It
/// gives what the client would return, without HTTP.
class OwnKeysOnly final : public test::ServerPorts {
public:
    OwnKeysOnly(test::FakeInfra& all, std::string self) : all_(all), self_(std::move(self)) {}

    Result<ports::KeyListing> list(const KeyQuery& query) override {
        const std::string id = self_ == self_name ? "uDev" : "uConnector";
        if (query.user_id && query.user_id->text() == id) return all_.list(query);
        const bool own_do =
            !query.user_id &&
            (query.name_of_user.empty() ? query.own_will_do : query.name_of_user == self_);
        if (!own_do) return forbidden();
        KeyQuery own = query;
        own.user_id = test::FakeInfra::id(id);
        auto listing = all_.list(own);
        if (listing) listing->only_of_user = self_;
        return listing;
    }
    Result<std::optional<UserRow>> find_user(const std::string& name) override {
        if (name != self_) return forbidden();
        return all_.find_user(name);
    }
    Result<ServerVersion> version() override { return all_.version(); }
    Result<ports::CreatedKey> create(const ports::NewKey& key) override { return all_.create(key); }
    Result<ports::Removed> remove(const ServerId& id) override { return all_.remove(id); }
    Result<ports::TryAnswer> try_secret(const Secret& secret) override {
        return all_.try_secret(secret);
    }
    bool may_start_change() const override { return true; }
    void enter_completion() override {}
    ports::Completion completion() const override { return {}; }
    void enter_cleanup() override {}

private:
    static Error forbidden() { return Error{Code::permission, "requires role admin", {}, {}, 403}; }
    test::FakeInfra& all_;
    std::string self_;
};

class VisibilityTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(VisibilityTest);
    CPPUNIT_TEST(a_listing_falls_back_to_own_keys_only_where_those_are_wanted);
    CPPUNIT_TEST(a_caller_that_may_not_see_is_told_what_follows_from_it);
    CPPUNIT_TEST(no_run_calls_a_key_absent_that_its_caller_may_not_see);
    CPPUNIT_TEST(recorded_keys_of_others_must_be_visible_too);
    CPPUNIT_TEST(own_keys_are_managed_by_a_caller_that_sees_no_others);
    CPPUNIT_TEST(a_question_about_others_is_refused_and_one_about_all_says_what_it_shows);
    CPPUNIT_TEST_SUITE_END();

    const Secret token_{"aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"};

    /// What a plain user who logged in gets for `query`. The server answers 403, then the user's
    /// own keys.
    Result<ports::KeyListing> list(ScriptedSender& sender, const KeyQuery& query) const {
        sender
            .answer(201, json::write(Value::object({{"userID", self_id},
                                                    {"name", self_name},
                                                    {"accessKey", token_.reveal()},
                                                    {"expires", "2026-12-23T01:56:39Z"}})))
            .answer(403, error_text(403, "you do not have permission to list access keys"))
            .answer(200, no_keys());
        InfraClient api(sender, token_, {});
        must(api.login(self_name, Secret("x")));
        return api.keys().list(query);
    }

    static plan::Desired desired(const std::string& user,
                                 plan::State state = plan::State::present) {
        return {.state = state, .name = must(KeyName::parse("example")), .user = user};
    }
    static std::string told(const plan::Desired& want, reconcile::Mode mode,
                            test::ServerPorts& api) {
        const auto report = test::run(want, mode, api);
        CPPUNIT_ASSERT(!report.changed);
        return report.error ? std::string(code_name(report.error->code)) : report.explanation;
    }

public:
    void a_listing_falls_back_to_own_keys_only_where_those_are_wanted() {
        struct Row {
            KeyQuery query;
            bool own;
        };
        const auto other = must(ServerId::parse("2vc1qNZcG2w"));
        for (const Row& row :
             {Row{{}, false}, Row{{.own_will_do = true}, true},
              Row{{.name_of_user = self_name}, true}, Row{{.name_of_user = "connector"}, false},
              Row{{.name_of_user = "connector", .own_will_do = true}, false},
              Row{{.name = "example", .name_of_user = self_name}, true},
              Row{{.name = "example", .name_of_user = "connector"}, false},
              Row{{.name = "example"}, false}, Row{{.user_id = other}, false},
              Row{{.user_id = other, .name_of_user = self_name, .own_will_do = true}, false}}) {
            ScriptedSender sender;
            const auto listing = list(sender, row.query);
            CPPUNIT_ASSERT_EQUAL(row.own, listing.ok());
            CPPUNIT_ASSERT_EQUAL(row.own, sender.finished());
            if (row.own)
                CPPUNIT_ASSERT_EQUAL(std::string(self_name), listing->only_of_user);
            else
                CPPUNIT_ASSERT_EQUAL(Code::permission, listing.error().code);
        }
    }

    void a_caller_that_may_not_see_is_told_what_follows_from_it() {
        ScriptedSender session, key;
        const Error by_login = must_fail(list(session, {}));
        CPPUNIT_ASSERT_EQUAL(std::string("username"), by_login.field);
        must_contain(by_login.message, "cannot tell what exists");
        must_contain(by_login.message, "role admin");
        for (int i = 0; i < 2; ++i)
            key.answer(403, error_text(403, "you do not have permission to list users"));
        InfraClient api(key, token_, {});
        for (const Error& error : {must_fail(api.keys().list({.own_will_do = true})),
                                   must_fail(api.directory().find_user("connector"))}) {
            CPPUNIT_ASSERT_EQUAL(Code::permission, error.code);
            CPPUNIT_ASSERT_EQUAL(std::string("access_key"), error.field);
            must_contain(error.message, "cannot tell what exists");
        }
    }

    void no_run_calls_a_key_absent_that_its_caller_may_not_see() {
        for (const bool exists : {true, false}) {
            test::FakeInfra infra;
            if (exists) infra.add("example", "uConnector", 3600, 3600);
            OwnKeysOnly api(infra, self_name);
            for (const auto state : {plan::State::present, plan::State::absent})
                for (const bool by_id : {false, true})
                    for (const auto mode : {reconcile::Mode::check, reconcile::Mode::apply}) {
                        auto want = desired("connector", state);
                        if (by_id) want.id = test::FakeInfra::id("k1");
                        want.named = !by_id || state == plan::State::present;
                        CPPUNIT_ASSERT_EQUAL(std::string("PERMISSION"), told(want, mode, api));
                    }
            CPPUNIT_ASSERT_EQUAL(std::size_t{exists}, infra.keys.size());
        }
    }

    void recorded_keys_of_others_must_be_visible_too() {
        test::FakeInfra infra;
        test::FakeDisk disk;
        const auto run = [&](test::ServerPorts& api, plan::Desired want) {
            want.secret_file = true;
            want.host = "https://infra.example.com";
            test::FakeHost host;
            const auto store = must(store::open_secret_file({"/keys/key", {}, {}, {}}, disk));
            reconcile::Context context{api.with(host), store.get()};
            return reconcile::reconcile_access_key(want, reconcile::Mode::apply, context);
        };
        CPPUNIT_ASSERT(run(infra, desired("connector")).changed);
        const std::string kept = disk.text("/keys/key");
        OwnKeysOnly api(infra, self_name);
        for (const auto state : {plan::State::present, plan::State::absent}) {
            const auto report = run(api, desired(self_name, state));
            CPPUNIT_ASSERT(report.error && report.error->code == Code::permission);
            CPPUNIT_ASSERT(!report.changed);
        }
        CPPUNIT_ASSERT_EQUAL(kept, disk.text("/keys/key"));
    }

    void own_keys_are_managed_by_a_caller_that_sees_no_others() {
        test::FakeInfra infra;
        infra.add("example", "uConnector", 3600, 3600);
        OwnKeysOnly api(infra, self_name);
        must_contain(told(desired(self_name, plan::State::absent), reconcile::Mode::apply, api),
                     "does not exist");
        const auto made = test::run(desired(self_name), reconcile::Mode::apply, api);
        CPPUNIT_ASSERT(made.changed && !made.error);
        const auto gone =
            test::run(desired(self_name, plan::State::absent), reconcile::Mode::apply, api);
        CPPUNIT_ASSERT(gone.changed && !gone.error);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, infra.keys.size());
    }

    void a_question_about_others_is_refused_and_one_about_all_says_what_it_shows() {
        test::FakeInfra infra;
        infra.add("example", "uConnector", 3600, 3600);
        OwnKeysOnly api(infra, self_name);
        const auto ask = [&](const plan::InfoQuery& query) {
            return wire::access_key_info_result(reconcile::find_access_keys(query, api, api));
        };
        plan::InfoQuery by_name, by_user, everything;
        by_name.name = must(KeyName::parse("example"));
        by_user.user = "connector";
        for (const auto& query : {by_name, by_user})
            CPPUNIT_ASSERT_EQUAL(std::string("PERMISSION"), std::string(ask(query).text("code")));
        const Value all = ask(everything);
        CPPUNIT_ASSERT(all.flag("ok"));
        must_contain(std::string(all.text("explanation")),
                     "0 access keys of user 'dev@example.com' were found");
        must_contain(std::string(all.text("explanation")), "may not be listed");
        by_name.user = self_name;
        CPPUNIT_ASSERT(ask(by_name).flag("ok"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(VisibilityTest);

} // namespace
} // namespace infrastate
