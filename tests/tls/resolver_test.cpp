// SPDX-License-Identifier: Apache-2.0
// Name resolution with a name server of our own: right, missing, silent and broken answers.
#include "resolver.h"
#include "tls_fixture.h"

#include <cppunit/extensions/HelperMacros.h>

#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

namespace infrastate::test {
namespace {

using namespace transport;
using Clock = std::chrono::steady_clock;

enum class Mood { answers, no_such_name, no_address, silent, garbage, refuses };

/// Answers every query for A with 127.0.0.1 and for AAAA with ::1, or in the way that is set.
class NameServer {
public:
    explicit NameServer(Mood mood) : mood_(mood) {
        descriptor_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_in own{};
        own.sin_family = AF_INET;
        own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof own;
        ::bind(descriptor_, reinterpret_cast<sockaddr*>(&own), size);
        ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&own), &size);
        address_ = "127.0.0.1:" + std::to_string(ntohs(own.sin_port));
        thread_ = std::thread([this] { run(); });
    }
    ~NameServer() {
        stop_ = true;
        thread_.join();
        ::close(descriptor_);
    }
    NameServer(const NameServer&) = delete;
    NameServer& operator=(const NameServer&) = delete;
    const std::string& address() const { return address_; }

private:
    void run() {
        while (!stop_) {
            pollfd one{descriptor_, POLLIN, 0};
            if (::poll(&one, 1, 20) <= 0) continue;
            std::array<char, 512> buffer{};
            sockaddr_in from{};
            socklen_t size = sizeof from;
            const auto got = ::recvfrom(descriptor_, buffer.data(), buffer.size(), 0,
                                        reinterpret_cast<sockaddr*>(&from), &size);
            const std::string reply =
                answer(std::string(buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0));
            if (reply.empty()) continue;
            ::sendto(descriptor_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from),
                     size);
        }
    }

    std::string answer(const std::string& query) const {
        using namespace std::string_literals;
        if (mood_ == Mood::silent || query.size() < 17) return {};
        if (mood_ == Mood::garbage) return query.substr(0, 2) + "\xff\xff nonsense";
        std::size_t end = 12; // the question: labels, a zero, type, class
        while (end < query.size() && query[end] != 0) {
            end += static_cast<unsigned char>(query[end]) + 1u;
        }
        const std::string question = query.substr(12, end + 5 - 12);
        const bool v6 = query[end + 2] == 28;
        const bool has = mood_ == Mood::answers;
        const char code = mood_ == Mood::no_such_name ? 3 : mood_ == Mood::refuses ? 5 : 0;
        std::string reply = query.substr(0, 2) + "\x81"s + static_cast<char>(0x80 | code) +
                            "\x00\x01\x00"s + (has ? '\1' : '\0') + "\0\0\0\0"s + question;
        if (!has) return reply;
        reply += "\xc0\x0c\x00"s + static_cast<char>(v6 ? 28 : 1) + "\x00\x01\x00\x00\x00\x3c\x00"s;
        reply += v6 ? "\x10"s + std::string(15, '\0') + "\x01"s : "\x04\x7f\x00\x00\x01"s;
        return reply;
    }

    Mood mood_;
    int descriptor_ = -1;
    std::string address_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

std::string detail_of(Mood mood) {
    const NameServer server(mood);
    const auto found = resolve("infra.example.com", 443, ample(), server.address());
    return found ? "found" : found.error().detail;
}

} // namespace

class ResolverTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ResolverTest);
    CPPUNIT_TEST(addresses_of_both_families_are_found);
    CPPUNIT_TEST(literals_and_the_hosts_file_need_no_name_server);
    CPPUNIT_TEST(localhost_and_names_below_it_are_this_machine_without_asking);
    CPPUNIT_TEST(a_missing_name_and_a_failing_server_are_told_apart);
    CPPUNIT_TEST(a_silent_name_server_ends_at_the_deadline);
    CPPUNIT_TEST(an_answer_that_cannot_be_read_is_none);
    CPPUNIT_TEST(a_silent_name_server_can_be_cancelled);
    CPPUNIT_TEST(a_silent_first_name_server_gives_way_to_the_second);
    CPPUNIT_TEST_SUITE_END();

public:
    void addresses_of_both_families_are_found() {
        const NameServer server(Mood::answers);
        const auto found = resolve("infra.example.com", 443, ample(), server.address());
        CPPUNIT_ASSERT(found.ok());
        std::string all;
        for (const SocketAddress& one : *found)
            all += one.text() + " ";
        CPPUNIT_ASSERT_MESSAGE(all, all.find("127.0.0.1 ") != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(all, all.find("::1 ") != std::string::npos);
    }

    void literals_and_the_hosts_file_need_no_name_server() {
        const NameServer silent(Mood::silent);
        const auto deadline = Deadline::after(milliseconds(1500));
        CPPUNIT_ASSERT_EQUAL(std::string("192.0.2.3"),
                             resolve("192.0.2.3", 1, deadline, silent.address())->front().text());
        CPPUNIT_ASSERT_EQUAL(std::string("::1"),
                             resolve("::1", 1, deadline, silent.address())->front().text());
        CPPUNIT_ASSERT(resolve("localhost", 1, deadline, silent.address()).ok());
    }

    void localhost_and_names_below_it_are_this_machine_without_asking() {
        const NameServer silent(Mood::silent);
        const NameServer lying(Mood::no_such_name);
        for (const NameServer* server : {&silent, &lying}) {
            for (const char* name : {"localhost", "LocalHost", "localhost.", "infra.localhost"}) {
                const auto found =
                    resolve(name, 443, Deadline::after(milliseconds(1500)), server->address());
                CPPUNIT_ASSERT_MESSAGE(name, found.ok());
                for (const SocketAddress& one : *found) {
                    const std::string text = one.text();
                    CPPUNIT_ASSERT_MESSAGE(text, text.starts_with("127.") || text == "::1");
                }
            }
        }
        CPPUNIT_ASSERT(
            !resolve("notlocalhost", 443, Deadline::after(milliseconds(1500)), lying.address())
                 .ok());
    }

    void a_missing_name_and_a_failing_server_are_told_apart() {
        CPPUNIT_ASSERT_EQUAL(std::string("dns_not_found"), detail_of(Mood::no_such_name));
        CPPUNIT_ASSERT_EQUAL(std::string("dns_not_found"), detail_of(Mood::no_address));
        CPPUNIT_ASSERT_EQUAL(std::string("dns_failed"), detail_of(Mood::refuses));
    }

    void a_silent_name_server_ends_at_the_deadline() {
        CPPUNIT_ASSERT(error_in_time(Mood::silent).code == Code::deadline);
    }

    /// c-ares 1.18 goes on waiting; 1.34 reports such an answer at once.
    void an_answer_that_cannot_be_read_is_none() {
        const Error error = error_in_time(Mood::garbage);
        CPPUNIT_ASSERT_MESSAGE(error.message,
                               error.code == Code::deadline || error.detail == "dns_failed");
    }

    static Error error_in_time(Mood mood) {
        const NameServer server(mood);
        const auto start = Clock::now();
        const auto found =
            resolve("infra.example.com", 443, Deadline::after(milliseconds(700)), server.address());
        CPPUNIT_ASSERT(Clock::now() - start < milliseconds(1200));
        CPPUNIT_ASSERT(!found);
        CPPUNIT_ASSERT(found.error().message.find("infra.example.com") != std::string::npos);
        return found.error();
    }

    void a_silent_name_server_can_be_cancelled() {
        const NameServer server(Mood::silent);
        CancelToken cancel;
        std::thread later([&] {
            std::this_thread::sleep_for(milliseconds(200));
            cancel.set();
        });
        const auto start = Clock::now();
        const auto found = resolve("infra.example.com", 443, ample(&cancel), server.address());
        const auto took = Clock::now() - start;
        later.join();
        CPPUNIT_ASSERT(took < milliseconds(700));
        CPPUNIT_ASSERT(!found);
        CPPUNIT_ASSERT(found.error().code == Code::cancelled);
    }

    void a_silent_first_name_server_gives_way_to_the_second() {
        const NameServer silent(Mood::silent);
        const NameServer good(Mood::answers);
        const auto found =
            resolve("infra.example.com", 443, ample(), silent.address() + "," + good.address());
        CPPUNIT_ASSERT(found.ok());
    }
};

CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(ResolverTest, "resolver");
CPPUNIT_REGISTRY_ADD_TO_DEFAULT("resolver");

} // namespace infrastate::test
