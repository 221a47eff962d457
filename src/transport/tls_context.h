// SPDX-License-Identifier: Apache-2.0
// The TLS rules of one client, all in its SSL_CTX: who is trusted, which name the certificate must
// have, which versions and groups are allowed.
#pragma once

#include "socket_bio.h"

#include "infrastate/transport/http.h"
#include "infrastate/types/timestamp.h"

#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace infrastate::transport {

/// What OpenSSL's callbacks saw during the current handshake. Its return codes do not carry it.
struct TlsObserver {
    SSL* ssl = nullptr; ///< borrowed from the session while that lives
    /// chain, name and dates of the server's own certificate were accepted
    bool leaf_accepted = false;
    bool not_tls = false;                  ///< the peer's first bytes are not a TLS record
    int verify_error = 0;                  ///< X509_V_ERR_*: the first error
    std::vector<std::string> names{};      ///< of the refused certificate: DNS names and addresses
    std::optional<Timestamp> not_before{}; ///< of the refused certificate
    std::optional<Timestamp> not_after{};
    std::string subject{};     ///< of the refused certificate
    std::string issuer{};      ///< of the refused certificate
    int alert = -1;            ///< the fatal alert that the server sent
    unsigned long failure = 0; ///< OpenSSL's error when the handshake failed

    void reset() { *this = TlsObserver{}; }
};

class TlsContext {
public:
    /// Errors name the parameter at fault (server_certificate, client_cert, client_key ...).
    static Result<TlsContext> create(const Endpoint& endpoint, const TlsSettings& settings);

    SSL_CTX* openssl() const noexcept { return context_.get(); }
    const BIO_METHOD* bio_method() const noexcept { return bio_method_.get(); }
    TlsObserver& observer() noexcept { return *observer_; }
    bool verifies() const noexcept { return verifies_; }
    /// The parameter that gave authorities of the caller's own; empty if none did.
    const std::string& own_authority() const noexcept { return own_authority_; }
    /// From now on destruction does not free OpenSSL's objects (HttpClient::abandon()).
    void abandon() noexcept;

private:
    struct Free {
        void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
    };
    using ContextOwner = std::unique_ptr<SSL_CTX, Free>;
    static ContextOwner new_context() noexcept; // OpenSSL's queue says why there is none

    TlsContext(ContextOwner context, bool verifies);
    ContextOwner context_;
    BioMethod bio_method_;
    std::unique_ptr<TlsObserver> observer_; // the SSL_CTX holds its address
    bool verifies_;
    std::string own_authority_;
};

} // namespace infrastate::transport
