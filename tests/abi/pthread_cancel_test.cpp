// SPDX-License-Identifier: Apache-2.0
// How functions handle a host's pthread_cancel: each holds it back until it has returned.
// Afterwards the thread is as before: its cancel state, its cancel type, errno. A cancellation
// inside a function would end the whole process, so each trial has a child of its own. The child
// starts the server itself: with a fork beside a running thread, the child may inherit a lock that
// is held for ever (the allocator's, under AddressSanitizer).
#include "abi_fixture.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cerrno>
#include <functional>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

namespace infrastate::test {
namespace {

constexpr int some_errno = 4711;

/// The arguments of the functions. A thread makes them that nobody cancels.
struct Handles {
    explicit Handles(const std::string& authority) : config(config_for(authority)) {
        infrastate_client_open(config.data(), config.size(), nullptr, nullptr, &client, &result);
        infrastate_result_free(result);
        // With an open connection there is something to close.
        infrastate_plan(client, request.data(), request.size(), nullptr, &result);
    }
    std::string config;
    std::string request = request_for("some-key");
    infrastate_client* client = nullptr;
    infrastate_cancel* cancel = infrastate_cancel_new();
    infrastate_result* result = nullptr; ///< result of a call, not freed
    infrastate_client* new_client = nullptr;
    infrastate_cancel* new_cancel = nullptr;
    infrastate_result* new_result = nullptr;
};

struct Entry {
    const char* name;
    void (*call)(Handles& with);
};

/// The functions of infrastate.h, some of them also in cases where they fail.
constexpr Entry entries[] = {
    {"version", [](Handles&) { infrastate_version(); }},
    {"abi_version", [](Handles&) { infrastate_abi_version(); }},
    {"code_name", [](Handles&) { infrastate_code_name(INFRASTATE_BUSY); }},
    {"describe", [](Handles& with) { infrastate_describe(&with.new_result); }},
    {"client_open",
     [](Handles& with) {
         infrastate_client_open(with.config.data(), with.config.size(), nullptr, nullptr,
                                &with.new_client, &with.new_result);
     }},
    {"client_open, no such file",
     [](Handles& with) {
         constexpr std::string_view config = R"({"access_key_file":"/nowhere/key"})";
         infrastate_client_open(config.data(), config.size(), nullptr, nullptr, &with.new_client,
                                &with.new_result);
     }},
    {"client_close", [](Handles& with) { infrastate_client_close(with.client); }},
    {"plan",
     [](Handles& with) {
         infrastate_plan(with.client, with.request.data(), with.request.size(), with.cancel,
                         &with.new_result);
     }},
    {"apply",
     [](Handles& with) {
         infrastate_apply(with.client, with.request.data(), with.request.size(), nullptr,
                          &with.new_result);
     }},
    {"apply, no such request",
     [](Handles& with) { infrastate_apply(with.client, "{", 1, nullptr, &with.new_result); }},
    {"info",
     [](Handles& with) {
         constexpr std::string_view all = R"({"resource":"access_key"})";
         infrastate_info(with.client, all.data(), all.size(), nullptr, &with.new_result);
     }},
    {"cancel_new", [](Handles&) { infrastate_cancel_new(); }},
    {"cancel_open",
     [](Handles& with) { infrastate_cancel_open(&with.new_cancel, &with.new_result); }},
    {"cancel_set",
     [](Handles& with) {
         infrastate_cancel_set(with.cancel);
         infrastate_cancel_set(with.cancel);
     }},
    {"cancel_free", [](Handles& with) { infrastate_cancel_free(with.cancel); }},
    {"result_code", [](Handles& with) { infrastate_result_code(with.result); }},
    {"result_json", [](Handles& with) { infrastate_result_json(with.result, nullptr); }},
    {"result_string",
     [](Handles& with) { infrastate_result_string(with.result, "error.message", nullptr); }},
    {"result_integer",
     [](Handles& with) { infrastate_result_integer(with.result, "error.http_status", nullptr); }},
    {"result_boolean", [](Handles& with) { infrastate_result_boolean(with.result, "ok"); }},
    {"result_free", [](Handles& with) { infrastate_result_free(with.result); }},
};

/// The result of a trial.
enum Ended { good = 0, errno_changed, state_changed, type_changed, came_too_late, not_cancelled };
constexpr const char* words[] = {
    "good",
    "errno is another",
    "the cancel state is another",
    "the cancel type is another",
    "a cancellation did not wait for the host's next cancellation point",
    "the cancellation is lost"};

struct Trial {
    const Entry& entry;
    Handles& with;
    int state, type;
    Ended ended = good;
    bool returned = false;
};

/// A call in a thread with this cancel state and type, without a cancellation.
void* called(void* argument) {
    Trial& trial = *static_cast<Trial*>(argument);
    int state = -1;
    int type = -1;
    pthread_setcanceltype(trial.type, &type);
    pthread_setcancelstate(trial.state, &state);
    errno = some_errno;
    trial.entry.call(trial.with);
    const int now = errno;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
    trial.ended = now != some_errno      ? errno_changed
                  : state != trial.state ? state_changed
                  : type != trial.type   ? type_changed
                                         : good;
    return nullptr;
}

/// A call in a thread that has been cancelled already. The host's own cancellation point after the
/// call ends the thread.
void* called_while_cancelled(void* argument) {
    Trial& trial = *static_cast<Trial*>(argument);
    pthread_cancel(pthread_self());
    errno = some_errno;
    trial.entry.call(trial.with);
    const int now = errno;
    trial.ended = now == some_errno ? good : errno_changed;
    trial.returned = true;
    pthread_testcancel();
    trial.ended = not_cancelled;
    return nullptr;
}

Ended run(Trial& trial, void* (*body)(void*)) {
    pthread_t thread{};
    void* value = nullptr;
    pthread_create(&thread, nullptr, body, &trial);
    pthread_join(thread, &value);
    if (body != &called_while_cancelled) return trial.ended;
    if (!trial.returned) return came_too_late;
    return trial.ended == good && value != PTHREAD_CANCELED ? not_cancelled : trial.ended;
}

/// In words, how `body`, which returns an Ended, ended in a child, with the name of what was tried.
std::string in_child(const std::string& what, const std::function<Ended()>& body) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(60);
        ::_exit(body());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        return what + ": the process was ended by signal " + std::to_string(WTERMSIG(status));
    return what + ": " + words[WEXITSTATUS(status)];
}

} // namespace

class PthreadCancelTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PthreadCancelTest);
    CPPUNIT_TEST(every_function_gives_back_cancel_state_type_and_errno);
    CPPUNIT_TEST(every_function_leaves_a_pending_cancellation_to_the_hosts_next_point);
    CPPUNIT_TEST(a_log_callback_runs_with_cancelling_held_back);
    CPPUNIT_TEST(a_call_that_waits_is_not_ended_and_leaves_no_lock_behind);
    CPPUNIT_TEST_SUITE_END();

    std::string tried(const Entry& entry, const std::string& how, void* (*body)(void*), int state,
                      int type) {
        return in_child(entry.name + how, [&] {
            HostileServer server("127.0.0.1", test_tls(), empty_infra());
            Handles with(server.authority());
            Trial trial{entry, with, state, type};
            return run(trial, body);
        });
    }

public:
    void every_function_gives_back_cancel_state_type_and_errno() {
        for (const Entry& entry : entries)
            for (const int state : {PTHREAD_CANCEL_ENABLE, PTHREAD_CANCEL_DISABLE})
                for (const int type : {PTHREAD_CANCEL_DEFERRED, PTHREAD_CANCEL_ASYNCHRONOUS})
                    CPPUNIT_ASSERT_EQUAL(entry.name + std::string(": good"),
                                         tried(entry, "", &called, state, type));
    }

    void every_function_leaves_a_pending_cancellation_to_the_hosts_next_point() {
        std::string bad;
        for (const Entry& entry : entries) {
            const std::string found = tried(entry, "", &called_while_cancelled, 0, 0);
            if (found != entry.name + std::string(": good")) bad += found + "\n";
        }
        CPPUNIT_ASSERT_EQUAL(std::string(), bad);
    }

    void a_log_callback_runs_with_cancelling_held_back() {
        const std::string found = in_child("log", [&] {
            struct Log {
                int lines = 0;
                static void line(void* user, std::int32_t, const char*, std::size_t) {
                    pthread_testcancel(); // would unwind through the library
                    ++static_cast<Log*>(user)->lines;
                }
            } log;
            HostileServer server("127.0.0.1", test_tls(), empty_infra());
            const std::string config = config_for(server.authority());
            infrastate_result* result = nullptr;
            Handles with(server.authority());
            infrastate_client_open(config.data(), config.size(), &Log::line, &log, &with.client,
                                   &result);
            constexpr Entry plan{"plan", [](Handles& handles) {
                                     infrastate_plan(handles.client, handles.request.data(),
                                                     handles.request.size(), nullptr,
                                                     &handles.new_result);
                                 }};
            Trial trial{plan, with, 0, 0};
            const Ended ended = run(trial, &called_while_cancelled);
            return log.lines == 0 ? came_too_late : ended;
        });
        CPPUNIT_ASSERT_EQUAL(std::string("log: good"), found);
    }

    void a_call_that_waits_is_not_ended_and_leaves_no_lock_behind() {
        HostileServer silent("127.0.0.1", test_tls(), [](Peer& peer) {
            if (peer.handshake()) peer.linger();
        });
        const Client client = open(config_for(silent.authority()));
        const Cancel token(infrastate_cancel_new());
        struct Host {
            infrastate_client* client;
            infrastate_cancel* token;
            std::atomic<int> code{-1};
            static void* call(void* argument) {
                Host& host = *static_cast<Host*>(argument);
                const std::string request = request_for("some-key");
                infrastate_result* result = nullptr;
                host.code = infrastate_plan(host.client, request.data(), request.size(), host.token,
                                            &result);
                infrastate_result_free(result);
                pthread_testcancel();
                return nullptr;
            }
        } host{client.get(), token.get()};
        pthread_t thread{};
        CPPUNIT_ASSERT_EQUAL(0, pthread_create(&thread, nullptr, &Host::call, &host));
        while (silent.received().empty())
            std::this_thread::sleep_for(milliseconds(5));
        pthread_cancel(thread);
        std::this_thread::sleep_for(milliseconds(200));
        const int before = host.code;
        infrastate_cancel_set(token.get());
        void* ended = nullptr;
        pthread_join(thread, &ended);
        CPPUNIT_ASSERT_EQUAL_MESSAGE("the cancellation ended the call", -1, before);
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_CANCELLED, host.code.load());
        CPPUNIT_ASSERT_MESSAGE("the cancellation is lost", ended == PTHREAD_CANCELED);
        // Another call waits for the server and not for a lock that the thread left held.
        const Answer answer =
            call(&infrastate_plan, client.get(),
                 R"({"resource":"access_key","desired":{"name":"some-key"},"timeout_ms":200})");
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_DEADLINE, answer.code);
        CPPUNIT_ASSERT(answer.error("detail") != "client_in_use");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PthreadCancelTest);

} // namespace infrastate::test
