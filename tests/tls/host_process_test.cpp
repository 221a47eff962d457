// SPDX-License-Identifier: Apache-2.0
// What a host process may rely on: no signal, no inherited descriptor, no OpenSSL error left or
// removed. And a child that cleans up after fork() does no harm.
#include "tls_fixture.h"

#include <cppunit/extensions/HelperMacros.h>
#include <openssl/err.h>

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace infrastate::test {
namespace {

using namespace transport;

volatile std::sig_atomic_t pipe_signals = 0;
void count_signal(int) {
    pipe_signals = pipe_signals + 1;
}

/// How this thread handles SIGPIPE while the object exists: blocked or counted.
class SignalMask {
public:
    explicit SignalMask(int how) {
        pipe_signals = 0;
        struct sigaction counting {};
        counting.sa_handler = &count_signal;
        ::sigaction(SIGPIPE, &counting, &action_);
        sigemptyset(&pipe_);
        sigaddset(&pipe_, SIGPIPE);
        ::pthread_sigmask(how, &pipe_, &before_);
    }
    ~SignalMask() {
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
        ::sigaction(SIGPIPE, &action_, nullptr);
    }
    SignalMask(const SignalMask&) = delete;
    SignalMask& operator=(const SignalMask&) = delete;

    static int blocks_sigpipe() {
        sigset_t now;
        ::pthread_sigmask(SIG_SETMASK, nullptr, &now);
        return sigismember(&now, SIGPIPE);
    }
    static bool pending() {
        sigset_t now;
        ::sigpending(&now);
        return sigismember(&now, SIGPIPE) == 1;
    }
    static int arrived() { return pipe_signals; }
    void unblock() { ::pthread_sigmask(SIG_UNBLOCK, &pipe_, nullptr); }

private:
    struct sigaction action_ {};
    sigset_t pipe_{}, before_{};
};

/// Each connection ends so that a write gets EPIPE and, unless the code prevents it, the signal.
void send_into_broken_connections() {
    HostileServer server("127.0.0.1", good_tls(), [](Peer& peer) {
        if (!peer.handshake()) return;
        // A reset after the end: to the side that still writes it is a pipe without a reader.
        ::shutdown(peer.descriptor(), SHUT_WR);
        peer.pause(milliseconds(20));
        peer.reset();
    });
    auto client = client_for(server.authority());
    for (int i = 0; i < 3; ++i)
        CPPUNIT_ASSERT(!client.send(post(std::string(4u << 20, 'a')), ample()));
}

std::vector<int> open_descriptors() {
    std::vector<int> all;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        const int one = std::stoi(entry.path().filename().string());
        if (::fcntl(one, F_GETFD) >= 0) all.push_back(one);
    }
    return all;
}

} // namespace

class HostProcessTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(HostProcessTest);
    CPPUNIT_TEST(a_broken_connection_raises_no_sigpipe);
    CPPUNIT_TEST(a_host_that_blocks_sigpipe_finds_none_that_is_not_its_own);
    CPPUNIT_TEST(every_descriptor_closes_on_exec);
    CPPUNIT_TEST(no_descriptor_is_left_open);
    CPPUNIT_TEST(stale_errors_of_the_host_do_not_matter_and_none_is_left);
    CPPUNIT_TEST(a_child_that_abandons_its_copy_leaves_the_parents_connection_alone);
    CPPUNIT_TEST(a_cancel_token_can_be_set_twice_and_wakes_every_wait);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_broken_connection_raises_no_sigpipe() {
        SignalMask mask(SIG_UNBLOCK); // loading Poco may have blocked it
        send_into_broken_connections();
        CPPUNIT_ASSERT_EQUAL(0, mask.blocks_sigpipe()); // unchanged
        ::raise(SIGPIPE); // and a signal of the host's own still arrives
        CPPUNIT_ASSERT_EQUAL(1, mask.arrived());
    }

    void a_host_that_blocks_sigpipe_finds_none_that_is_not_its_own() {
        SignalMask mask(SIG_BLOCK);
        send_into_broken_connections();
        CPPUNIT_ASSERT_EQUAL(1, mask.blocks_sigpipe());
        CPPUNIT_ASSERT(!mask.pending());
        ::pthread_kill(::pthread_self(), SIGPIPE);
        send_into_broken_connections();
        CPPUNIT_ASSERT(mask.pending()); // the host's own signal stays
        mask.unblock();
        CPPUNIT_ASSERT_EQUAL(1, mask.arrived());
    }

    void every_descriptor_closes_on_exec() {
        const std::vector<int> before = open_descriptors();
        HostileServer server("127.0.0.1", good_tls(), answering(plain_answer("{}")));
        CancelToken cancel;
        auto client = client_for("localhost:" + std::to_string(server.port()));
        CPPUNIT_ASSERT(client.send(get(), ample(&cancel)).ok());
        int added = 0;
        for (const int one : open_descriptors()) {
            if (std::find(before.begin(), before.end(), one) != before.end()) continue;
            ++added;
            const int flags = ::fcntl(one, F_GETFD);
            CPPUNIT_ASSERT(flags < 0 || (flags & FD_CLOEXEC) != 0);
        }
        CPPUNIT_ASSERT(added >= 4); // listener, both ends of the connection, the token's eventfd
    }

    void no_descriptor_is_left_open() {
        const std::size_t before = open_descriptors().size();
        {
            HostileServer server("127.0.0.1", good_tls(),
                                 answering("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"));
            auto client = client_for("localhost:" + std::to_string(server.port()));
            for (int i = 0; i < 5; ++i)
                CPPUNIT_ASSERT(!client.send(get(), ample()));
            auto refused = client_for("127.0.0.1:1");
            CPPUNIT_ASSERT(!refused.send(get(), ample()));
        }
        CPPUNIT_ASSERT_EQUAL(before, open_descriptors().size());
    }

    void stale_errors_of_the_host_do_not_matter_and_none_is_left() {
        HostileServer server("127.0.0.1", good_tls(), answering(plain_answer("{}")));
        auto client = client_for(server.authority());
        for (int i = 0; i < 2; ++i) { // with a handshake, and without
            ERR_put_error(ERR_LIB_SSL, 0, ERR_R_INTERNAL_ERROR, "host", 1);
            errno = EAGAIN;
            CPPUNIT_ASSERT(client.send(get(), ample()).ok());
            CPPUNIT_ASSERT_EQUAL(0ul, ERR_peek_error());
        }
        auto stranger = HttpClient::create(*Endpoint::parse(server.authority()),
                                           trusting(make_authority("stranger")));
        CPPUNIT_ASSERT(!stranger->send(get(), ample()));
        CPPUNIT_ASSERT_EQUAL(0ul, ERR_peek_error());
        TlsSettings nonsense;
        nonsense.extra_ca_pem = "nonsense";
        CPPUNIT_ASSERT(!HttpClient::create(*Endpoint::parse("x"), std::move(nonsense)));
        CPPUNIT_ASSERT_EQUAL(0ul, ERR_peek_error());
        client.close();
        CPPUNIT_ASSERT_EQUAL(0ul, ERR_peek_error());
    }

    void a_child_that_abandons_its_copy_leaves_the_parents_connection_alone() {
        HostileServer server("127.0.0.1", good_tls(), answering(plain_answer("{}")));
        auto client = client_for(server.authority());
        CPPUNIT_ASSERT(client.send(get(), ample()).ok());
        const pid_t child = ::fork();
        if (child == 0) {
            client.abandon();
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        CPPUNIT_ASSERT_EQUAL(0, status);
        CPPUNIT_ASSERT(client.send(post(), ample()).ok());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, client.statistics().connections);
    }

    void a_cancel_token_can_be_set_twice_and_wakes_every_wait() {
        CancelToken cancel;
        CPPUNIT_ASSERT(!cancel.is_set());
        errno = 7;
        cancel.set();
        cancel.set();
        CPPUNIT_ASSERT_EQUAL(7, errno);
        CPPUNIT_ASSERT(cancel.is_set());
        const auto deadline = Deadline::after(milliseconds(-5), &cancel);
        CPPUNIT_ASSERT(deadline.expired() && deadline.cancelled());
        CPPUNIT_ASSERT(deadline.remaining() == milliseconds(0));
        const auto capped = ample(&cancel).capped(milliseconds(10));
        CPPUNIT_ASSERT(capped.remaining() <= milliseconds(10));
        CPPUNIT_ASSERT(capped.cancel() == &cancel);
        CPPUNIT_ASSERT(Deadline::after(milliseconds::max()).remaining() > milliseconds(0));
    }
};

CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(HostProcessTest, "host process");
CPPUNIT_REGISTRY_ADD_TO_DEFAULT("host process");

} // namespace infrastate::test
