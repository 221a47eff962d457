// SPDX-License-Identifier: Apache-2.0
// The runs of a batch and the result of each, if memory runs out between them.
#include "../../src/engine/batch.h"
#include "client_answers.h"
#include "client_changes.h"

#include "infrastate/schema/check.h"
#include "infrastate/store/files.h"
#include "infrastate/types/text.h"

#include <new>

namespace infrastate {
namespace {

using engine::Operation;
using test::must;
using test::ScriptedSender;

/// Has memory for the results of these runs only.
class ShortOfRoom final : public engine::Results {
public:
    explicit ShortOfRoom(std::vector<bool> rooms) : rooms_(std::move(rooms)) {}

    void make_room() override {
        if (!rooms_.at(asked_++)) throw std::bad_alloc();
    }
    void take(Value&& result) override { told.emplace_back(result.text("outcome")); }
    void no_memory(Effect effect) noexcept override {
        told.emplace_back("no memory, " + std::string(outcome_name(effect)));
    }

    std::vector<std::string> told;

private:
    const std::vector<bool> rooms_;
    std::size_t asked_ = 0;
};

engine::BatchRequest request_of(const char* name, const char* user) {
    const auto* resource = schema::find_resource("access_key");
    auto checked = schema::check(resource->input, Value::object({{"name", name}, {"user", user}}));
    CPPUNIT_ASSERT(checked.ok());
    return {"access_key", std::move(checked.value)};
}

std::string user_page(const char* name) {
    return client_answers::one_page({Value::object({{"id", "2vc1qNZcG2w"}, {"name", name}})});
}

/// The answers of a server that has no key and makes the key 'example' of connector.
void creates(ScriptedSender& sender) {
    sender.answer(200, client_answers::one_page({}))
        .answer(200, user_page("connector"))
        .answer(200, R"({"version":"0.21.0"})")
        .answer(201, json::write(client_changes::created_value()));
}

} // namespace

class EngineBatchTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(EngineBatchTest);
    CPPUNIT_TEST(a_run_without_room_for_its_result_is_not_told_what_the_one_before_did);
    CPPUNIT_TEST(a_run_after_one_without_room_is_made);
    CPPUNIT_TEST_SUITE_END();

    std::vector<std::string> told_of(const std::vector<engine::BatchRequest>& requests,
                                     ScriptedSender& sender, const std::vector<bool>& rooms) {
        ShortOfRoom results(rooms);
        engine::Config config =
            must(engine::read_config(Value::object({{"host", "https://infra.example.com:8443"},
                                                    {"access_key", "aaaaaaaaaa.bbbbbbbbbbbbbbbb"},
                                                    {"timeout", "30s"},
                                                    {"retries", 0}})));
        const auto files = store::system_files();
        const engine::RunTarget target{config.endpoint.url(), *files};
        const engine::CallOptions call;
        const auto known = std::make_shared<const Masker>();
        engine::CallContext context(config, known, sender, call, std::chrono::milliseconds(0));
        const std::vector<std::string> warnings;
        engine::Batch(requests, engine::Operation::apply, target, context, warnings, results).run();
        CPPUNIT_ASSERT(sender.finished());
        return results.told;
    }

public:
    void a_run_without_room_for_its_result_is_not_told_what_the_one_before_did() {
        ScriptedSender sender;
        creates(sender);
        const auto told =
            told_of({request_of("example", "connector"), request_of("two", "a@example.com"),
                     request_of("three", "b@example.com")},
                    sender, {true, false, false});
        CPPUNIT_ASSERT_EQUAL(std::string("changed; no memory, none; no memory, none"),
                             joined(told, "; "));
    }

    void a_run_after_one_without_room_is_made() {
        ScriptedSender sender;
        creates(sender);
        const auto told =
            told_of({request_of("two", "a@example.com"), request_of("example", "connector")},
                    sender, {false, true});
        CPPUNIT_ASSERT_EQUAL(std::string("no memory, none; changed"), joined(told, "; "));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EngineBatchTest);

} // namespace infrastate
