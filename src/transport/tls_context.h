// SPDX-License-Identifier: Apache-2.0
// The TLS rules of one client, all in its SSL_CTX: who is trusted, which name the certificate must
// have, which versions and groups are allowed. Poco's own verification, its process-wide events and
// its passphrase delegates are switched off.
#pragma once

#include "infrastate/transport/http.h"
#include "infrastate/types/timestamp.h"

#include <Poco/Net/Context.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace infrastate::transport {

/// What OpenSSL's callbacks saw during the current handshake. Poco's exceptions do not carry it.
struct TlsObserver {
    SSL* ssl = nullptr; ///< borrowed from Poco while the connection lives
    /// chain, name and dates of the server's own certificate were accepted
    bool leaf_accepted = false;
    bool not_tls = false; ///< the peer's first bytes are not a TLS record
    bool handshake_done = false;
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

    const Poco::Net::Context::Ptr& poco() const noexcept { return context_; }
    TlsObserver& observer() noexcept { return *observer_; }
    bool verifies() const noexcept { return verifies_; }
    /// The parameter that gave authorities of the caller's own; empty if none did.
    const std::string& own_authority() const noexcept { return own_authority_; }
    /// From now on destruction does not free OpenSSL's object (HttpClient::abandon()).
    void abandon() noexcept { context_.duplicate(); }

private:
    TlsContext(Poco::Net::Context::Ptr context, bool verifies);
    Poco::Net::Context::Ptr context_;
    std::unique_ptr<TlsObserver> observer_; // the SSL_CTX holds its address
    bool verifies_;
    std::string own_authority_;
};

} // namespace infrastate::transport
