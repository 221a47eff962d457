// SPDX-License-Identifier: Apache-2.0
// NULL in every place, and every handle in the place of every other kind: the call returns a code
// and a clear result, and frees nothing that it should not.
#include "abi_fixture.h"

#include <cppunit/extensions/HelperMacros.h>

namespace infrastate::test {
namespace {

struct Named {
    const char* name;
    Function function;
};
constexpr Named functions[] = {
    {"plan", &infrastate_plan}, {"apply", &infrastate_apply}, {"info", &infrastate_info}};

const std::string request = request_for("some-key");

infrastate_client* as_client(void* handle) {
    return static_cast<infrastate_client*>(handle);
}

} // namespace

class HandlesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(HandlesTest);
    CPPUNIT_TEST(null_is_an_argument_error_or_nothing_in_every_place);
    CPPUNIT_TEST(without_out_nothing_is_done);
    CPPUNIT_TEST(the_wrong_kind_of_handle_is_found_in_every_place);
    CPPUNIT_TEST(a_result_that_is_none_still_gives_readable_json);
    CPPUNIT_TEST(code_names_are_those_of_the_header);
    CPPUNIT_TEST(versions_agree);
    CPPUNIT_TEST_SUITE_END();

    HostileServer server_{"127.0.0.1", test_tls(), empty_infra()};
    Client client_ = open(config_for(server_.authority()));
    Cancel cancel_{infrastate_cancel_new()};

    /// By reference: the call beside it, as another argument, sets it.
    void refused(std::int32_t code, infrastate_result*& result, const std::string& field) {
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_ARGUMENT, code);
        const Answer answer = take(code, result);
        CPPUNIT_ASSERT_EQUAL(field, answer.error("field"));
        CPPUNIT_ASSERT_EQUAL(std::string("none"), answer.text("outcome"));
    }

public:
    void null_is_an_argument_error_or_nothing_in_every_place() {
        infrastate_result* result = nullptr;
        infrastate_client* client = nullptr;
        for (const auto& [name, function] : functions) {
            refused(function(nullptr, request.data(), request.size(), nullptr, &result), result,
                    "client");
            refused(function(client_.get(), nullptr, 0, nullptr, &result), result, "request");
            refused(function(client_.get(), nullptr, 10, cancel_.get(), &result), result,
                    "request");
        }
        const std::string config = config_for("127.0.0.1:1");
        refused(infrastate_client_open(nullptr, 0, nullptr, nullptr, &client, &result), result,
                "config");
        refused(infrastate_client_open(config.data(), config.size(), nullptr, nullptr, nullptr,
                                       &result),
                result, "client");
        infrastate_client_close(nullptr);
        infrastate_cancel_set(nullptr);
        infrastate_cancel_free(nullptr);
        infrastate_result_free(nullptr);
        CPPUNIT_ASSERT_EQUAL(0, server_.connections());
    }

    void without_out_nothing_is_done() {
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_ARGUMENT, infrastate_describe(nullptr));
        for (const auto& [name, function] : functions)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                name, INFRASTATE_ARGUMENT,
                function(client_.get(), request.data(), request.size(), nullptr, nullptr));
        const std::string config = config_for("127.0.0.1:1");
        infrastate_client* client = client_.get(); // the call must set it to NULL
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_ARGUMENT,
                             infrastate_client_open(config.data(), config.size(), nullptr, nullptr,
                                                    &client, nullptr));
        CPPUNIT_ASSERT(client == nullptr);
        CPPUNIT_ASSERT_EQUAL(0, server_.connections());
    }

    void the_wrong_kind_of_handle_is_found_in_every_place() {
        infrastate_result* described = nullptr;
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_OK, infrastate_describe(&described));
        std::uint64_t no_handle[8] = {};
        for (void* wrong : {static_cast<void*>(cancel_.get()), static_cast<void*>(described),
                            static_cast<void*>(no_handle)}) {
            infrastate_result* result = nullptr;
            for (const auto& [name, function] : functions)
                refused(
                    function(as_client(wrong), request.data(), request.size(), nullptr, &result),
                    result, "client");
            infrastate_client_close(as_client(wrong)); // must not change it
        }
        for (void* wrong : {static_cast<void*>(client_.get()), static_cast<void*>(described),
                            static_cast<void*>(no_handle)}) {
            infrastate_result* result = nullptr;
            auto* token = static_cast<infrastate_cancel*>(wrong);
            for (const auto& [name, function] : functions)
                refused(function(client_.get(), request.data(), request.size(), token, &result),
                        result, "cancel");
            infrastate_cancel_set(token);
            infrastate_cancel_free(token);
        }
        for (void* wrong : {static_cast<void*>(client_.get()), static_cast<void*>(cancel_.get()),
                            static_cast<void*>(no_handle)}) {
            auto* result = static_cast<infrastate_result*>(wrong);
            CPPUNIT_ASSERT_EQUAL(INFRASTATE_ARGUMENT, infrastate_result_code(result));
            infrastate_result_free(result);
        }
        // All of them are still what they were.
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_OK, infrastate_result_code(described));
        infrastate_result_free(described);
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_OK,
                             call(&infrastate_plan, client_.get(), request, cancel_.get()).code);
    }

    void a_result_that_is_none_still_gives_readable_json() {
        for (const void* wrong :
             {static_cast<const void*>(nullptr), static_cast<const void*>(client_.get())}) {
            std::size_t size = 0;
            const char* text =
                infrastate_result_json(static_cast<const infrastate_result*>(wrong), &size);
            CPPUNIT_ASSERT_EQUAL(std::string(text).size(), size);
            CPPUNIT_ASSERT(std::string(text).find("\"ARGUMENT\"") != std::string::npos);
            CPPUNIT_ASSERT(infrastate_result_json(static_cast<const infrastate_result*>(wrong),
                                                  nullptr) == text);
        }
    }

    void code_names_are_those_of_the_header() {
        const char* names[] = {"OK",       "ARGUMENT",  "AUTH",       "PERMISSION", "NOT_FOUND",
                               "CONFLICT", "TRANSPORT", "DEADLINE",   "CANCELLED",  "SERVER",
                               "REFUSED",  "FILE",      "PARTIAL",    "BUSY",       "FORKED",
                               "INTERNAL", "NO_MEMORY", "UNSUPPORTED"};
        for (std::int32_t code = 0; code <= INFRASTATE_UNSUPPORTED; ++code)
            CPPUNIT_ASSERT_EQUAL(std::string(names[code]), std::string(infrastate_code_name(code)));
        for (std::int32_t code : {-1, INFRASTATE_UNSUPPORTED + 1, 1 << 30, -(1 << 30)})
            CPPUNIT_ASSERT_EQUAL(std::string("INTERNAL"), std::string(infrastate_code_name(code)));
    }

    void versions_agree() {
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{INFRASTATE_ABI_MAJOR} << 16U | INFRASTATE_ABI_MINOR,
                             infrastate_abi_version());
        infrastate_result* result = nullptr;
        const auto code = infrastate_describe(&result);
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_OK, code);
        const std::string text = infrastate_result_json(result, nullptr);
        infrastate_result_free(result);
        CPPUNIT_ASSERT(text.find("\"version\":\"" + std::string(infrastate_version()) + "\"") !=
                       std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HandlesTest);

} // namespace infrastate::test
