// SPDX-License-Identifier: Apache-2.0
// The server's first bytes may arrive between our look at them and OpenSSL's own read. This
// program's recv() forces that: once it says that there are no bytes, although there are.
#include "tls_fixture.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

std::atomic<int> looks_in_vain{0};

} // namespace

extern "C" ssize_t recv(int descriptor, void* into, size_t size, int flags) {
    if (flags == (MSG_PEEK | MSG_DONTWAIT) && looks_in_vain.load() > 0) {
        pollfd one{descriptor, POLLIN, 0};
        if (::poll(&one, 1, 5000) == 1) {
            --looks_in_vain;
            errno = EAGAIN;
            return -1;
        }
    }
    return ::syscall(SYS_recvfrom, descriptor, into, size, flags, nullptr, nullptr);
}

namespace infrastate::test {
namespace {

using namespace transport;

class FirstLookTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(FirstLookTest);
    CPPUNIT_TEST(bytes_that_come_just_after_the_look_are_still_looked_at);
    CPPUNIT_TEST(what_is_not_tls_is_told_also_when_it_comes_just_after_the_look);
    CPPUNIT_TEST_SUITE_END();

    void bytes_that_come_just_after_the_look_are_still_looked_at() {
        HostileServer server("127.0.0.1", good_tls(),
                             answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"));
        auto client = client_for(server.authority());
        looks_in_vain = 1;
        CPPUNIT_ASSERT_EQUAL(std::string("200"), verdict(client.send(get(), ample())));
        CPPUNIT_ASSERT_EQUAL(0, looks_in_vain.load());
    }

    void what_is_not_tls_is_told_also_when_it_comes_just_after_the_look() {
        HostileServer server("127.0.0.1", ServerTls{}, [](Peer& peer) {
            peer.write("{}");
            peer.linger();
        });
        auto client = client_for(server.authority());
        looks_in_vain = 1;
        CPPUNIT_ASSERT_EQUAL(std::string("tls_not_tls"), verdict(client.send(get(), ample())));
        CPPUNIT_ASSERT_EQUAL(0, looks_in_vain.load());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FirstLookTest);

} // namespace
} // namespace infrastate::test
