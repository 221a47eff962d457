// SPDX-License-Identifier: Apache-2.0
// When a kept connection is used again. Nothing is ever sent a second time.
#include "tls_fixture.h"

#include <cppunit/extensions/HelperMacros.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace infrastate::test {
namespace {

using namespace transport;

std::size_t count(const std::string& text, std::string_view what) {
    std::size_t found = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
        ++found;
    }
    return found;
}

/// While it lives, the peer's bytes wait. Then they leave together.
class Together {
public:
    explicit Together(const Peer& peer) : descriptor_(peer.descriptor()) { cork(1); }
    ~Together() { cork(0); }
    Together(const Together&) = delete;
    Together& operator=(const Together&) = delete;

private:
    void cork(int on) const { ::setsockopt(descriptor_, IPPROTO_TCP, TCP_CORK, &on, sizeof on); }
    int descriptor_;
};

/// Waits until the server's end of the first connection has reached this machine's socket.
void let_it_arrive() {
    std::this_thread::sleep_for(milliseconds(150));
}

} // namespace

class ReuseTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ReuseTest);
    CPPUNIT_TEST(one_connection_serves_a_whole_run);
    CPPUNIT_TEST(connection_close_is_obeyed);
    CPPUNIT_TEST(a_post_never_goes_out_on_a_connection_that_died_meanwhile);
    CPPUNIT_TEST(a_post_never_goes_out_on_a_connection_that_spoke_unasked);
    CPPUNIT_TEST(what_came_in_one_piece_with_the_answer_is_noticed);
    CPPUNIT_TEST(what_came_in_one_piece_with_the_handshake_is_not_waited_for);
    CPPUNIT_TEST(tickets_in_one_piece_with_the_answer_do_no_harm);
    CPPUNIT_TEST(a_post_that_may_have_been_seen_is_not_sent_again);
    CPPUNIT_TEST(a_get_that_may_have_been_seen_is_not_sent_again_here);
    CPPUNIT_TEST(after_a_failed_answer_the_connection_is_not_used_again);
    CPPUNIT_TEST(closing_tells_the_server);
    CPPUNIT_TEST(a_client_works_again_after_close);
    CPPUNIT_TEST_SUITE_END();

public:
    void one_connection_serves_a_whole_run() {
        HostileServer server("127.0.0.1", good_tls(), answering(plain_answer("{}")));
        auto client = client_for(server.authority());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, client.statistics().connections);
        for (int i = 0; i < 3; ++i) {
            CPPUNIT_ASSERT(client.send(get(), ample()).ok());
            CPPUNIT_ASSERT(client.send(post(), ample()).ok());
            Request removal = get("/api/access-keys/abc");
            removal.method = Method::del;
            CPPUNIT_ASSERT(client.send(removal, ample()).ok());
            for (const Method method : {Method::put, Method::patch}) {
                Request change = post();
                change.method = method;
                CPPUNIT_ASSERT(client.send(change, ample()).ok());
            }
        }
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{15}, client.statistics().requests);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, client.statistics().connections);
    }

    void connection_close_is_obeyed() {
        HostileServer server("127.0.0.1", good_tls(), [](Peer& peer) {
            if (!peer.handshake()) return;
            const bool last = peer.number() == 1;
            while (!peer.read_request().empty()) {
                peer.write(last ? "HTTP/1.1 200 OK\r\nConnection: close\r\n"
                                  "Content-Length: 2\r\n\r\n{}"
                                : plain_answer("{}"));
            }
        });
        auto client = client_for(server.authority());
        for (int i = 0; i < 3; ++i)
            CPPUNIT_ASSERT(client.send(post(), ample()).ok());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, client.statistics().requests);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, client.statistics().connections);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, count(server.received(), "POST "));
    }

    void a_post_never_goes_out_on_a_connection_that_died_meanwhile() {
        for (const Ending ending : {Ending::notify, Ending::fin, Ending::reset}) {
            HostileServer server("127.0.0.1", good_tls(), [ending](Peer& peer) {
                if (!peer.handshake() || peer.read_request().empty()) return;
                peer.write(plain_answer("{}"));
                if (peer.number() > 1) return peer.linger();
                if (ending == Ending::notify) peer.close_notify();
                if (ending == Ending::reset) peer.reset();
            });
            auto client = client_for(server.authority());
            CPPUNIT_ASSERT(client.send(get(), ample()).ok());
            let_it_arrive();
            const auto answer = client.send(post(), ample());
            CPPUNIT_ASSERT_EQUAL(std::string("200"), verdict(answer));
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, client.statistics().connections);
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, count(server.received(), "POST "));
        }
    }

    void a_post_never_goes_out_on_a_connection_that_spoke_unasked() {
        HostileServer server("127.0.0.1", good_tls(), [](Peer& peer) {
            if (!peer.handshake()) return;
            while (!peer.read_request().empty()) {
                peer.write(plain_answer("{}"));
                if (peer.number() > 1) continue;
                peer.pause(milliseconds(20));
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n\"evil\"");
            }
        });
        auto client = client_for(server.authority());
        CPPUNIT_ASSERT(client.send(get(), ample()).ok());
        let_it_arrive();
        const auto answer = client.send(post(), ample());
        CPPUNIT_ASSERT_EQUAL(std::string("200"), verdict(answer));
        CPPUNIT_ASSERT_EQUAL(std::string("{}"), answer->body);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, client.statistics().connections);
    }

    /// One read of the socket takes several records. None may be overlooked.
    void what_came_in_one_piece_with_the_answer_is_noticed() {
        for (const bool speaks : {true, false}) {
            HostileServer server("127.0.0.1", good_tls(), [speaks](Peer& peer) {
                if (!peer.handshake()) return;
                while (!peer.read_request().empty()) {
                    const Together piece(peer);
                    peer.write(plain_answer("{}"));
                    if (peer.number() > 1) continue;
                    if (speaks)
                        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n\"evil\"");
                    else
                        peer.close_notify();
                }
            });
            auto client = client_for(server.authority());
            CPPUNIT_ASSERT(client.send(get(), ample()).ok());
            const auto answer = client.send(post(), ample());
            CPPUNIT_ASSERT_EQUAL(std::string("200"), verdict(answer));
            CPPUNIT_ASSERT_EQUAL(std::string("{}"), answer->body);
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, client.statistics().connections);
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, count(server.received(), "POST "));
        }
    }

    /// In TLS 1.2 the server's part of the handshake is the last.
    void what_came_in_one_piece_with_the_handshake_is_not_waited_for() {
        ServerTls tls = good_tls();
        tls.max_version = TLS1_2_VERSION;
        HostileServer server("127.0.0.1", tls, [](Peer& peer) {
            {
                const Together piece(peer);
                if (!peer.handshake()) return;
                peer.write(plain_answer("{}"));
            }
            peer.linger();
        });
        auto client = client_for(server.authority());
        CPPUNIT_ASSERT_EQUAL(std::string("200"), verdict(client.send(get(), ample())));
    }

    void tickets_in_one_piece_with_the_answer_do_no_harm() {
        HostileServer server("127.0.0.1", good_tls(), [](Peer& peer) {
            if (!peer.handshake()) return;
            while (!peer.read_request().empty()) {
                const Together piece(peer);
                peer.send_tickets(2);
                peer.write(plain_answer("{}"));
                peer.send_tickets(2);
            }
        });
        auto client = client_for(server.authority());
        for (int i = 0; i < 3; ++i)
            CPPUNIT_ASSERT_EQUAL(std::string("200"), verdict(client.send(post(), ample())));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, client.statistics().connections);
    }

    void a_post_that_may_have_been_seen_is_not_sent_again() { is_not_sent_again(post(), "POST "); }
    void a_get_that_may_have_been_seen_is_not_sent_again_here() {
        is_not_sent_again(get(), "GET ");
    }

    void after_a_failed_answer_the_connection_is_not_used_again() {
        HostileServer server("127.0.0.1", good_tls(), [](Peer& peer) {
            if (!peer.handshake()) return;
            while (!peer.read_request().empty()) {
                peer.write(peer.number() == 1 ? "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"
                                              : plain_answer("{}"));
            }
        });
        auto client = client_for(server.authority());
        CPPUNIT_ASSERT_EQUAL(std::string("http_bad_length"), verdict(client.send(get(), ample())));
        CPPUNIT_ASSERT_EQUAL(std::string("200"), verdict(client.send(get(), ample())));
        CPPUNIT_ASSERT_EQUAL(2, server.connections());
    }

    void closing_tells_the_server() {
        std::atomic<int> shutdown_state{-1};
        HostileServer server("127.0.0.1", good_tls(), [&](Peer& peer) {
            if (!peer.handshake() || peer.read_request().empty()) return;
            peer.write(plain_answer("{}"));
            peer.linger();
            shutdown_state = peer.was_notified() ? 1 : 0;
        });
        auto client = client_for(server.authority());
        CPPUNIT_ASSERT(client.send(get(), ample()).ok());
        client.close();
        for (int i = 0; i < 500 && shutdown_state < 0; ++i) {
            std::this_thread::sleep_for(milliseconds(10));
        }
        CPPUNIT_ASSERT_EQUAL(1, shutdown_state.load());
    }

    void a_client_works_again_after_close() {
        HostileServer server("127.0.0.1", good_tls(), answering(plain_answer("{}")));
        auto client = client_for(server.authority());
        client.close();
        CPPUNIT_ASSERT(client.send(get(), ample()).ok());
        client.close();
        client.close();
        CPPUNIT_ASSERT(client.send(get(), ample()).ok());
        HttpClient moved = std::move(client);
        CPPUNIT_ASSERT(moved.send(get(), ample()).ok());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, moved.statistics().connections);
    }

private:
    enum class Ending { notify, fin, reset };

    static void is_not_sent_again(const Request& request, const char* line) {
        HostileServer server("127.0.0.1", good_tls(), [](Peer& peer) {
            if (!peer.handshake()) return;
            for (int i = 0; !peer.read_request().empty() && i < 1; ++i) {
                peer.write(plain_answer("{}"));
            }
        });
        auto client = client_for(server.authority());
        CPPUNIT_ASSERT(client.send(request, ample()).ok());
        // The server reads this request and closes without an answer.
        const auto answer = client.send(request, ample());
        CPPUNIT_ASSERT_EQUAL(std::string("connection_lost"), verdict(answer));
        CPPUNIT_ASSERT(answer.error().effect == Effect::unknown);
        CPPUNIT_ASSERT(answer.error().retryable);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, count(server.received(), line));
        CPPUNIT_ASSERT_EQUAL(1, server.connections());
    }
};

CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(ReuseTest, "reuse");
CPPUNIT_REGISTRY_ADD_TO_DEFAULT("reuse");

} // namespace infrastate::test
