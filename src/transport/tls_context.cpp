// SPDX-License-Identifier: Apache-2.0
#include "tls_context.h"

#include "ca_store.h"
#include "guards.h"
#include "stages.h"
#include "tls_errors.h"
#include "tls_identity.h"

#include "infrastate/types/text.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <ctime>

namespace infrastate::transport {
namespace {

// X25519 first, for which the handshake sends a key share: almost every server has it.
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

void on_info(const SSL* ssl, int where, int value) noexcept {
    TlsObserver* observer = observer_of(ssl);
    if (observer == nullptr) return;
    constexpr int fatal = 2;
    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && value >> 8 == fatal) {
        observer->alert = value & 0xff;
    }
    if ((where & SSL_CB_CONNECT_EXIT) == SSL_CB_CONNECT_EXIT && value <= 0) {
        observer->failure = ERR_peek_error();
    }
}

int refuse_passphrase(char*, int, int, void*) noexcept {
    return -1;
}

/// The text of the oldest error in OpenSSL's queue: later ones follow from it.
std::string openssl_text() {
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_peek_error(), text.data(), text.size());
    return text.data();
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

TlsContext::TlsContext(ContextOwner context, bool verifies)
    : context_(std::move(context)), bio_method_(new_socket_method()),
      observer_(std::make_unique<TlsObserver>()), verifies_(verifies) {
    SSL_CTX_set_ex_data(context_.get(), observer_index(), observer_.get());
}

void TlsContext::abandon() noexcept {
    static_cast<void>(context_.release());
    static_cast<void>(bio_method_.release());
    static_cast<void>(observer_.release()); // the SSL_CTX still holds its address
}

/// What the machine's openssl.cnf says holds: which ciphers there are, and which versions at most.
/// It cannot allow less than TLS 1.2.
TlsContext::ContextOwner TlsContext::new_context() noexcept {
    ContextOwner context(SSL_CTX_new(TLS_client_method()));
    if (!context) return nullptr;
    const long oldest = SSL_CTX_get_min_proto_version(context.get());
    if (oldest < TLS1_2_VERSION) SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    if (SSL_CTX_set1_groups_list(context.get(), groups) != 1) return nullptr;
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    return context;
}

Result<TlsContext> TlsContext::create(const Endpoint& endpoint, const TlsSettings& settings) {
    const CleanTlsErrors clean;
    const bool verify = !settings.skip_verify;
    ContextOwner made = new_context();
    if (!made) return tls_unavailable(openssl_text());
    TlsContext result(std::move(made), verify);
    if (!result.bio_method_) return lack_of(ENOMEM, "for what TLS needs");
    SSL_CTX* context = result.context_.get();
    SSL_CTX_set_verify(context,
                       verify ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_NONE,
                       verify ? &on_verify : nullptr);
    SSL_CTX_set_info_callback(context, &on_info);
    SSL_CTX_set_default_passwd_cb(context, &refuse_passphrase);
    SSL_CTX_set_options(context, SSL_OP_ALL | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CLEANSE_PLAINTEXT);
    // Each call reads one record. With AUTO_RETRY an endless series of tickets would never return
    // to this code, which checks the deadline.
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
    // One call of the system for a record instead of two: header and content.
    SSL_CTX_set_read_ahead(context, 1);
    // Nothing is sent at the end unless TlsSession::close asks for it. A child after fork() that
    // cleans up must not end its parent's connection.
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
}

} // namespace infrastate::transport
