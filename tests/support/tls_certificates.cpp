// SPDX-License-Identifier: Apache-2.0
#include "tls_certificates.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace infrastate::test {
namespace {

void need(bool fine, const char* what) {
    if (!fine) throw std::runtime_error(std::string("making a certificate failed at: ") + what);
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    need(extension != nullptr, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

Identity make(const CertificateSpec& spec, const Identity* issuer) {
    Identity made;
    made.key.reset(EVP_EC_gen("P-256"));
    need(made.key != nullptr, "key");
    made.certificate.reset(X509_new());
    X509* certificate = made.certificate.get();
    X509_set_version(certificate, 2);
    std::uint32_t serial = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), spec.not_before);
    X509_gmtime_adj(X509_getm_notAfter(certificate), spec.not_after);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(spec.common_name.c_str()), -1,
                               -1, 0);
    X509* signer = issuer != nullptr ? issuer->certificate.get() : certificate;
    X509_set_issuer_name(certificate, X509_get_subject_name(signer));
    X509_set_pubkey(certificate, made.key.get());
    extend(certificate, signer, NID_basic_constraints,
           spec.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (spec.authority) extend(certificate, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
    if (!spec.alternative_names.empty()) {
        extend(certificate, signer, NID_subject_alt_name, spec.alternative_names);
    }
    if (!spec.extended_key_usage.empty()) {
        extend(certificate, signer, NID_ext_key_usage, spec.extended_key_usage);
    }
    EVP_PKEY* signing_key = issuer != nullptr ? issuer->key.get() : made.key.get();
    need(X509_sign(certificate, signing_key, EVP_sha256()) > 0, "signature");
    return made;
}

std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
}

} // namespace

std::string Identity::certificate_pem() const {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate.get());
    return text_of(bio);
}

std::string Identity::key_pem() const {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return text_of(bio);
}

std::string Identity::key_pem(const std::string& passphrase) const {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(bio, key.get(), EVP_aes_256_cbc(), passphrase.data(),
                                  static_cast<int>(passphrase.size()), nullptr, nullptr);
    return text_of(bio);
}

Identity self_signed(const CertificateSpec& spec) {
    return make(spec, nullptr);
}

Identity issued_by(const Identity& authority, const CertificateSpec& spec) {
    return make(spec, &authority);
}

Identity make_authority(const std::string& name) {
    CertificateSpec spec;
    spec.common_name = name;
    spec.authority = true;
    return self_signed(spec);
}

} // namespace infrastate::test
