// SPDX-License-Identifier: Apache-2.0
// Result object out: its form is the same in the module and in the library.
#include "fake_infra.h"
#include "support/check.h"

#include "infrastate/wire/access_key.h"
#include "infrastate/wire/result.h"

namespace infrastate {
namespace {

using reconcile::Mode;
using test::FakeInfra;
using test::must;
using test::must_contain;
using test::must_fail;

class WireTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(WireTest);
    CPPUNIT_TEST(a_created_key_is_reported_with_its_secret);
    CPPUNIT_TEST(a_result_always_has_the_same_members);
    CPPUNIT_TEST(a_failure_before_any_plan_has_no_reason);
    CPPUNIT_TEST(a_diff_shows_what_the_actions_change);
    CPPUNIT_TEST(a_never_used_key_has_no_last_use);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_created_key_is_reported_with_its_secret() {
        FakeInfra infra;
        const Value result = run(infra, {{"name", "example"}, {"expires_in", "90m"}});
        CPPUNIT_ASSERT_EQUAL(true, result.find("ok")->boolean());
        CPPUNIT_ASSERT_EQUAL(std::string("OK"), result.find("code")->string());
        CPPUNIT_ASSERT_EQUAL(std::string("changed"), result.find("outcome")->string());
        CPPUNIT_ASSERT_EQUAL(std::string("create"), result.find("actions")->items().at(0).string());
        CPPUNIT_ASSERT_EQUAL(FakeInfra::secret_of(1), result.find("secret")->string());
        CPPUNIT_ASSERT_EQUAL(true, result.find("secret_known")->boolean());
        const Value& key = *result.find("resource");
        CPPUNIT_ASSERT_EQUAL(std::string("1h30m0s"), key.find("expires_in")->string());
        CPPUNIT_ASSERT_EQUAL(std::string("72h0m0s"), key.find("inactivity_timeout")->string());
        CPPUNIT_ASSERT_EQUAL(std::string("connector"), key.find("user")->string());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5400}, key.find("remaining_seconds")->integer());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, key.find("remaining_percent")->integer());
    }

    void a_result_always_has_the_same_members() {
        FakeInfra infra;
        const Value made = run(infra, {{"name", "example"}});
        const Value same = run(infra, {{"name", "example"}});
        const Value failed = run(infra, {{"name", "another"}, {"user", "nobody"}});
        const Value early = wire::failed_result(argument_error("name", "name: is missing"),
                                                *schema::find_resource("access_key"));
        for (const char* member :
             {"ok", "code", "outcome", "changed", "reason", "reasons", "actions", "explanation",
              "resource", "secret", "secret_known", "diff", "warnings"})
            for (const Value* result : {&made, &same, &failed, &early})
                CPPUNIT_ASSERT_MESSAGE(member, result->find(member) != nullptr);
        CPPUNIT_ASSERT(made.find("error") == nullptr);
        CPPUNIT_ASSERT_EQUAL(std::string("user"), failed.find("error")->find("field")->string());
        CPPUNIT_ASSERT_EQUAL(std::string("absent"), failed.find("reason")->string());
        CPPUNIT_ASSERT(failed.find("diff")->is_null());
        CPPUNIT_ASSERT(same.find("secret")->is_null());
    }

    void a_failure_before_any_plan_has_no_reason() {
        struct Down final : test::ServerPorts {
            Result<ports::KeyListing> list(const ports::KeyQuery&) override { return gone(); }
            Result<std::optional<UserRow>> find_user(const std::string&) override { return gone(); }
            Result<ServerVersion> version() override { return gone(); }
            Result<ports::CreatedKey> create(const ports::NewKey&) override { return gone(); }
            Result<ports::Removed> remove(const ServerId&) override { return gone(); }
            Result<ports::TryAnswer> try_secret(const Secret&) override { return gone(); }
            bool may_start_change() const override { return true; }
            void enter_completion() override {}
            ports::Completion completion() const override { return {}; }
            void enter_cleanup() override {}
            static Error gone() { return Error{Code::transport, "no route", {}, "unreachable"}; }
        } down;
        const auto desired = must(wire::desired_access_key(Value::object({{"name", "example"}})));
        const Value result = wire::access_key_result(test::run(desired, Mode::apply, down));
        CPPUNIT_ASSERT(result.find("reason")->is_null());
        CPPUNIT_ASSERT_EQUAL(std::string("TRANSPORT"), result.find("code")->string());
        CPPUNIT_ASSERT_EQUAL(std::string("no route"),
                             result.find("error")->find("message")->string());
        CPPUNIT_ASSERT_EQUAL(false, result.find("changed")->boolean());
    }

    void a_diff_shows_what_the_actions_change() {
        FakeInfra infra;
        const Value made = run(infra, {{"name", "example"}});
        CPPUNIT_ASSERT_EQUAL(std::string("absent"), side(made, "before", "state"));
        CPPUNIT_ASSERT_EQUAL(std::string("8766h0m0s"), side(made, "after", "expires_in"));
        const Value replaced = run(infra, {{"name", "example"}, {"inactivity_timeout", "1h"}});
        CPPUNIT_ASSERT_EQUAL(std::string("72h0m0s"),
                             side(replaced, "before", "inactivity_timeout"));
        CPPUNIT_ASSERT_EQUAL(std::string("1h0m0s"), side(replaced, "after", "inactivity_timeout"));
        CPPUNIT_ASSERT(replaced.find("diff")->find("after")->find("id") == nullptr);
        const Value same = run(infra, {{"name", "example"}});
        CPPUNIT_ASSERT(*same.find("diff")->find("before") == *same.find("diff")->find("after"));
        const Value removed = run(infra, {{"name", "example"}, {"state", "absent"}});
        CPPUNIT_ASSERT_EQUAL(std::string("absent"), side(removed, "after", "state"));
        CPPUNIT_ASSERT(removed.find("resource")->is_null());
    }

    void a_never_used_key_has_no_last_use() {
        FakeInfra infra;
        infra.add("example", "uConnector", 7200, 7200);
        CPPUNIT_ASSERT(
            run(infra, {{"name", "example"}}).find("resource")->find("last_used")->is_null());
        infra.now += 60;
        infra.keys[0].last_used = infra.now;
        CPPUNIT_ASSERT_EQUAL(
            Timestamp::from_unix(infra.now).text(),
            run(infra, {{"name", "example"}}).find("resource")->find("last_used")->string());
    }

private:
    static Value run(FakeInfra& infra,
                     std::initializer_list<std::pair<std::string_view, Value>> parameters) {
        const auto desired = must(wire::desired_access_key(test::object_of(parameters)));
        return wire::access_key_result(test::run(desired, Mode::apply, infra));
    }
    static std::string side(const Value& result, const char* which, const char* attribute) {
        return result.find("diff")->find(which)->find(attribute)->string();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WireTest);

} // namespace
} // namespace infrastate
