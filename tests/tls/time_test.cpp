// SPDX-License-Identifier: Apache-2.0
// However slow a server is, at every stage a call ends at its deadline, or when another thread
// cancels it.
#include "black_hole.h"
#include "dialer.h"
#include "hostile_proxy.h"
#include "resolver.h"
#include "tls_fixture.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

namespace infrastate::test {
namespace {

using namespace transport;
using Clock = std::chrono::steady_clock;

constexpr milliseconds timeout{700};
constexpr milliseconds grace{500}; // what the issue allows beyond the timeout
constexpr milliseconds cancel_after{200};
constexpr milliseconds drip_pause{30};

struct Slow {
    const char* name;
    bool tls;
    HostileServer::Script script;
    const char* doing; ///< the deadline's message must contain it
};

const std::string endless = std::string(100'000, 'a');

std::vector<Slow> slow_servers() {
    const auto after_request = [](auto then) {
        return [then](Peer& peer) {
            if (peer.handshake() && !peer.read_request().empty()) then(peer);
        };
    };
    return {
        {"silent: accepts and says nothing", false, [](Peer& peer) { peer.linger(); },
         "TLS handshake"},
        {"a handshake that drips", false,
         [](Peer& peer) { peer.drip("\x16\x03\x03\x3f" + endless, drip_pause); }, "TLS handshake"},
        {"mute: reads the request and says nothing", true,
         after_request([](Peer& peer) { peer.linger(); }), "waiting for the answer"},
        {"a head that drips", true,
         after_request([](Peer& peer) { peer.drip("HTTP/1.1 200 " + endless, drip_pause); }),
         "waiting for the answer"},
        {"a body that drips", true, after_request([](Peer& peer) {
             peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
             peer.drip(endless, drip_pause);
         }),
         "reading the answer"},
        {"chunks that drip", true, after_request([](Peer& peer) {
             peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
             while (peer.drip("1\r\na\r\n", drip_pause)) {
             }
         }),
         "reading the answer"},
        {"a body that rushes without end", true, after_request([](Peer& peer) {
             peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
             while (peer.write("1\r\na\r\n")) {
             }
         }),
         "reading the answer"},
        {"one that never reads the request", true,
         [](Peer& peer) {
             if (peer.handshake()) peer.pause(milliseconds(60'000));
         },
         ""},
    };
}

/// A request larger than the buffers in between, so that sending it has to wait.
Request large_post() {
    return post(std::string(16u << 20, 'a'));
}

Result<Response> run(const Slow& slow, const Deadline& deadline) {
    HostileServer server("127.0.0.1", slow.tls ? good_tls() : ServerTls{}, slow.script);
    auto client = client_for(server.authority(), {}, ResponseLimits{64u << 10, 1u << 30});
    const bool sending = std::strlen(slow.doing) == 0;
    return client.send(sending ? large_post() : get(), deadline);
}

void ends_in_time(const char* name, Clock::time_point start, milliseconds allowed) {
    const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - start);
    CPPUNIT_ASSERT_MESSAGE(std::string(name) + " took " + std::to_string(took.count()) + " ms",
                           took <= allowed + grace);
}

SocketAddress address_of(const BlackHole& hole) {
    return resolve("127.0.0.1", hole.port(), ample())->front();
}

class CancelLater {
public:
    explicit CancelLater(CancelToken& token)
        : thread_([&token] {
              std::this_thread::sleep_for(cancel_after);
              token.set();
          }) {}
    ~CancelLater() { thread_.join(); }

private:
    std::thread thread_;
};

} // namespace

class TimeTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(TimeTest);
    CPPUNIT_TEST(every_slow_server_ends_at_the_deadline);
    CPPUNIT_TEST(every_slow_server_can_be_cancelled);
    CPPUNIT_TEST(a_black_hole_ends_at_the_deadline_and_can_be_cancelled);
    CPPUNIT_TEST(a_black_holed_address_leaves_time_for_the_next);
    CPPUNIT_TEST(a_dead_address_of_one_family_leaves_time_for_the_other);
    CPPUNIT_TEST(a_refusing_address_gives_way_to_the_next);
    CPPUNIT_TEST(the_share_of_an_address_is_never_less_than_two_seconds);
    CPPUNIT_TEST(a_silent_proxy_ends_at_the_deadline_and_can_be_cancelled);
    CPPUNIT_TEST(a_deadline_that_has_passed_sends_nothing);
    CPPUNIT_TEST(a_cancelled_token_sends_nothing);
    CPPUNIT_TEST_SUITE_END();

public:
    void every_slow_server_ends_at_the_deadline() {
        for (const Slow& slow : slow_servers()) {
            const auto start = Clock::now();
            const auto answer = run(slow, Deadline::after(timeout));
            ends_in_time(slow.name, start, timeout);
            CPPUNIT_ASSERT_MESSAGE(slow.name, !answer);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(slow.name, std::string("deadline"), verdict(answer));
            CPPUNIT_ASSERT(answer.error().code == Code::deadline);
            CPPUNIT_ASSERT_MESSAGE(answer.error().message,
                                   answer.error().message.find(slow.doing) != std::string::npos);
            const Effect expected = slow.tls ? Effect::unknown : Effect::none;
            CPPUNIT_ASSERT_MESSAGE(slow.name, answer.error().effect == expected);
        }
    }

    void every_slow_server_can_be_cancelled() {
        for (const Slow& slow : slow_servers()) {
            CancelToken token;
            const CancelLater later(token);
            const auto start = Clock::now();
            const auto answer = run(slow, ample(&token));
            ends_in_time(slow.name, start, cancel_after);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(slow.name, std::string("cancelled"), verdict(answer));
            CPPUNIT_ASSERT(answer.error().code == Code::cancelled);
        }
    }

    void a_black_hole_ends_at_the_deadline_and_can_be_cancelled() {
        const BlackHole hole;
        auto client = client_for(hole.authority());
        auto start = Clock::now();
        auto answer = client.send(get(), Deadline::after(timeout));
        ends_in_time("black hole", start, timeout);
        CPPUNIT_ASSERT_EQUAL(std::string("deadline"), verdict(answer));
        CPPUNIT_ASSERT(answer.error().effect == Effect::none);

        CancelToken token;
        const CancelLater later(token);
        start = Clock::now();
        answer = client.send(get(), ample(&token));
        ends_in_time("black hole, cancelled", start, cancel_after);
        CPPUNIT_ASSERT_EQUAL(std::string("cancelled"), verdict(answer));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, client.statistics().connections);
    }

    void a_black_holed_address_leaves_time_for_the_next() {
        const BlackHole hole;
        HostileServer server("127.0.0.1", good_tls(), answering(plain_answer("{}")));
        const auto good = resolve("127.0.0.1", server.port(), ample())->front();
        const auto dialed = connect_in_turn({address_of(hole), good}, "infra.test:443",
                                            Deadline::after(milliseconds(4000)));
        CPPUNIT_ASSERT(dialed.ok());
        sockaddr_in to{};
        std::memcpy(&to, &dialed->address.storage, sizeof to);
        CPPUNIT_ASSERT_EQUAL(server.port(), static_cast<std::uint16_t>(ntohs(to.sin_port)));
    }

    void a_dead_address_of_one_family_leaves_time_for_the_other() {
        const BlackHole hole;
        std::uint16_t unused = 0;
        ::close(listen_on("::1", unused));
        const auto refusing = resolve("::1", unused, ample())->front();
        for (const char* family : {"::1", "127.0.0.1"}) {
            HostileServer server(family, good_tls(), answering(plain_answer("{}")));
            const auto good = resolve(family, server.port(), ample())->front();
            const auto dialed =
                connect_in_turn({refusing, address_of(hole), good}, "infra.test:443",
                                Deadline::after(milliseconds(5000)));
            CPPUNIT_ASSERT_MESSAGE(family, dialed.ok());
            CPPUNIT_ASSERT_EQUAL(std::string(family), dialed->address.text());
        }
    }

    void a_refusing_address_gives_way_to_the_next() {
        std::uint16_t unused = 0;
        ::close(listen_on("127.0.0.1", unused));
        HostileServer server("127.0.0.1", good_tls(), answering(plain_answer("{}")));
        const auto refusing = resolve("127.0.0.1", unused, ample())->front();
        const auto good = resolve("127.0.0.1", server.port(), ample())->front();
        CPPUNIT_ASSERT(connect_in_turn({refusing, good}, "x", ample()).ok());
        const auto failed = connect_in_turn({refusing, refusing}, "infra.test:443", ample());
        CPPUNIT_ASSERT(!failed);
        CPPUNIT_ASSERT_EQUAL(std::string("connect_refused"), failed.error().detail);
        CPPUNIT_ASSERT(failed.error().message.find("127.0.0.1, 127.0.0.1") != std::string::npos);
    }

    void the_share_of_an_address_is_never_less_than_two_seconds() {
        CPPUNIT_ASSERT(try_span(milliseconds(30'000), 3) == milliseconds(10'000));
        CPPUNIT_ASSERT(try_span(milliseconds(30'000), 1) == milliseconds(30'000));
        CPPUNIT_ASSERT(try_span(milliseconds(6'000), 16) == milliseconds(2'000));
        CPPUNIT_ASSERT(try_span(milliseconds(500), 16) == milliseconds(500));
    }

    void a_silent_proxy_ends_at_the_deadline_and_can_be_cancelled() {
        HostileProxy proxy("127.0.0.1", 1, "");
        ProxySettings through;
        through.url = Secret(proxy.url());
        auto client = client_for(good_name, std::move(through));
        auto start = Clock::now();
        auto answer = client.send(get(), Deadline::after(timeout));
        ends_in_time("silent proxy", start, timeout);
        CPPUNIT_ASSERT_EQUAL(std::string("deadline"), verdict(answer));
        CPPUNIT_ASSERT(answer.error().message.find("proxy") != std::string::npos);

        CancelToken token;
        const CancelLater later(token);
        start = Clock::now();
        answer = client.send(get(), ample(&token));
        ends_in_time("silent proxy, cancelled", start, cancel_after);
        CPPUNIT_ASSERT_EQUAL(std::string("cancelled"), verdict(answer));
    }

    void a_deadline_that_has_passed_sends_nothing() {
        HostileServer server("127.0.0.1", good_tls(), answering(plain_answer("{}")));
        auto client = client_for(server.authority());
        const auto answer = client.send(post(), Deadline::after(milliseconds(0)));
        CPPUNIT_ASSERT_EQUAL(std::string("deadline"), verdict(answer));
        CPPUNIT_ASSERT(answer.error().effect == Effect::none);
        CPPUNIT_ASSERT_EQUAL(std::string(), server.received());
    }

    void a_cancelled_token_sends_nothing() {
        HostileServer server("127.0.0.1", good_tls(), answering(plain_answer("{}")));
        auto client = client_for(server.authority());
        CPPUNIT_ASSERT(client.send(get(), ample()).ok()); // now a connection is kept
        const std::string before = server.received();
        CancelToken token;
        token.set();
        const auto answer = client.send(post(), ample(&token));
        CPPUNIT_ASSERT_EQUAL(std::string("cancelled"), verdict(answer));
        CPPUNIT_ASSERT_EQUAL(before, server.received());
        CPPUNIT_ASSERT(answer.error().effect == Effect::none);
    }
};

CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(TimeTest, "time");
CPPUNIT_REGISTRY_ADD_TO_DEFAULT("time");

} // namespace infrastate::test
