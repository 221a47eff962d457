// SPDX-License-Identifier: Apache-2.0
// OpenSSL's error queue is empty when a call returns that used OpenSSL, whatever happened in the
// call and whatever was in the queue before. A host must not find an error of ours, and none of its
// own may be taken for ours. So docs/abi.md says that a host's own queued errors, and its marks
// among them, are removed, too. A call that is refused before it uses OpenSSL may also leave
// everything as it was, but nothing in between.
#include "abi_fixture.h"
#include "support/tls_certificates.h"

#include "infrastate/json/json.h"

#include <cppunit/extensions/HelperMacros.h>
#include <openssl/err.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sys/socket.h>

namespace infrastate::test {
namespace {

constexpr int some_errno = 4711;

/// What is in the host's queue before a call.
enum class Queue { empty, an_error, a_mark_between_errors };
constexpr Queue queues[] = {Queue::empty, Queue::an_error, Queue::a_mark_between_errors};
constexpr const char* queue_words[] = {"an empty queue", "an error of the host",
                                       "a mark between errors of the host"};

void fill(Queue queue) {
    ERR_clear_error();
    if (queue == Queue::empty) return;
    ERR_raise(ERR_LIB_SSL, ERR_R_INTERNAL_ERROR);
    if (queue == Queue::an_error) return;
    ERR_set_mark();
    ERR_raise(ERR_LIB_X509, ERR_R_MALLOC_FAILURE);
}

struct Folder {
    Folder() { CPPUNIT_ASSERT(::mkdtemp(path.data()) != nullptr); }
    ~Folder() { std::filesystem::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string file(const std::string& name, const std::string& text) const {
        std::ofstream(path + "/" + name) << text;
        return path + "/" + name;
    }
    std::string path = std::filesystem::temp_directory_path() / "infrastate-XXXXXX";
};

std::string json_text(const std::string& text) {
    return json::write(Value(text));
}

std::string member(const std::string& name, const std::string& text) {
    return '"' + name + "\":" + json_text(text);
}

/// Whether the queue is as fill() left it. Afterwards it is empty.
bool untouched(Queue queue) {
    const bool marked = queue == Queue::a_mark_between_errors;
    bool same = !marked || ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_X509;
    same = same && (ERR_pop_to_mark() == 1) == marked;
    // Without a mark, looking for one has removed all errors.
    if (marked) same = same && ERR_GET_LIB(ERR_get_error()) == ERR_LIB_SSL;
    return same && ERR_get_error() == 0;
}

/// A call that returns this code. Nothing that touches OpenSSL happens before or after it.
struct Row {
    std::string name;
    std::int32_t expected;
    std::function<std::int32_t(infrastate_result**)> call;
    bool uses_openssl = true;
};

Row refused_before(Row one) {
    one.uses_openssl = false;
    return one;
}

/// Opens and closes a client. Returns the code of infrastate_client_open().
Row opening(const std::string& name, std::int32_t expected, const std::string& config) {
    return {name, expected, [config](infrastate_result** result) {
                infrastate_client* client = nullptr;
                const auto code = infrastate_client_open(config.data(), config.size(), nullptr,
                                                         nullptr, &client, result);
                infrastate_client_close(client);
                return code;
            }};
}

Row planning(const std::string& name, std::int32_t expected, infrastate_client* client,
             const std::string& request = request_for("some-key")) {
    return {name, expected, [client, request](infrastate_result** result) {
                return infrastate_plan(client, request.data(), request.size(), nullptr, result);
            }};
}

} // namespace

class OpenSslQueueTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(OpenSslQueueTest);
    CPPUNIT_TEST(the_queue_is_empty_after_calls_that_go_well);
    CPPUNIT_TEST(the_queue_is_empty_after_a_handshake_that_fails);
    CPPUNIT_TEST(the_queue_is_empty_after_certificates_and_keys_that_are_refused);
    CPPUNIT_TEST(calls_that_do_not_come_to_openssl_leave_nothing_of_theirs_in_the_queue);
    CPPUNIT_TEST_SUITE_END();

    HostileServer server_{"127.0.0.1", test_tls(), empty_infra()};

    static std::string seen_after(const Row& one, Queue queue) {
        infrastate_result* result = nullptr;
        fill(queue);
        errno = some_errno;
        const auto code = one.call(&result);
        const int errno_after = errno;
        const unsigned long left = ERR_peek_error();
        const bool as_it_was = left != 0 && untouched(queue);
        const bool mark = left == 0 && ERR_pop_to_mark() == 1;
        ERR_clear_error();
        const std::string text = infrastate_result_json(result, nullptr);
        infrastate_result_free(result);
        const std::string where =
            one.name + ", with " + queue_words[static_cast<std::size_t>(queue)] + ": ";
        std::string bad;
        if (code != one.expected) bad += where + "answered " + text + "\n";
        if (errno_after != some_errno)
            bad += where + "errno became " + std::to_string(errno_after) + "\n";
        if (left != 0 && (one.uses_openssl || !as_it_was))
            bad += where + "left " + ERR_error_string(left, nullptr) + "\n";
        if (mark) bad += where + "left a mark\n";
        return bad;
    }

    static void check(const std::vector<Row>& cases) {
        std::string bad;
        for (const Row& one : cases)
            for (const Queue queue : queues)
                bad += seen_after(one, queue);
        CPPUNIT_ASSERT_EQUAL(std::string(), bad);
    }

public:
    void the_queue_is_empty_after_calls_that_go_well() {
        const Client client = open(config_for(server_.authority()));
        check({planning("plan", INFRASTATE_OK, client.get()),
               opening("open and close", INFRASTATE_OK, config_for(server_.authority())),
               {"open, plan and close", INFRASTATE_OK, [&](infrastate_result** result) {
                    const std::string config = config_for(server_.authority());
                    infrastate_client* made = nullptr;
                    infrastate_client_open(config.data(), config.size(), nullptr, nullptr, &made,
                                           result);
                    infrastate_result_free(*result);
                    const std::string request = request_for("some-key");
                    const auto code =
                        infrastate_plan(made, request.data(), request.size(), nullptr, result);
                    infrastate_client_close(made);
                    return code;
                }}});
    }

    void the_queue_is_empty_after_a_handshake_that_fails() {
        const Identity stranger = make_authority("stranger");
        const Identity elsewhere =
            self_signed({.common_name = "elsewhere", .alternative_names = "DNS:elsewhere.test"});
        ServerTls demanding = test_tls();
        demanding.client_authority = &stranger;
        ServerTls old = test_tls();
        old.min_version = old.max_version = TLS1_1_VERSION;
        ServerTls other;
        other.identity = &elsewhere;
        HostileServer wants_certificate("127.0.0.1", demanding, empty_infra());
        HostileServer old_one("127.0.0.1", old, empty_infra());
        HostileServer wrong_name("127.0.0.1", other, empty_infra());
        HostileServer no_tls("127.0.0.1", ServerTls{}, [](Peer& peer) {
            peer.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            peer.linger();
        });
        HostileServer ends("127.0.0.1", ServerTls{},
                           [](Peer& peer) { peer.pause(milliseconds(5)); });
        HostileServer garbage("127.0.0.1", test_tls(), [](Peer& peer) {
            if (!peer.handshake() || peer.read_request().empty()) return;
            const std::string no_record(100, '\xff');
            [[maybe_unused]] const auto sent =
                ::send(peer.descriptor(), no_record.data(), no_record.size(), MSG_NOSIGNAL);
            peer.linger();
        });
        const auto trusting = [](HostileServer& server, const Identity& authority) {
            return open("{" + member("host", "https://" + server.authority()) + "," +
                        member("access_key", fake_key()) + R"(,"retries":0,)" +
                        member("server_certificate", authority.certificate_pem()) + "}");
        };
        const auto plain = [](HostileServer& server) {
            return open(config_for(server.authority(), R"("retries":0)"));
        };
        const Client refused = plain(wants_certificate);
        const Client too_old = plain(old_one);
        const Client not_trusted = trusting(server_, stranger);
        const Client named_otherwise = trusting(wrong_name, elsewhere);
        const Client not_tls = plain(no_tls);
        const Client ended = plain(ends);
        const Client no_records = plain(garbage);
        check({planning("no client certificate", INFRASTATE_TRANSPORT, refused.get()),
               planning("a version that is refused", INFRASTATE_TRANSPORT, too_old.get()),
               planning("an unknown authority", INFRASTATE_TRANSPORT, not_trusted.get()),
               planning("another name", INFRASTATE_TRANSPORT, named_otherwise.get()),
               planning("no TLS", INFRASTATE_TRANSPORT, not_tls.get()),
               planning("an end", INFRASTATE_TRANSPORT, ended.get()),
               planning("no TLS records", INFRASTATE_TRANSPORT, no_records.get())});
    }

    void the_queue_is_empty_after_certificates_and_keys_that_are_refused() {
        const Folder folder;
        const Identity one = self_signed({.common_name = "one"});
        const Identity other = self_signed({.common_name = "other"});
        const std::string certificate = folder.file("certificate.pem", one.certificate_pem());
        std::string damaged = one.certificate_pem();
        damaged.replace(damaged.find('\n') + 1, 4, "AAAA");
        const auto with = [&](const std::string& key_file) {
            return config_for(server_.authority(), member("client_cert", certificate) + "," +
                                                       member("client_key", key_file));
        };
        const auto trusting = [&](const std::string& pem) {
            return "{" + member("access_key", fake_key()) + "," +
                   member("server_certificate", pem) + "}";
        };
        check({
            refused_before(opening("no PEM", INFRASTATE_ARGUMENT, trusting("nonsense"))),
            opening("a damaged certificate", INFRASTATE_ARGUMENT, trusting(damaged)),
            opening("a good and a cut certificate", INFRASTATE_ARGUMENT,
                    trusting(one.certificate_pem() + one.certificate_pem().substr(0, 100))),
            refused_before(
                opening("no such client key", INFRASTATE_FILE, with(folder.path + "/nowhere"))),
            opening("a client key that is none", INFRASTATE_ARGUMENT,
                    with(folder.file("none.pem", "nonsense"))),
            opening("another's client key", INFRASTATE_ARGUMENT,
                    with(folder.file("other.pem", other.key_pem()))),
            opening("an encrypted client key", INFRASTATE_ARGUMENT,
                    with(folder.file("encrypted.pem", one.key_pem("some words")))),
            opening("a good client key", INFRASTATE_OK,
                    with(folder.file("good.pem", one.key_pem()))),
        });
    }

    void calls_that_do_not_come_to_openssl_leave_nothing_of_theirs_in_the_queue() {
        const Client client = open(config_for(server_.authority()));
        std::vector<Row> cases{
            planning("no JSON", INFRASTATE_ARGUMENT, client.get(), "{"),
            planning("a wrong parameter", INFRASTATE_ARGUMENT, client.get(), request_for("?")),
            planning("no client", INFRASTATE_ARGUMENT, nullptr),
            opening("no configuration", INFRASTATE_ARGUMENT, "{}"),
            {"describe", INFRASTATE_OK, &infrastate_describe}};
        for (Row& one : cases)
            one = refused_before(one);
        check(cases);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OpenSslQueueTest);

} // namespace infrastate::test
