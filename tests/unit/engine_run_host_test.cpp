// SPDX-License-Identifier: Apache-2.0
// The host of a run: waiting within its deadline, the time left, random numbers; and a store that
// is watched.
#include "../../src/engine/run_host.h"
#include "../../src/engine/watched_store.h"
#include "scripted_sender.h"
#include "support/check.h"

#include <set>

namespace infrastate {
namespace {

using test::must;
using test::must_contain;
using test::must_fail;

const Secret own_token("cccccccccc.dddddddddddddddddddddddd");

client::RunBudget budget(std::int64_t milliseconds,
                         const transport::CancelToken* cancel = nullptr) {
    client::RunBudget out;
    out.timeout = std::chrono::milliseconds(milliseconds);
    out.cancel = cancel;
    return out;
}

/// A store with one secret in the file and another left over.
class TwoSecrets final : public ports::SecretStore {
public:
    std::vector<std::string> calls;

    Result<ports::StoreView> look() override {
        ports::StoreView out;
        out.file = ports::StoreView::File::secret;
        out.secret.emplace("aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb");
        out.leftover.emplace("eeeeeeeeee.ffffffffffffffffffffffff");
        return out;
    }
    Result<void> lock(const std::function<bool()>&) override { return called("lock"); }
    void unlock() noexcept override {}
    Result<void> may_lock() override { return called("may_lock"); }
    Result<void> prepare(bool) override { return called("prepare"); }
    Result<void> prepare_removal() override { return called("prepare_removal"); }
    Result<void> put_intents(const std::vector<Intent>&) override { return called("put_intents"); }
    Result<void> put_new_secret(const Secret&) override { return called("put_new_secret"); }
    Result<void> sync_new_secret() override { return called("sync_new_secret"); }
    Result<void> put_record(const Record&) override { return called("put_record"); }
    Result<void> publish() override { return called("publish"); }
    Result<void> drop_new_secret() override { return called("drop_new_secret"); }
    Result<void> set_attributes() override { return called("set_attributes"); }
    Result<void> remove_all() override { return called("remove_all"); }
    std::string digest_of(const Secret& secret) const override {
        return std::string(secret.reveal().substr(0, 1));
    }

private:
    Result<void> called(const char* name) {
        calls.emplace_back(name);
        return {};
    }
};

class EngineRunHostTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(EngineRunHostTest);
    CPPUNIT_TEST(a_pause_ends_after_its_time);
    CPPUNIT_TEST(a_pause_beyond_the_deadline_is_refused_at_once);
    CPPUNIT_TEST(a_cancelled_run_does_not_wait);
    CPPUNIT_TEST(the_time_left_is_rounded_up_and_never_negative);
    CPPUNIT_TEST(a_run_goes_on_only_while_there_is_time_for_a_change);
    CPPUNIT_TEST(chance_differs_from_call_to_call);
    CPPUNIT_TEST(a_watched_store_tells_each_secret_to_the_masker);
    CPPUNIT_TEST(a_watched_store_passes_every_call_on);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_pause_ends_after_its_time() {
        test::ScriptedSender sender;
        client::InfraClient api(sender, own_token, budget(60'000));
        engine::RunHost host(api);
        const auto start = std::chrono::steady_clock::now();
        must(host.pause(20));
        CPPUNIT_ASSERT(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(20));
    }

    void a_pause_beyond_the_deadline_is_refused_at_once() {
        test::ScriptedSender sender;
        client::InfraClient api(sender, own_token, budget(60'000));
        engine::RunHost host(api);
        const Error error = must_fail(host.pause(3'600'000));
        CPPUNIT_ASSERT_EQUAL(Code::deadline, error.code);
        CPPUNIT_ASSERT_EQUAL(std::string("timeout"), error.field);
        CPPUNIT_ASSERT(error.retryable);
        must_contain(error.message, "3600000 ms");
    }

    void a_cancelled_run_does_not_wait() {
        test::ScriptedSender sender;
        transport::CancelToken token;
        client::InfraClient api(sender, own_token, budget(60'000, &token));
        engine::RunHost host(api);
        CPPUNIT_ASSERT(host.may_go_on());
        token.set();
        CPPUNIT_ASSERT_EQUAL(Code::cancelled, must_fail(host.pause(30'000)).code);
        CPPUNIT_ASSERT(!host.may_go_on());
    }

    void the_time_left_is_rounded_up_and_never_negative() {
        test::ScriptedSender sender;
        client::InfraClient api(sender, own_token, budget(3'600'000));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3600}, engine::RunHost(api).seconds_left());
        client::InfraClient late(sender, own_token, budget(0));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, engine::RunHost(late).seconds_left());
    }

    void a_run_goes_on_only_while_there_is_time_for_a_change() {
        test::ScriptedSender sender;
        client::InfraClient late(sender, own_token, budget(0));
        CPPUNIT_ASSERT(!engine::RunHost(late).may_go_on());
    }

    void chance_differs_from_call_to_call() {
        test::ScriptedSender sender;
        client::InfraClient api(sender, own_token, budget(1000));
        engine::RunHost host(api);
        std::set<std::uint32_t> seen;
        for (int i = 0; i < 64; ++i)
            seen.insert(host.random());
        // Two equal ones among 64 have a probability of 1 in 2 million; three never occur.
        CPPUNIT_ASSERT(seen.size() >= 62);
    }

    void a_watched_store_tells_each_secret_to_the_masker() {
        TwoSecrets store;
        Masker seen;
        engine::WatchedStore watched(store, seen);
        must(watched.look());
        must(watched.look());
        CPPUNIT_ASSERT(seen.is_secret("aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"));
        CPPUNIT_ASSERT(seen.is_secret("eeeeeeeeee.ffffffffffffffffffffffff"));
    }

    void a_watched_store_passes_every_call_on() {
        TwoSecrets store;
        Masker seen;
        engine::WatchedStore watched(store, seen);
        must(watched.lock([] { return true; }));
        must(watched.may_lock());
        must(watched.prepare(false));
        must(watched.prepare_removal());
        must(watched.put_intents({}));
        must(watched.put_new_secret(own_token));
        must(watched.sync_new_secret());
        must(watched.publish());
        must(watched.drop_new_secret());
        must(watched.set_attributes());
        must(watched.remove_all());
        watched.unlock();
        CPPUNIT_ASSERT_EQUAL(std::string("c"), watched.digest_of(own_token));
        CPPUNIT_ASSERT(
            (store.calls ==
             std::vector<std::string>{"lock", "may_lock", "prepare", "prepare_removal",
                                      "put_intents", "put_new_secret", "sync_new_secret", "publish",
                                      "drop_new_secret", "set_attributes", "remove_all"}));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EngineRunHostTest);

} // namespace
} // namespace infrastate
