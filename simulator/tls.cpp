// SPDX-License-Identifier: Apache-2.0
#include "tls.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <stdexcept>

namespace infrastate::simulator {

namespace {

constexpr long days = 24L * 3600;
constexpr long validity = 30 * days;

struct FileClose {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileClose>;

struct BioFree {
    void operator()(BIO* bio) const { BIO_free(bio); }
};

[[noreturn]] void fail(const char* step) {
    throw std::runtime_error(std::string("OpenSSL could not ") + step);
}

void add_extension(X509* certificate, X509* issuer, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
    if (extension == nullptr) fail("make an extension of a certificate");
    const int added = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    if (added != 1) fail("add an extension to a certificate");
}

PrivateKey new_private_key() {
    // EVP_EC_gen is a macro that casts its argument's const away.
    PrivateKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    if (!key) fail("make a private key");
    return key;
}

Certificate new_certificate(const char* common_name, EVP_PKEY* key) {
    Certificate certificate(X509_new());
    unsigned char serial[16];
    if (!certificate || RAND_bytes(serial, sizeof serial) != 1) fail("begin a certificate");
    serial[0] &= 0x7F; // a serial number is positive
    BIGNUM* number = BN_bin2bn(serial, sizeof serial, nullptr);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get()));
    BN_free(number);
    X509_set_version(certificate.get(), X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -validity);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), validity);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common_name), -1, -1, 0);
    return certificate;
}

void sign(X509* certificate, X509* issuer, EVP_PKEY* issuer_key) {
    if (X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) != 1 ||
        X509_sign(certificate, issuer_key, EVP_sha256()) == 0)
        fail("sign a certificate");
}

std::string pem_text(X509* certificate) {
    const std::unique_ptr<BIO, BioFree> memory(BIO_new(BIO_s_mem()));
    if (!memory || PEM_write_bio_X509(memory.get(), certificate) != 1) fail("write a certificate");
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

} // namespace

MadeIdentity make_identity() {
    const PrivateKey ca_key = new_private_key();
    PrivateKey key = new_private_key();

    const Certificate ca = new_certificate("Infra simulator CA", ca_key.get());
    add_extension(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(ca.get(), ca.get(), NID_subject_key_identifier, "hash");
    sign(ca.get(), ca.get(), ca_key.get());

    Certificate server = new_certificate("localhost", key.get());
    add_extension(server.get(), ca.get(), NID_basic_constraints, "critical,CA:FALSE");
    add_extension(server.get(), ca.get(), NID_key_usage, "critical,digitalSignature");
    add_extension(server.get(), ca.get(), NID_ext_key_usage, "serverAuth");
    add_extension(server.get(), ca.get(), NID_subject_alt_name,
                  "DNS:localhost,IP:127.0.0.1,IP:::1");
    add_extension(server.get(), ca.get(), NID_subject_key_identifier, "hash");
    add_extension(server.get(), ca.get(), NID_authority_key_identifier, "keyid");
    sign(server.get(), ca.get(), ca_key.get());

    MadeIdentity made;
    made.ca_pem = pem_text(ca.get());
    made.identity.certificate = std::move(server);
    made.identity.key = std::move(key);
    return made;
}

Identity load_identity(const std::string& certificate_file, const std::string& key_file) {
    const auto unreadable = [](const std::string& option, const std::string& path,
                               const std::string& what) {
        return std::runtime_error(option + ": " + path + " holds no " + what + " in PEM form");
    };
    Identity identity;
    const File certificates(std::fopen(certificate_file.c_str(), "re"));
    while (certificates) {
        Certificate next(PEM_read_X509(certificates.get(), nullptr, nullptr, nullptr));
        if (!next) break;
        if (!identity.certificate)
            identity.certificate = std::move(next);
        else
            identity.chain.push_back(std::move(next));
    }
    if (!identity.certificate) throw unreadable("--cert", certificate_file, "certificate");
    const File key(std::fopen(key_file.c_str(), "re"));
    if (key) identity.key.reset(PEM_read_PrivateKey(key.get(), nullptr, nullptr, nullptr));
    if (!identity.key) throw unreadable("--key", key_file, "private key");
    return identity;
}

Poco::Net::Context::Ptr server_context(const Identity& identity) {
    Poco::Net::Context::Params params;
    params.verificationMode = Poco::Net::Context::VERIFY_NONE;
    Poco::Net::Context::Ptr context =
        new Poco::Net::Context(Poco::Net::Context::TLS_SERVER_USE, params);
    context->requireMinimumProtocol(Poco::Net::Context::PROTO_TLSV1_2);
    SSL_CTX* raw = context->sslContext();
    if (SSL_CTX_use_certificate(raw, identity.certificate.get()) != 1 ||
        SSL_CTX_use_PrivateKey(raw, identity.key.get()) != 1 || SSL_CTX_check_private_key(raw) != 1)
        throw std::runtime_error("the private key does not fit the certificate");
    for (const Certificate& link : identity.chain)
        if (SSL_CTX_add1_chain_cert(raw, link.get()) != 1) fail("add a certificate to the chain");
    return context;
}

} // namespace infrastate::simulator
