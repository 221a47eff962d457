// SPDX-License-Identifier: Apache-2.0
#include "tls_context.h"

#include "ca_store.h"
#include "guards.h"
#include "stages.h"
#include "tls_errors.h"
#include "tls_identity.h"

#include "infrastate/types/text.h"

#include <Poco/Crypto/OpenSSLInitializer.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <ctime>
#include <sys/socket.h>

namespace infrastate::transport {
namespace {

// This order saves a round trip. Poco's default begins with X448, which many servers lack.
constexpr const char* groups = "X25519:P-256:P-384:P-521";
constexpr std::array<unsigned char, 9> alpn{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
constexpr std::size_t max_names = 8;

int observer_index() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

TlsObserver* observer_of(const SSL* ssl) noexcept {
    if (ssl == nullptr) return nullptr;
    return static_cast<TlsObserver*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), observer_index()));
}

std::optional<Timestamp> timestamp_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
    return Timestamp::from_unix(::timegm(&parts));
}

std::string address_text(const ASN1_OCTET_STRING* bytes) {
    const int size = ASN1_STRING_length(bytes);
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    const int family = size == 4 ? AF_INET : AF_INET6;
    if (size != 4 && size != 16) return "?";
    ::inet_ntop(family, ASN1_STRING_get0_data(bytes), buffer.data(), buffer.size());
    return buffer.data();
}

/// The names for which a certificate is valid, as many as fit into a sentence.
std::vector<std::string> names_of(const X509* certificate) {
    std::vector<std::string> names;
    auto* all = static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(all) && names.size() < max_names; ++i) {
        const GENERAL_NAME* one = sk_GENERAL_NAME_value(all, i);
        if (one->type == GEN_DNS) {
            const auto* text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(one->d.dNSName));
            const auto size = static_cast<std::size_t>(ASN1_STRING_length(one->d.dNSName));
            names.push_back(printable({text, size}, 80));
        } else if (one->type == GEN_IPADD) {
            names.push_back(address_text(one->d.iPAddress));
        }
    }
    GENERAL_NAMES_free(all);
    return names;
}

std::string name_text(const X509_NAME* name) {
    std::array<char, 200> line{};
    X509_NAME_oneline(name, line.data(), static_cast<int>(line.size()));
    return printable(line.data());
}

int on_verify(int accepted, X509_STORE_CTX* store) noexcept {
    auto* ssl =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    TlsObserver* observer = observer_of(ssl);
    if (observer == nullptr) return 0;
    const int depth = X509_STORE_CTX_get_error_depth(store);
    if (accepted == 1) {
        if (depth == 0) observer->leaf_accepted = true;
        return 1;
    }
    observer->leaf_accepted = false;
    observer->verify_error = X509_STORE_CTX_get_error(store);
    try {
        if (const X509* certificate = X509_STORE_CTX_get_current_cert(store)) {
            observer->names = names_of(certificate);
            observer->not_before = timestamp_of(X509_get0_notBefore(certificate));
            observer->not_after = timestamp_of(X509_get0_notAfter(certificate));
            observer->subject = name_text(X509_get_subject_name(certificate));
            observer->issuer = name_text(X509_get_issuer_name(certificate));
        }
    } catch (...) { // the verdict stands without its details
    }
    return 0;
}

/// Checks the peer's first bytes before OpenSSL reads them. OpenSSL itself would wait for a whole
/// record header, which a peer that sends "{}" never completes.
long before_read(BIO* bio, int operation, const char*, size_t, int, long, int result,
                 size_t*) noexcept {
    // This read got bytes that came after the check, so they were not checked. Only the peer's
    // first bytes are checked, and later bytes are not the first ones. So the check ends here.
    if (operation == (BIO_CB_READ | BIO_CB_RETURN) && result > 0) BIO_set_callback_ex(bio, nullptr);
    if (operation != BIO_CB_READ) return result;
    std::array<unsigned char, 2> first{};
    const auto seen = ::recv(static_cast<int>(BIO_get_fd(bio, nullptr)), first.data(), first.size(),
                             MSG_PEEK | MSG_DONTWAIT);
    if (seen == 0) { // the end; OpenSSL will see it too
        errno = 0;
        return result;
    }
    if (seen < 0) {
        // OpenSSL must not read now: bytes that arrive meanwhile would not be checked, and an error
        // is reported only once.
        BIO_clear_retry_flags(bio);
        if (errno == EAGAIN || errno == EINTR) BIO_set_retry_read(bio);
        return -1;
    }
    const bool record = first[0] >= 20 && first[0] <= 24; // from change_cipher_spec to heartbeat
    if (record && (seen == 1 || first[1] == 3)) {
        BIO_set_callback_ex(bio, nullptr);
        return result;
    }
    reinterpret_cast<TlsObserver*>(BIO_get_callback_arg(bio))->not_tls = true;
    BIO_clear_retry_flags(bio);
    errno = 0; // otherwise Poco would try again
    return -1;
}

void on_info(const SSL* ssl, int where, int value) noexcept {
    TlsObserver* observer = observer_of(ssl);
    if (observer == nullptr) return;
    observer->ssl = const_cast<SSL*>(ssl); // OpenSSL passes its own object as const
    // Also called for messages after the handshake, for instance a ticket.
    if ((where & SSL_CB_HANDSHAKE_START) != 0 && !observer->handshake_done) {
        BIO_set_callback_arg(SSL_get_rbio(ssl), reinterpret_cast<char*>(observer));
        BIO_set_callback_ex(SSL_get_rbio(ssl), &before_read);
    }
    constexpr int fatal = 2;
    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && value >> 8 == fatal) {
        observer->alert = value & 0xff;
    }
    if ((where & SSL_CB_HANDSHAKE_DONE) != 0) observer->handshake_done = true;
    if ((where & SSL_CB_CONNECT_EXIT) == SSL_CB_CONNECT_EXIT && value <= 0) {
        observer->failure = ERR_peek_error();
    }
}

int refuse_passphrase(char*, int, int, void*) noexcept {
    return -1;
}

/// Poco counts its contexts. With the last one it shuts down OpenSSL's configuration, even if the
/// host process still uses it. This reference, which is never released, prevents that.
void keep_openssl_initialized() {
    static const bool once = [] {
        Poco::Crypto::OpenSSLInitializer::initialize();
        return true;
    }();
    static_cast<void>(once);
}

Poco::Net::Context::Ptr make_poco_context(bool verify) {
    Poco::Net::Context::Params params;
    params.verificationMode =
        verify ? Poco::Net::Context::VERIFY_STRICT : Poco::Net::Context::VERIFY_NONE;
    params.loadDefaultCAs = false;
    params.cipherList = "DEFAULT"; // what this machine's policy allows
    params.ecdhCurve = groups;
    Poco::Net::Context::Ptr context =
        new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, params);
    context->requireMinimumProtocol(Poco::Net::Context::PROTO_TLSV1_2);
    context->enableExtendedCertificateVerification(false);
    context->enableSessionCache(false);
    return context;
}

bool bind_name(SSL_CTX* context, const Endpoint& endpoint) {
    X509_VERIFY_PARAM* rules = SSL_CTX_get0_param(context);
    // Does not fall back to the common name: only the names in subjectAltName count.
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                               X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    // Any certificate that is itself trusted ends a chain, as in Go and curl.
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
    if (endpoint.is_ip_literal()) {
        return X509_VERIFY_PARAM_set1_ip_asc(rules, endpoint.host().c_str()) == 1;
    }
    return X509_VERIFY_PARAM_set1_host(rules, endpoint.host().data(), endpoint.host().size()) == 1;
}

Result<void> add_authorities(SSL_CTX* context, const TlsSettings& settings) {
    X509_STORE* store = SSL_CTX_get_cert_store(context);
    if (!settings.extra_ca_pem.empty()) {
        auto added = add_pem_authorities(store, settings.extra_ca_pem, settings.extra_ca_field);
        if (!added) return added;
    }
    auto system = find_system_authorities(settings.ssl_cert_file, settings.ssl_cert_dir);
    if (!system) return system.error();
    if (!system->found() && settings.extra_ca_pem.empty()) {
        return argument_error("server_certificate",
                              "this machine has no certificate authorities: none of " +
                                  system_places() +
                                  " can be read; install the package ca-certificates, name a "
                                  "bundle by SSL_CERT_FILE or a folder by SSL_CERT_DIR, or give "
                                  "server_certificate");
    }
    return add_system_authorities(store, *system);
}

} // namespace

TlsContext::TlsContext(Poco::Net::Context::Ptr context, bool verifies)
    : context_(std::move(context)), observer_(std::make_unique<TlsObserver>()),
      verifies_(verifies) {
    SSL_CTX_set_ex_data(context_->sslContext(), observer_index(), observer_.get());
}

Result<TlsContext> TlsContext::create(const Endpoint& endpoint, const TlsSettings& settings) {
    const CleanTlsErrors clean;
    const bool verify = !settings.skip_verify;
    try {
        keep_openssl_initialized();
        TlsContext result(make_poco_context(verify), verify);
        SSL_CTX* context = result.context_->sslContext();
        SSL_CTX_set_verify(
            context, verify ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_NONE,
            verify ? &on_verify : nullptr);
        SSL_CTX_set_info_callback(context, &on_info);
        SSL_CTX_set_default_passwd_cb(context, &refuse_passphrase);
        SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                         SSL_OP_CLEANSE_PLAINTEXT);
        // Each call reads one record. With AUTO_RETRY an endless series of tickets would never
        // return to this code, which checks the deadline.
        SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
        // Nothing is sent at the end unless Connection::close asks for it. A child after fork()
        // that cleans up must not end its parent's connection.
        SSL_CTX_set_quiet_shutdown(context, 1);
        SSL_CTX_set_alpn_protos(context, alpn.data(), static_cast<unsigned>(alpn.size()));
        if (verify) {
            if (!bind_name(context, endpoint)) {
                return lack_of(ENOMEM, "for the host name that a certificate must have");
            }
            auto added = add_authorities(context, settings);
            if (!added) return added.error();
            if (!settings.extra_ca_pem.empty()) result.own_authority_ = settings.extra_ca_field;
        }
        auto identity = use_client_identity(context, settings);
        if (!identity) return identity.error();
        return result;
    } catch (const Poco::Exception& problem) {
        return tls_unavailable(problem.displayText());
    }
}

} // namespace infrastate::transport
