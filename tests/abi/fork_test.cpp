// SPDX-License-Identifier: Apache-2.0
// After a fork the child can only free what it inherited, and sends nothing. The parent's client
// works on undisturbed.
#include "abi_fixture.h"

#include <cppunit/extensions/HelperMacros.h>
#include <openssl/bio.h>

#include <atomic>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace infrastate::test {
namespace {

const std::string request = request_for("some-key");

/// What `body` returned in a child process. It must not assert: nobody would see the failure.
template <class Body>
int in_child(const Body& body) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(body());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000;
}

std::int32_t bare_call(Function function, infrastate_client* client, infrastate_cancel* cancel) {
    infrastate_result* result = nullptr;
    const auto code = function(client, request.data(), request.size(), cancel, &result);
    const bool agrees = infrastate_result_code(result) == code;
    infrastate_result_free(result);
    return agrees ? code : -1;
}

} // namespace

class ForkTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ForkTest);
    CPPUNIT_TEST(every_call_of_a_child_is_refused_and_says_nothing);
    CPPUNIT_TEST(a_child_may_open_clients_of_its_own);
    CPPUNIT_TEST(a_childs_token_cancels_nothing_in_the_parent);
// A sanitizer's allocator has locks of its own, and a child may wait for them as for any.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    CPPUNIT_TEST(a_child_closes_while_a_thread_of_the_parent_uses_openssl);
    CPPUNIT_TEST(a_child_closes_while_a_thread_of_the_parent_is_inside_the_client);
#endif
    CPPUNIT_TEST_SUITE_END();

    HostileServer server_{"127.0.0.1", test_tls(), empty_infra()};
    Client client_ = open(config_for(server_.authority()));

public:
    void every_call_of_a_child_is_refused_and_says_nothing() {
        const Cancel cancel(infrastate_cancel_new());
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_OK,
                             bare_call(&infrastate_plan, client_.get(), cancel.get()));
        const std::string heard = server_.received();
        const int refused = in_child([&] {
            int count = 0;
            for (const Function function : {&infrastate_plan, &infrastate_apply, &infrastate_info})
                count += bare_call(function, client_.get(), nullptr) == INFRASTATE_FORKED ? 1 : 0;
            infrastate_cancel_set(cancel.get());
            infrastate_cancel_free(cancel.get());
            infrastate_client_close(client_.get());
            return count;
        });
        CPPUNIT_ASSERT_EQUAL(3, refused);
        CPPUNIT_ASSERT_EQUAL(heard, server_.received());
        // The kept connection of the parent is unchanged: it is used again, and no second one is
        // made.
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_OK,
                             bare_call(&infrastate_plan, client_.get(), cancel.get()));
        CPPUNIT_ASSERT_EQUAL(1, server_.connections());
    }

    void a_child_may_open_clients_of_its_own() {
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_OK, bare_call(&infrastate_plan, client_.get(), nullptr));
        const std::string config = config_for(server_.authority());
        const int code = in_child([&] {
            infrastate_client* own = nullptr;
            infrastate_result* result = nullptr;
            infrastate_client_open(config.data(), config.size(), nullptr, nullptr, &own, &result);
            infrastate_result_free(result);
            const auto done = bare_call(&infrastate_plan, own, nullptr);
            infrastate_client_close(own);
            return static_cast<int>(done);
        });
        CPPUNIT_ASSERT_EQUAL(0, code);
        CPPUNIT_ASSERT_EQUAL(2, server_.connections());
    }

    void a_childs_token_cancels_nothing_in_the_parent() {
        const Cancel cancel(infrastate_cancel_new());
        const int code = in_child([&] {
            infrastate_cancel_set(cancel.get());
            return static_cast<int>(bare_call(&infrastate_plan, client_.get(), cancel.get()));
        });
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_FORKED, code);
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_OK,
                             bare_call(&infrastate_plan, client_.get(), cancel.get()));
    }

    // A child inherits locks that a thread of the parent holds, but not the thread. It must not
    // wait for them.
    void a_child_closes_while_a_thread_of_the_parent_uses_openssl() {
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_OK, bare_call(&infrastate_plan, client_.get(), nullptr));
        children_close_beside([] { BIO_free(BIO_new(BIO_s_mem())); });
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_OK, bare_call(&infrastate_plan, client_.get(), nullptr));
        CPPUNIT_ASSERT_EQUAL(1, server_.connections());
    }

    void a_child_closes_while_a_thread_of_the_parent_is_inside_the_client() {
        children_close_beside([this] { bare_call(&infrastate_plan, client_.get(), nullptr); });
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_OK, bare_call(&infrastate_plan, client_.get(), nullptr));
    }

private:
    /// Forks children one after the other that close the client, while a thread repeats `work`.
    template <class Work>
    void children_close_beside(const Work& work) {
        std::atomic<bool> stop{false};
        std::thread busy([&] {
            while (!stop)
                work();
        });
        int ended = 0;
        for (int i = 0; i < children; ++i) {
            ended += in_child([this] {
                ::alarm(20); // a signal ends a child that hangs
                infrastate_client_close(client_.get());
                return 1;
            });
        }
        stop = true;
        busy.join();
        CPPUNIT_ASSERT_EQUAL(children, ended);
    }

    static constexpr int children = 100;
};

CPPUNIT_TEST_SUITE_REGISTRATION(ForkTest);

} // namespace infrastate::test
