// SPDX-License-Identifier: Apache-2.0
// A write to a broken connection raises SIGPIPE in the thread that writes. None of it may reach the
// host, whether the signal would end it, or is blocked and would stay pending. A signal that was
// pending before is the host's own. It is a separate program because it counts the writes that
// broke: a test without a broken write proves nothing.
//
// Each trial is in a child, whose one thread has the signal mask of the trial: loading a shared
// Poco has blocked SIGPIPE in the thread that loaded it (docs/abi.md).
#include "abi_fixture.h"
#include "support/tls_certificates.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <dlfcn.h>
#include <fstream>
#include <functional>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {
std::atomic<int> broken_writes{0};
}

/// Replaces the C library's function, with which the library sends.
extern "C" __attribute__((visibility("default"))) ssize_t send(int descriptor, const void* bytes,
                                                               size_t size, int flags) {
    using Send = ssize_t (*)(int, const void*, size_t, int);
    static const auto real = reinterpret_cast<Send>(::dlsym(RTLD_NEXT, "send"));
    const ssize_t done = real(descriptor, bytes, size, flags);
    if (done < 0 && errno == EPIPE) ++broken_writes;
    return done;
}

namespace infrastate::test {
namespace {

enum class Host { default_action, blocked, blocked_and_pending };
constexpr Host hosts[] = {Host::default_action, Host::blocked, Host::blocked_and_pending};
constexpr const char* host_words[] = {"SIGPIPE has its default action", "SIGPIPE is blocked",
                                      "SIGPIPE is blocked and pending"};

enum Ended { good = 0, mask_changed, left_pending, taken_away, none_broke };
constexpr const char* words[] = {
    "good", "the signal mask is another", "a SIGPIPE is pending that was not",
    "the SIGPIPE that was pending is gone", "no write broke, so nothing was tried"};

sigset_t only_sigpipe() {
    sigset_t out;
    sigemptyset(&out);
    sigaddset(&out, SIGPIPE);
    return out;
}

bool pending() {
    sigset_t all;
    sigemptyset(&all);
    ::sigpending(&all);
    return sigismember(&all, SIGPIPE) == 1;
}

/// Calls `use` in this thread as such a host, several times. Whether a write breaks is a race with
/// the server, and each of them must be harmless.
Ended tried(Host host, const std::function<void()>& use) {
    constexpr int most = 10;
    const sigset_t pipe = only_sigpipe();
    ::signal(SIGPIPE, SIG_DFL);
    ::pthread_sigmask(host == Host::default_action ? SIG_UNBLOCK : SIG_BLOCK, &pipe, nullptr);
    if (host == Host::blocked_and_pending) ::raise(SIGPIPE);
    sigset_t before;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
    for (int i = 0; i < most && broken_writes == 0; ++i) {
        use();
        sigset_t after;
        ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
        for (int signal = 1; signal < SIGRTMAX; ++signal)
            if (sigismember(&before, signal) != sigismember(&after, signal)) return mask_changed;
        if (host != Host::blocked_and_pending && pending()) return left_pending;
        if (host == Host::blocked_and_pending && !pending()) return taken_away;
    }
    return broken_writes > 0 ? good : none_broke;
}

std::string in_child(Host host, const std::function<void()>& use) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(60);
        ::_exit(tried(host, use));
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    const std::string what = host_words[static_cast<std::size_t>(host)];
    if (WIFSIGNALED(status))
        return what + ": the host was ended by signal " + std::to_string(WTERMSIG(status));
    return what + ": " + words[WEXITSTATUS(status)];
}

void plan(infrastate_client* client) {
    const std::string request = request_for("some-key");
    infrastate_result* result = nullptr;
    infrastate_plan(client, request.data(), request.size(), nullptr, &result);
    infrastate_result_free(result);
}

infrastate_client* client_for(const std::string& config) {
    infrastate_client* client = nullptr;
    infrastate_result* result = nullptr;
    infrastate_client_open(config.data(), config.size(), nullptr, nullptr, &client, &result);
    infrastate_result_free(result);
    return client;
}

/// Sends everything that a server sends in a handshake, asks for a client certificate, and closes
/// before the client has sent its own. The client needs several writes for that, of which all but
/// the first break.
void close_in_the_handshake(Peer& peer) {
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_server_method()),
                                                         &SSL_CTX_free);
    const Identity& identity = *test_tls().identity;
    SSL_CTX_use_certificate(context.get(), identity.certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), identity.key.get());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    const std::unique_ptr<SSL, void (*)(SSL*)> ssl(SSL_new(context.get()), &SSL_free);
    BIO* const in = BIO_new(BIO_s_mem());
    BIO* const out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl.get(), in, out);
    std::array<char, 16384> bytes{};
    for (;;) {
        const auto got = ::recv(peer.descriptor(), bytes.data(), bytes.size(), 0);
        if (got <= 0) return;
        BIO_write(in, bytes.data(), static_cast<int>(got));
        SSL_accept(ssl.get());
        const int said = BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
        if (said <= 0) continue;
        ::send(peer.descriptor(), bytes.data(), static_cast<std::size_t>(said), MSG_NOSIGNAL);
        return;
    }
}

/// Answers, then ends the connection and resets it, so that the client's next write breaks at once.
void end_after_the_answers(Peer& peer) {
    const timeval patience{0, 200'000};
    ::setsockopt(peer.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    empty_infra()(peer);
    ::shutdown(peer.descriptor(), SHUT_WR);
    peer.reset();
}

struct Folder {
    Folder() { CPPUNIT_ASSERT(::mkdtemp(path.data()) != nullptr); }
    ~Folder() {
        ::unlink((path + "/chain.pem").c_str());
        ::rmdir(path.c_str());
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string path = "/tmp/infrastate-XXXXXX";
};

} // namespace

class SigpipeTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SigpipeTest);
    CPPUNIT_TEST(a_server_that_closes_under_a_write_raises_no_signal);
    CPPUNIT_TEST(a_server_that_closed_a_kept_connection_raises_none_when_the_client_closes);
    CPPUNIT_TEST_SUITE_END();

    static void harmless(const std::function<void()>& use) {
        std::string bad;
        for (const Host host : hosts) {
            const std::string found = in_child(host, use);
            if (!found.ends_with(": good")) bad += found + "\n";
        }
        CPPUNIT_ASSERT_EQUAL(std::string(), bad);
    }

public:
    void a_server_that_closes_under_a_write_raises_no_signal() {
        HostileServer server("127.0.0.1", ServerTls{}, &close_in_the_handshake);
        // A chain of certificates that is too long for one write.
        const Identity authority = make_authority("long chain");
        const Identity own =
            issued_by(authority, {.common_name = "client", .extended_key_usage = "clientAuth"});
        const Folder folder;
        const std::string path = folder.path + "/chain.pem";
        std::ofstream file(path);
        file << own.certificate_pem();
        for (int i = 0; i < 150; ++i)
            file << authority.certificate_pem();
        file << own.key_pem();
        file.close();
        const std::string config =
            config_for(server.authority(), R"("retries":0,"client_cert":")" + path +
                                               R"(","client_key":")" + path + '"');
        harmless([&] {
            infrastate_client* client = client_for(config);
            plan(client);
            infrastate_client_close(client);
        });
    }

    void a_server_that_closed_a_kept_connection_raises_none_when_the_client_closes() {
        HostileServer server("127.0.0.1", test_tls(), &end_after_the_answers);
        const std::string config = config_for(server.authority());
        harmless([&] {
            infrastate_client* client = client_for(config);
            plan(client);
            std::this_thread::sleep_for(milliseconds(500));
            infrastate_client_close(client);
        });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SigpipeTest);

} // namespace infrastate::test
