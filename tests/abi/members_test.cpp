// SPDX-License-Identifier: Apache-2.0
// Members of results by their names: the same values as a JSON reader finds.
#include "abi_fixture.h"

#include "infrastate/json/json.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstring>
#include <thread>

namespace infrastate::test {
namespace {

struct FreeResult {
    void operator()(infrastate_result* result) const { infrastate_result_free(result); }
};
using Owned = std::unique_ptr<infrastate_result, FreeResult>;

Owned ask(Function function, infrastate_client* client, const std::string& request) {
    infrastate_result* result = nullptr;
    function(client, request.data(), request.size(), nullptr, &result);
    return Owned(result);
}

Value json_of(const Owned& result) {
    std::size_t size = 0;
    const char* text = infrastate_result_json(result.get(), &size);
    return json::read({text, size}).value();
}

/// All three functions must return what the JSON has under a name, and nothing if it has nothing.
void must_agree(const Owned& result, const std::string& name, const Value* expected) {
    std::size_t size = 77;
    const char* text = infrastate_result_string(result.get(), name.c_str(), &size);
    const bool is_text = expected != nullptr && expected->is_string();
    CPPUNIT_ASSERT_EQUAL_MESSAGE(name, is_text, text != nullptr);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(name, is_text ? expected->string().size() : 0, size);
    if (is_text) {
        CPPUNIT_ASSERT_EQUAL_MESSAGE(name, expected->string(), std::string(text));
        CPPUNIT_ASSERT_MESSAGE(
            name, text == infrastate_result_string(result.get(), name.c_str(), nullptr));
    }
    std::int64_t number = -77;
    const bool is_number = expected != nullptr && expected->kind() == Value::Kind::integer;
    CPPUNIT_ASSERT_EQUAL_MESSAGE(name, is_number ? 1 : 0,
                                 infrastate_result_integer(result.get(), name.c_str(), &number));
    CPPUNIT_ASSERT_EQUAL_MESSAGE(name, is_number ? expected->integer() : -77, number);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(name, is_number ? 1 : 0,
                                 infrastate_result_integer(result.get(), name.c_str(), nullptr));
    const bool is_flag = expected != nullptr && expected->kind() == Value::Kind::boolean;
    CPPUNIT_ASSERT_EQUAL_MESSAGE(name,
                                 !is_flag              ? -1
                                 : expected->boolean() ? 1
                                                       : 0,
                                 infrastate_result_boolean(result.get(), name.c_str()));
}

/// Checks every member of both levels, but no results of a batch. Returns how many were checked.
std::size_t all_agree(const Owned& result) {
    std::size_t count = 0;
    const Value json = json_of(result);
    for (const auto& [name, value] : json.members()) {
        if (name == "results" && value.is_array()) continue;
        must_agree(result, name, &value);
        ++count;
        if (!value.is_object()) continue;
        for (const auto& [inner, deeper] : value.members()) {
            must_agree(result, name + "." + inner, &deeper);
            ++count;
        }
    }
    for (const char* name : {"", ".", "nothing", "ok.nothing", "error.nothing", ".error", "error.",
                             "Code", "error.message.x", "results", "results.0"})
        must_agree(result, name, nullptr);
    return count;
}

} // namespace

class MembersTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(MembersTest);
    CPPUNIT_TEST(every_member_is_what_the_json_says);
    CPPUNIT_TEST(text_is_utf8_and_not_the_escapes_of_json);
    CPPUNIT_TEST(nothing_is_found_in_what_is_no_result);
    CPPUNIT_TEST(threads_may_read_one_result);
    CPPUNIT_TEST_SUITE_END();

public:
    void every_member_is_what_the_json_says() {
        HostileServer server("127.0.0.1", test_tls(), empty_infra());
        const Client client = open(config_for(server.authority()));
        const std::string request = request_for("some-key");
        const Owned plan = ask(&infrastate_plan, client.get(), request);
        CPPUNIT_ASSERT(all_agree(plan) > 20);
        CPPUNIT_ASSERT_EQUAL(std::string("absent"),
                             std::string(infrastate_result_string(plan.get(), "reason", nullptr)));
        CPPUNIT_ASSERT_EQUAL(1, infrastate_result_boolean(plan.get(), "changed"));
        const Owned info = ask(&infrastate_info, client.get(), R"({"resource":"access_key"})");
        CPPUNIT_ASSERT(all_agree(info) > 5);
        const Owned failed = ask(&infrastate_apply, client.get(), request_for(""));
        CPPUNIT_ASSERT(all_agree(failed) > 20);
        CPPUNIT_ASSERT_EQUAL(std::string("name"), std::string(infrastate_result_string(
                                                      failed.get(), "error.field", nullptr)));
        const Owned batch = ask(&infrastate_plan, client.get(),
                                R"({"requests":[)" + request + "," + request_for("") + "]}");
        CPPUNIT_ASSERT(all_agree(batch) > 8);
        CPPUNIT_ASSERT_EQUAL(std::string("PARTIAL"), std::string(infrastate_result_string(
                                                         batch.get(), "error.code", nullptr)));
        const Owned refused = ask(&infrastate_plan, client.get(), R"({"requests":3})");
        CPPUNIT_ASSERT(all_agree(refused) > 8);
        infrastate_result* described = nullptr;
        infrastate_describe(&described);
        CPPUNIT_ASSERT(all_agree(Owned(described)) > 5);
        infrastate_cancel* cancel = nullptr;
        infrastate_result* opened = nullptr;
        infrastate_cancel_open(&cancel, &opened);
        infrastate_cancel_free(cancel);
        CPPUNIT_ASSERT(all_agree(Owned(opened)) > 3);
    }

    void text_is_utf8_and_not_the_escapes_of_json() {
        const Client client = open(config_for("127.0.0.1:1"));
        const std::string folder = "/no j\xC3\xBCrg\"\xF0\x9F\x94\x91";
        const Value desired =
            Value::object({{"name", "some-key"}, {"secret_file", folder + "/secret"}});
        const Owned result =
            ask(&infrastate_plan, client.get(),
                json::write(Value::object({{"resource", "access_key"}, {"desired", desired}})));
        const std::string message =
            infrastate_result_string(result.get(), "error.message", nullptr);
        CPPUNIT_ASSERT_MESSAGE(message, message.find(folder) != std::string::npos);
        CPPUNIT_ASSERT(std::string(infrastate_result_json(result.get(), nullptr)).find(folder) ==
                       std::string::npos);
    }

    void nothing_is_found_in_what_is_no_result() {
        const Client client = open(config_for("127.0.0.1:1"));
        const Owned result = ask(&infrastate_plan, client.get(), "{}");
        const void* others[] = {nullptr, client.get()};
        for (const void* other : others) {
            const auto* handle = static_cast<const infrastate_result*>(other);
            std::size_t size = 77;
            std::int64_t number = 77;
            CPPUNIT_ASSERT(infrastate_result_string(handle, "code", &size) == nullptr);
            CPPUNIT_ASSERT_EQUAL(std::size_t{0}, size);
            CPPUNIT_ASSERT_EQUAL(0, infrastate_result_integer(handle, "code", &number));
            CPPUNIT_ASSERT_EQUAL(std::int64_t{77}, number);
            CPPUNIT_ASSERT_EQUAL(-1, infrastate_result_boolean(handle, "ok"));
        }
        std::size_t size = 77;
        CPPUNIT_ASSERT(infrastate_result_string(result.get(), nullptr, &size) == nullptr);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, size);
        CPPUNIT_ASSERT_EQUAL(0, infrastate_result_integer(result.get(), nullptr, nullptr));
        CPPUNIT_ASSERT_EQUAL(-1, infrastate_result_boolean(result.get(), nullptr));
    }

    void threads_may_read_one_result() {
        const Client client = open(config_for("127.0.0.1:1"));
        const Owned result = ask(&infrastate_plan, client.get(), "{}");
        const char* seen[4] = {};
        std::thread threads[4];
        for (int i = 0; i < 4; ++i)
            threads[i] = std::thread([&, i] {
                for (int round = 0; round < 1000; ++round)
                    seen[i] = infrastate_result_string(result.get(), "error.message", nullptr);
            });
        for (std::thread& thread : threads)
            thread.join();
        for (const char* each : seen)
            CPPUNIT_ASSERT(each != nullptr && each == seen[0]);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MembersTest);

} // namespace infrastate::test
