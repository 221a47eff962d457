// SPDX-License-Identifier: Apache-2.0
// The server's certificate. It is given, or made at start under a CA of its own. A private key that
// is made here is never written to the disk.
#pragma once

#include <Poco/Net/Context.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace infrastate::simulator {

struct EvpFree {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct X509Free {
    void operator()(X509* certificate) const { X509_free(certificate); }
};
using PrivateKey = std::unique_ptr<EVP_PKEY, EvpFree>;
using Certificate = std::unique_ptr<X509, X509Free>;

struct Identity {
    Certificate certificate;
    std::vector<Certificate> chain; ///< sent after the certificate
    PrivateKey key;
};

struct MadeIdentity {
    Identity identity;
    std::string ca_pem;
};

/// A new CA, and under it a certificate for localhost, 127.0.0.1 and ::1. It is valid from 30 days
/// before to 30 days after now, by the machine's clock. Throws std::runtime_error, as do the
/// functions below.
MadeIdentity make_identity();
/// Reads PEM files; the first certificate is the server's.
Identity load_identity(const std::string& certificate_file, const std::string& key_file);

/// The context for TLS 1.2 and newer. It shares the identity's parts and does not own them.
Poco::Net::Context::Ptr server_context(const Identity& identity);

} // namespace infrastate::simulator
