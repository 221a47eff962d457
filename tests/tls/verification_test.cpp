// SPDX-License-Identifier: Apache-2.0
// One table of good and bad servers. Each row runs over IPv4, IPv6 and a proxy, and also with a
// server that stalls before and inside the handshake. A server that fails must never get a byte of
// the request.
#include "hostile_proxy.h"
#include "tls_fixture.h"

#include <cppunit/extensions/HelperMacros.h>
#include <openssl/ssl.h>

namespace infrastate::test {
namespace {

using namespace transport;

constexpr const char* right_names = "DNS:infra.test,DNS:localhost,IP:127.0.0.1,IP:::1";
constexpr milliseconds stall_span{120};

enum class Stall { none, before, inside };
enum class Path { ipv4, ipv6, proxy };

/// Everything that a row may need, made once.
struct Identities {
    const Identity& root = test_authority();
    Identity stranger = make_authority("a stranger");
    Identity intermediate = issued_by(root, {.common_name = "intermediate", .authority = true});
    Identity old_authority = issued_by(
        root, {.common_name = "old", .not_before = -7200, .not_after = -3600, .authority = true});
    Identity no_authority = issued_by(root, {.common_name = "no authority"});

    Identity good = issued_by(root, {.alternative_names = right_names});
    Identity deep = issued_by(intermediate, {.alternative_names = right_names});
    Identity strange = issued_by(stranger, {.alternative_names = right_names});
    Identity own = self_signed({.alternative_names = right_names});
    Identity expired = issued_by(
        root, {.alternative_names = right_names, .not_before = -7200, .not_after = -3600});
    Identity early =
        issued_by(root, {.alternative_names = right_names, .not_before = 3600, .not_after = 7200});
    Identity by_old = issued_by(old_authority, {.alternative_names = right_names});
    Identity by_nobody = issued_by(no_authority, {.alternative_names = right_names});
    Identity other_names =
        issued_by(root, {.alternative_names = "DNS:other.test,DNS:*.example.test,IP:192.0.2.3"});
    Identity common_name_only = issued_by(root, {.common_name = good_name});
    Identity any_name = issued_by(root, {.alternative_names = "DNS:*,DNS:*.test.infra.test"});
    Identity partial_wildcard = issued_by(root, {.alternative_names = "DNS:inf*.test"});
    Identity address_as_name =
        issued_by(root, {.alternative_names = "DNS:127.0.0.1,DNS:other.test"});
    Identity for_clients =
        issued_by(root, {.alternative_names = right_names, .extended_key_usage = "clientAuth"});
};

const Identities& identities() {
    static const Identities made;
    return made;
}

struct Row {
    const char* name;
    const char* expected; ///< "200" or the error's detail
    ServerTls tls;
    TlsSettings settings;
    const char* says = ""; ///< the error's message must contain it
};

TlsSettings trusting_root() {
    return trusting(identities().root);
}

TlsSettings with_client_identity(bool encrypted) {
    TlsSettings settings = trusting_root();
    settings.client_certificate_pem = good_identity().certificate_pem();
    if (encrypted) {
        settings.client_key_pem = Secret::adopt(good_identity().key_pem("open sesame"));
        settings.client_key_passphrase = Secret("open sesame");
    } else {
        settings.client_key_pem = Secret::adopt(good_identity().key_pem());
    }
    return settings;
}

TlsSettings unverified() {
    TlsSettings settings;
    settings.skip_verify = true;
    return settings;
}

ServerTls serving(const Identity& identity) {
    ServerTls tls;
    tls.identity = &identity;
    return tls;
}

ServerTls versions(int low, int high, const char* ciphers = "") {
    ServerTls tls = serving(identities().good);
    tls.min_version = low;
    tls.max_version = high;
    tls.ciphers = ciphers;
    return tls;
}

ServerTls demanding_client(int version) {
    ServerTls tls = versions(version, version);
    tls.client_authority = &identities().root;
    return tls;
}

std::vector<Row> rows() {
    const Identities& w = identities();
    std::vector<Row> all;
    const auto row = [&](const char* name, const char* expected, ServerTls tls,
                         TlsSettings settings, const char* says = "") {
        all.push_back(Row{name, expected, std::move(tls), std::move(settings), says});
    };
    row("a good certificate", "200", serving(w.good), trusting_root());
    row("TLS 1.2", "200", versions(TLS1_2_VERSION, TLS1_2_VERSION), trusting_root());
    row("TLS 1.3", "200", versions(TLS1_3_VERSION, TLS1_3_VERSION), trusting_root());
    ServerTls with_chain = serving(w.deep);
    with_chain.chain = {&w.intermediate};
    row("an intermediate that the server sends", "200", std::move(with_chain), trusting_root());
    row("a trusted intermediate alone", "200", serving(w.deep), trusting(w.intermediate));
    row("the server's own certificate as server_certificate", "200", serving(w.own),
        trusting(w.own));
    TlsSettings two = trusting(w.stranger);
    two.extra_ca_pem += "some text between\n" + w.root.certificate_pem();
    row("the second of two authorities in server_certificate", "200", serving(w.good),
        std::move(two));
    row("a demanded client certificate", "200", demanding_client(TLS1_3_VERSION),
        with_client_identity(false));
    row("a demanded client certificate, its key encrypted", "200", demanding_client(TLS1_2_VERSION),
        with_client_identity(true));
    row("a self-signed certificate, verification skipped", "200", serving(w.own), unverified());

    row("an intermediate that is missing", "tls_unknown_authority", serving(w.deep),
        trusting_root(), "signed it: if that is an intermediate authority");
    row("another authority", "tls_unknown_authority", serving(w.strange), trusting_root(),
        "what server_certificate holds did not sign it");
    row("a self-signed certificate", "tls_unknown_authority", serving(w.own), trusting_root());
    row("an expired certificate", "tls_expired", serving(w.expired), trusting_root(), "expired on");
    ServerTls old_chain = serving(w.by_old);
    old_chain.chain = {&w.old_authority};
    row("an expired authority", "tls_expired", std::move(old_chain), trusting_root(),
        "CN=old) expired on 2");
    row("a certificate of tomorrow", "tls_not_yet_valid", serving(w.early), trusting_root(),
        "clock");
    ServerTls no_ca = serving(w.by_nobody);
    no_ca.chain = {&w.no_authority};
    row("an authority that is none", "tls_bad_certificate", std::move(no_ca), trusting_root());
    row("a certificate for clients", "tls_bad_certificate", serving(w.for_clients), trusting_root(),
        "purpose");
    row("another host's certificate", "tls_wrong_host", serving(w.other_names), trusting_root(),
        "for other.test, *.example.test, 192.0.2.3 only");
    row("a common name without names", "tls_wrong_host", serving(w.common_name_only),
        trusting_root(), "no name at all");
    row("wildcards for everything and for one level less", "tls_wrong_host", serving(w.any_name),
        trusting_root());
    row("a wildcard inside a label", "tls_wrong_host", serving(w.partial_wildcard),
        trusting_root());
    row("an address written as a name", "tls_wrong_host", serving(w.address_as_name),
        trusting_root());
    row("TLS 1.1", "tls_refused", versions(TLS1_VERSION, TLS1_1_VERSION), trusting_root(),
        "TLS 1.2");
    row("no common cipher", "tls_refused",
        versions(TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-NULL-SHA"), trusting_root());
    row("a client certificate that is missing, TLS 1.2", "tls_refused",
        demanding_client(TLS1_2_VERSION), trusting_root());
    return all;
}

bool is_good(const Row& row) {
    return std::string_view(row.expected) == "200";
}

void serve(Peer& peer, Stall stall) {
    if (stall == Stall::before && !peer.pause(stall_span)) return;
    if (!peer.handshake()) return peer.linger(); // also waits after a failed handshake
    if (!peer.read_request().empty()) peer.write(plain_answer("{}"));
    peer.linger();
}

} // namespace

class VerificationTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(VerificationTest);
    CPPUNIT_TEST(every_server_is_judged_alike_over_ipv4);
    CPPUNIT_TEST(every_server_is_judged_alike_over_ipv6);
    CPPUNIT_TEST(every_server_is_judged_alike_through_a_proxy);
    CPPUNIT_TEST(four_groups_are_spoken_for_the_key_exchange);
    CPPUNIT_TEST(a_missing_client_certificate_in_tls_1_3_is_told_as_such);
    CPPUNIT_TEST(a_connection_that_ends_before_any_answer_may_be_the_client_certificates_fault);
    CPPUNIT_TEST(what_is_not_tls_is_told_as_such);
    CPPUNIT_TEST(a_connection_that_closes_in_the_handshake_is_told_as_such);
    CPPUNIT_TEST(skipped_verification_leaves_a_warning);
    CPPUNIT_TEST_SUITE_END();

public:
    void every_server_is_judged_alike_over_ipv4() { judge_all(Path::ipv4); }
    void every_server_is_judged_alike_over_ipv6() { judge_all(Path::ipv6); }
    void every_server_is_judged_alike_through_a_proxy() { judge_all(Path::proxy); }

    void four_groups_are_spoken_for_the_key_exchange() {
        const std::pair<const char*, const char*> table[] = {{"X25519", "200"},
                                                             {"P-256", "200"},
                                                             {"P-384", "200"},
                                                             {"P-521", "200"},
                                                             {"X448", "tls_refused"}};
        for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
            for (const auto& [group, expected] : table) {
                ServerTls tls = versions(version, version);
                tls.groups = group;
                HostileServer server("127.0.0.1", tls, answering(plain_answer("{}")));
                auto client = client_for(server.authority());
                CPPUNIT_ASSERT_EQUAL_MESSAGE(group, std::string(expected),
                                             verdict(client.send(get(), ample())));
            }
        }
    }

    void a_missing_client_certificate_in_tls_1_3_is_told_as_such() {
        // Here the client's handshake is over before the server's refusal arrives.
        HostileServer server("127.0.0.1", demanding_client(TLS1_3_VERSION),
                             [](Peer& peer) { serve(peer, Stall::none); });
        auto client = client_for(server.authority());
        const auto answer = client.send(get(), ample());
        CPPUNIT_ASSERT(!answer);
        // Under load the reset that follows can destroy the refusal.
        const std::string word = verdict(answer);
        CPPUNIT_ASSERT_MESSAGE(word, word == "tls_refused" || word == "connection_lost");
        if (word == "tls_refused") {
            CPPUNIT_ASSERT(answer.error().message.find("client_cert") != std::string::npos);
        }
        CPPUNIT_ASSERT_EQUAL(std::string(), server.received());
    }

    void what_is_not_tls_is_told_as_such() {
        // The shortest ones are shorter than a TLS record header: the client must not wait for the
        // rest. Some servers speak at once, others after they have received the ClientHello.
        for (const char* greeting :
             {"HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "\x16X", "{}", "{"}) {
            for (const bool at_once : {true, false}) {
                HostileServer server("127.0.0.1", ServerTls{}, [greeting, at_once](Peer& peer) {
                    if (!at_once && !peer.pause(milliseconds(50))) return;
                    peer.write(greeting);
                    peer.linger();
                });
                auto client = client_for(server.authority());
                const auto answer = client.send(get(), ample());
                CPPUNIT_ASSERT_EQUAL_MESSAGE(greeting, std::string("tls_not_tls"), verdict(answer));
                CPPUNIT_ASSERT(answer.error().effect == Effect::none);
            }
        }
    }

    void a_connection_that_closes_in_the_handshake_is_told_as_such() {
        for (const bool hard : {false, true}) {
            for (const bool shows_certificate : {false, true}) {
                HostileServer server("127.0.0.1", ServerTls{}, [hard](Peer& peer) {
                    // Not before the client knows that it is connected.
                    if (hard && peer.pause(milliseconds(200))) peer.reset();
                });
                auto client = client_of(server, shows_certificate);
                const auto answer = client.send(post(), ample());
                CPPUNIT_ASSERT_EQUAL(std::string("tls_closed"), verdict(answer));
                CPPUNIT_ASSERT(answer.error().retryable);
                CPPUNIT_ASSERT(answer.error().effect == Effect::none);
                CPPUNIT_ASSERT_EQUAL(shows_certificate, names_client_cert(answer));
            }
        }
    }

    // In TLS 1.3 the client's handshake is over when the server looks at its certificate.
    void a_connection_that_ends_before_any_answer_may_be_the_client_certificates_fault() {
        for (const bool shows_certificate : {false, true}) {
            HostileServer server("127.0.0.1", serving(identities().good), [](Peer& peer) {
                if (peer.handshake()) peer.reset();
            });
            auto client = client_of(server, shows_certificate);
            const auto answer = client.send(post(), ample());
            CPPUNIT_ASSERT_EQUAL(std::string("connection_lost"), verdict(answer));
            CPPUNIT_ASSERT_EQUAL(shows_certificate, names_client_cert(answer));
        }
    }

    void skipped_verification_leaves_a_warning() {
        auto endpoint = Endpoint::parse("infra.test");
        auto client = HttpClient::create(*endpoint, unverified());
        CPPUNIT_ASSERT(client.ok());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, client->warnings().size());
        auto strict = HttpClient::create(*endpoint, trusting_root());
        CPPUNIT_ASSERT(strict->warnings().empty());
    }

private:
    static HttpClient client_of(const HostileServer& server, bool shows_certificate) {
        auto made =
            HttpClient::create(*Endpoint::parse(server.authority()),
                               shows_certificate ? with_client_identity(false) : trusting_root());
        CPPUNIT_ASSERT(made);
        return std::move(*made);
    }
    static bool names_client_cert(const Result<Response>& answer) {
        return answer.error().message.find("client_cert") != std::string::npos;
    }
    void judge_all(Path path) {
        for (const Stall stall : {Stall::none, Stall::before, Stall::inside}) {
            for (Row& row : fresh_rows())
                judge(row, path, stall);
        }
    }

    static std::vector<Row>& fresh_rows() {
        static std::vector<Row> kept;
        kept = rows();
        return kept;
    }

    static void judge(Row& row, Path path, Stall stall) {
        const std::string title = std::string(row.name) + ", path " +
                                  std::to_string(static_cast<int>(path)) + ", stall " +
                                  std::to_string(static_cast<int>(stall));
        const std::string address = path == Path::ipv6 ? "::1" : "127.0.0.1";
        ServerTls tls = row.tls;
        if (stall == Stall::inside) tls.stall_inside = stall_span;
        HostileServer server(address, tls, [stall](Peer& peer) { serve(peer, stall); });
        HostileProxy proxy(address, server.port());
        ProxySettings through;
        std::string host = server.authority();
        if (path == Path::proxy) {
            through.url = Secret(proxy.url());
            host = std::string(good_name) + ":443";
        }
        auto endpoint = Endpoint::parse(host);
        auto client = HttpClient::create(*endpoint, std::move(row.settings), std::move(through));
        CPPUNIT_ASSERT_MESSAGE(title, client.ok());
        const auto answer = client->send(get(), ample());
        CPPUNIT_ASSERT_EQUAL_MESSAGE(title, std::string(row.expected), verdict(answer));
        client->close();

        const std::string received = server.received();
        const bool token_arrived = received.find(token().reveal()) != std::string::npos;
        CPPUNIT_ASSERT_EQUAL_MESSAGE(title, is_good(row), token_arrived);
        CPPUNIT_ASSERT_MESSAGE(title, proxy.heads().find(token().reveal()) == std::string::npos);
        if (is_good(row)) return;
        CPPUNIT_ASSERT_EQUAL_MESSAGE(title, std::string(), received);
        const Error& error = answer.error();
        CPPUNIT_ASSERT_MESSAGE(title,
                               error.effect == Effect::none && error.code == Code::transport);
        CPPUNIT_ASSERT_MESSAGE(title + ": " + error.message,
                               error.message.find(row.says) != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(error.message,
                               error.message.find(endpoint->authority()) != std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(VerificationTest, "verification");
CPPUNIT_REGISTRY_ADD_TO_DEFAULT("verification");

} // namespace infrastate::test
