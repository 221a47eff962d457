// SPDX-License-Identifier: Apache-2.0
// Certificates that are made while the test runs: authorities, and the certificates that they
// issue. Each is right, or wrong in one chosen way.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace infrastate::test {

struct X509Free {
    void operator()(X509* one) const noexcept { X509_free(one); }
};
struct KeyFree {
    void operator()(EVP_PKEY* one) const noexcept { EVP_PKEY_free(one); }
};
using X509Owner = std::unique_ptr<X509, X509Free>;
using KeyOwner = std::unique_ptr<EVP_PKEY, KeyFree>;

struct CertificateSpec {
    std::string common_name = "test";
    /// In OpenSSL's notation: "DNS:infra.test,IP:127.0.0.1". Empty: none.
    std::string alternative_names{};
    long not_before = -3600; ///< seconds from now
    long not_after = 3600;
    bool authority = false;
    std::string extended_key_usage{}; ///< "serverAuth", "clientAuth" or empty
};

/// A certificate with its key.
struct Identity {
    X509Owner certificate;
    KeyOwner key;

    std::string certificate_pem() const;
    std::string key_pem() const;
    /// PKCS#8, encrypted with the passphrase.
    std::string key_pem(const std::string& passphrase) const;
};

Identity self_signed(const CertificateSpec& spec);
Identity issued_by(const Identity& authority, const CertificateSpec& spec);
Identity make_authority(const std::string& name);

} // namespace infrastate::test
