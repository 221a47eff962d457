// SPDX-License-Identifier: Apache-2.0
// Many threads: each with its own client, and all with one client.
#include "abi_fixture.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <iostream>
#include <thread>

namespace infrastate::test {
namespace {

constexpr int threads = 4;
constexpr int calls = 25;

/// Makes calls; returns how many were OK and had the right answer for a client with this name.
int good_calls(infrastate_client* client, const std::string& name) {
    int good = 0;
    for (int i = 0; i < calls; ++i) {
        const std::string request = request_for(name);
        infrastate_result* result = nullptr;
        const auto code = infrastate_plan(client, request.data(), request.size(), nullptr, &result);
        const std::string text = infrastate_result_json(result, nullptr);
        infrastate_result_free(result);
        const bool fine = code == INFRASTATE_OK && text.find("'" + name + "'") != std::string::npos;
        good += fine ? 1 : 0;
        if (!fine) std::cout << text << "\n"; // the sum alone would not tell why
    }
    return good;
}

} // namespace

class ThreadsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ThreadsTest);
    CPPUNIT_TEST(four_threads_with_a_client_each);
    CPPUNIT_TEST(four_threads_on_one_client_take_turns);
    CPPUNIT_TEST(clients_and_tokens_come_and_go_on_many_threads);
    CPPUNIT_TEST_SUITE_END();

    HostileServer server_{"127.0.0.1", test_tls(), empty_infra()};

    template <class Body>
    static int sum_over_threads(const Body& body) {
        std::atomic<int> sum{0};
        std::vector<std::thread> all;
        for (int i = 0; i < threads; ++i)
            all.emplace_back([&, i] { sum += body("key-" + std::to_string(i)); });
        for (std::thread& each : all)
            each.join();
        return sum;
    }

public:
    void four_threads_with_a_client_each() {
        const std::string config = config_for(server_.authority());
        CPPUNIT_ASSERT_EQUAL(threads * calls, sum_over_threads([&](const std::string& name) {
                                 const Client client = open(config);
                                 return good_calls(client.get(), name);
                             }));
        CPPUNIT_ASSERT_EQUAL(threads, server_.connections());
    }

    void four_threads_on_one_client_take_turns() {
        const Client client = open(config_for(server_.authority()));
        CPPUNIT_ASSERT_EQUAL(threads * calls, sum_over_threads([&](const std::string& name) {
                                 return good_calls(client.get(), name);
                             }));
        CPPUNIT_ASSERT_EQUAL(1, server_.connections()); // kept through all of it
    }

    void clients_and_tokens_come_and_go_on_many_threads() {
        const std::string config = config_for(server_.authority());
        CPPUNIT_ASSERT_EQUAL(
            threads, sum_over_threads([&](const std::string&) {
                for (int i = 0; i < calls; ++i) {
                    const Cancel cancel(infrastate_cancel_new());
                    const Client client = open(config);
                    infrastate_cancel_set(cancel.get());
                    if (call(&infrastate_plan, client.get(), request_for("ab"), cancel.get())
                            .code != INFRASTATE_CANCELLED)
                        return 0;
                }
                return 1;
            }));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ThreadsTest);

} // namespace infrastate::test
