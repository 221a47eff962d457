// SPDX-License-Identifier: Apache-2.0
// Every answer of the table, read from memory in pieces of several sizes, and over TLS by the
// whole client.
#include "answers_table.h"
#include "http_response.h"
#include "support/from_memory.h"
#include "tls_fixture.h"

#include <cppunit/extensions/HelperMacros.h>

namespace infrastate::test {

using namespace transport;

class AnswersTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(AnswersTest);
    CPPUNIT_TEST(every_answer_is_judged_alike_whatever_the_pieces);
    CPPUNIT_TEST(every_answer_is_judged_alike_over_tls);
    CPPUNIT_TEST(only_an_answer_that_ends_exactly_leaves_a_usable_connection);
    CPPUNIT_TEST(cookies_are_not_kept);
    CPPUNIT_TEST(an_encoded_word_in_a_header_stays_as_it_is);
    CPPUNIT_TEST(the_maximum_of_a_body_is_exact);
    CPPUNIT_TEST(a_failed_answer_to_a_post_has_an_unknown_effect_and_names_the_status);
    CPPUNIT_TEST(an_error_repeats_only_printable_bytes_of_the_server);
    CPPUNIT_TEST_SUITE_END();

public:
    void every_answer_is_judged_alike_whatever_the_pieces() {
        for (const AnswerRow& row : answer_rows()) {
            for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1} << 20}) {
                FromMemory source(row.bytes, piece, row.ending == Ending::notify);
                auto answer = read_answer(source, ResponseLimits{});
                const std::string title = row.name + ", pieces of " + std::to_string(piece);
                const std::string word =
                    answer ? std::to_string(answer->response.status) : answer.error().detail;
                CPPUNIT_ASSERT_EQUAL_MESSAGE(title, row.expected, word);
                if (answer) CPPUNIT_ASSERT_EQUAL_MESSAGE(title, row.body, answer->response.body);
                if (!answer) CPPUNIT_ASSERT_MESSAGE(title, answer.error().message.size() < 300);
            }
        }
    }

    void every_answer_is_judged_alike_over_tls() {
        const std::vector<AnswerRow> rows = answer_rows();
        // The n-th connection gets the n-th answer, and each row its own connection.
        HostileServer server("127.0.0.1", good_tls(), [&rows](Peer& peer) {
            const AnswerRow& row = rows.at(static_cast<std::size_t>(peer.number()) - 1);
            if (!peer.handshake() || peer.read_request().empty()) return;
            if (!peer.write(row.bytes)) return;
            if (row.ending == Ending::notify) peer.close_notify();
            if (row.ending != Ending::cut) peer.linger();
        });
        auto client = client_for(server.authority());
        for (const AnswerRow& row : rows) {
            const auto answer = client.send(get(), ample());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, row.expected, verdict(answer));
            if (answer) CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, row.body, answer->body);
            client.close();
        }
        CPPUNIT_ASSERT_EQUAL(rows.size(), static_cast<std::size_t>(server.connections()));
    }

    void only_an_answer_that_ends_exactly_leaves_a_usable_connection() {
        const auto reusable = [](std::string bytes, bool clean = false) {
            FromMemory source(bytes, 1u << 20, clean);
            auto answer = read_answer(source, ResponseLimits{});
            return answer.ok() && answer->reusable;
        };
        CPPUNIT_ASSERT(reusable("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"));
        CPPUNIT_ASSERT(reusable("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
        CPPUNIT_ASSERT(reusable("HTTP/1.1 204 No Content\r\n\r\n"));
        CPPUNIT_ASSERT(!reusable("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200"));
        CPPUNIT_ASSERT(
            !reusable("HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\n{}"));
        CPPUNIT_ASSERT(!reusable("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"));
        CPPUNIT_ASSERT(!reusable("HTTP/1.1 200 OK\r\n\r\n{}", true));
    }

    void cookies_are_not_kept() {
        const std::string bytes = "HTTP/1.1 200 OK\r\nset-COOKIE: auth=secret; Path=/\r\n"
                                  "X-Kept: yes\r\nContent-Length: 0\r\n\r\n";
        FromMemory source(bytes, 1u << 20, true);
        auto answer = read_answer(source, ResponseLimits{});
        CPPUNIT_ASSERT(answer.ok());
        CPPUNIT_ASSERT(answer->response.header("Set-Cookie") == nullptr);
        CPPUNIT_ASSERT_EQUAL(std::string("yes"), *answer->response.header("x-kept"));
    }

    void an_encoded_word_in_a_header_stays_as_it_is() {
        const std::string bytes =
            "HTTP/1.1 200 OK\r\nLocation: =?utf-8?q?a=0d=0ab?=\r\nContent-Length: 0\r\n\r\n";
        FromMemory source(bytes, 1u << 20, true);
        auto answer = read_answer(source, ResponseLimits{});
        CPPUNIT_ASSERT(answer.ok());
        const std::string& value = *answer->response.header("location");
        CPPUNIT_ASSERT_MESSAGE(value, value.find_first_of("\r\n") == std::string::npos);
    }

    void the_maximum_of_a_body_is_exact() {
        for (const std::size_t size : {std::size_t{1000}, std::size_t{1001}}) {
            const std::string body(size, 'a');
            ResponseLimits limits;
            limits.max_body_bytes = 1000;
            const std::string length =
                "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" + body;
            const std::string until_end = "HTTP/1.1 200 OK\r\n\r\n" + body;
            const std::string chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                       "1F4\r\n" +
                                       body.substr(0, 500) + "\r\n" +
                                       (size == 1000 ? "1f4" : "1f5") + "\r\n" + body.substr(500) +
                                       "\r\n0\r\n\r\n";
            for (const std::string& bytes : {length, until_end, chunks}) {
                FromMemory source(bytes, 333, true);
                const auto answer = read_answer(source, limits);
                const std::string word = answer ? "200" : answer.error().detail;
                CPPUNIT_ASSERT_EQUAL(std::string(size == 1000 ? "200" : "http_too_large"), word);
            }
        }
    }

    void a_failed_answer_to_a_post_has_an_unknown_effect_and_names_the_status() {
        HostileServer server("127.0.0.1", good_tls(),
                             answering("HTTP/1.1 201 Created\r\nContent-Length: -1\r\n\r\n"));
        auto client = client_for(server.authority());
        const auto answer = client.send(post(), ample());
        CPPUNIT_ASSERT(!answer);
        CPPUNIT_ASSERT(answer.error().effect == Effect::unknown);
        CPPUNIT_ASSERT_EQUAL(201, answer.error().http_status);
    }

    void an_error_repeats_only_printable_bytes_of_the_server() {
        const std::string bytes = "\x1b[31mboo\x80\x07\r\n";
        FromMemory source(bytes, 1u << 20, true);
        const auto answer = read_answer(source, ResponseLimits{});
        CPPUNIT_ASSERT(!answer);
        for (const char c : answer.error().message)
            CPPUNIT_ASSERT(c >= 0x20 && c < 0x7f);
    }
};

CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(AnswersTest, "answers");
CPPUNIT_REGISTRY_ADD_TO_DEFAULT("answers");

} // namespace infrastate::test
