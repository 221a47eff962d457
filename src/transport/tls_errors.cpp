// SPDX-License-Identifier: Apache-2.0
#include "tls_errors.h"

#include "stages.h"

#include "infrastate/types/text.h"

#include <openssl/err.h>
#include <openssl/sslerr.h>

#include <cerrno>

namespace infrastate::transport {
namespace {

std::string on(const std::optional<Timestamp>& time) {
    return time ? " on " + time->text() : "";
}

/// Names the issuer if it is not the certificate itself. It may be an intermediate authority, whose
/// certificate a server must send with its own.
std::string signer(const TlsObserver& seen) {
    if (seen.issuer.empty() || seen.issuer == seen.subject) return {};
    return "; " + seen.issuer +
           " signed it: if that is an intermediate authority, the server has to send its "
           "certificate, too";
}

/// A given authority may be the certificate that expired.
std::string or_the_own(const std::string& own_authority) {
    return own_authority.empty() ? std::string()
                                 : ", or in " + own_authority + " if it stands there";
}

std::string whose_authority(const std::string& own_authority) {
    if (own_authority.empty())
        return "; if the server uses its own authority, give its certificate in "
               "server_certificate_file";
    return "; what " + own_authority +
           " holds did not sign it: give the certificate of the server's own authority there";
}

Error verification_error(const TlsObserver& seen, const Endpoint& endpoint,
                         const std::string& own_authority) {
    const std::string server = endpoint.authority();
    switch (seen.verify_error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: {
        const std::string has =
            seen.names.empty() ? "for no name at all (it has no subjectAltName; the common name is "
                                 "not looked at)"
                               : "for " + joined(seen.names) + " only";
        return transport_error("tls_wrong_host", "the certificate of " + server +
                                                     " is not valid for " + endpoint.host() +
                                                     ": it is " + has +
                                                     "; use one of its names as host, or correct "
                                                     "the certificate");
    }
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return transport_error("tls_expired", "a certificate of " + server + " (" + seen.subject +
                                                  ") expired" + on(seen.not_after) +
                                                  "; renew it on the server" +
                                                  or_the_own(own_authority) +
                                                  ", or set this machine's clock if it is wrong");
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return transport_error("tls_not_yet_valid", "a certificate of " + server + " (" +
                                                        seen.subject + ") becomes valid only" +
                                                        on(seen.not_before) +
                                                        "; this machine's clock is probably wrong");
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
        // If OpenSSL got no descriptor to open a file, it takes the file for missing.
        if (auto lack = lack_of_descriptors("to read the certificate authorities"))
            return std::move(*lack);
        return transport_error("tls_unknown_authority",
                               "the certificate of " + server + " (" + seen.subject +
                                   ") is not signed by an authority this machine trusts" +
                                   signer(seen) + whose_authority(own_authority));
    default:
        return transport_error(
            "tls_bad_certificate",
            "the certificate of " + server + " (" + seen.subject +
                ") is refused: " + X509_verify_cert_error_string(seen.verify_error));
    }
}

bool about_client_certificate(int alert) {
    switch (alert) {
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
    case TLS13_AD_CERTIFICATE_REQUIRED:
        return true;
    default:
        return false;
    }
}

Error refused(const Endpoint& endpoint, const std::string& why, const std::string& what_to_do) {
    return transport_error("tls_refused", "the TLS connection to " + endpoint.authority() +
                                              " was refused: " + why + "; " + what_to_do);
}

Error not_tls(const Endpoint& endpoint) {
    return transport_error("tls_not_tls", "what answers at " + endpoint.authority() +
                                              " does not speak TLS; check the port, or put "
                                              "TLS in front of the server");
}

} // namespace

Error tls_unavailable(std::string_view why) {
    const auto says = [&](std::string_view what) {
        return why.find(what) != std::string_view::npos;
    };
    if (says("malloc failure")) return lack_of(ENOMEM, "for what TLS needs");
    if (says("::unsupported") || says("library has no ciphers"))
        return transport_error("tls_unavailable",
                               "this machine's TLS policy cannot be met (" + printable(why, 200) +
                                   "): openssl.cnf asks for algorithms that no loaded provider "
                                   "has, as with fips=yes without the FIPS provider; load that "
                                   "provider, or name another file by OPENSSL_CONF");
    return transport_error("tls_unavailable",
                           "OpenSSL on this machine cannot be used (" + printable(why, 200) +
                               "); check its configuration (openssl.cnf) and that the system "
                               "gives it random numbers and memory",
                           true);
}

std::string about_identity(const TlsObserver& seen) {
    if (seen.ssl == nullptr || SSL_get_certificate(seen.ssl) == nullptr) return {};
    return "; the server may refuse the certificate in client_cert";
}

std::optional<Error> alert_error(const TlsObserver& seen, const Endpoint& endpoint) {
    if (seen.alert < 0) return std::nullopt;
    const std::string why =
        std::string("the server says \"") + SSL_alert_desc_string_long(seen.alert) + "\"";
    if (about_client_certificate(seen.alert)) {
        return refused(endpoint, why,
                       "it wants a client certificate that it accepts (client_cert, client_key)");
    }
    if (seen.alert == SSL_AD_PROTOCOL_VERSION) {
        return refused(endpoint, why, "this client speaks TLS 1.2 and 1.3");
    }
    return refused(endpoint, why,
                   "check the server's TLS settings and its log, and this machine's TLS policy "
                   "(openssl.cnf)");
}

Error handshake_error(TlsContext& tls, const Endpoint& endpoint, int problem) {
    const TlsObserver& seen = tls.observer();
    if (seen.not_tls) return not_tls(endpoint);
    if (ERR_GET_REASON(seen.failure) == ERR_R_MALLOC_FAILURE)
        return lack_of(ENOMEM, "for a TLS connection to " + endpoint.authority());
    if (seen.ssl == nullptr) return tls_unavailable("no TLS connection could be begun");
    if (seen.verify_error != X509_V_OK)
        return verification_error(seen, endpoint, tls.own_authority());
    if (auto alert = alert_error(seen, endpoint)) return *alert;
    const bool of_ssl = ERR_GET_LIB(seen.failure) == ERR_LIB_SSL;
    const int reason = of_ssl ? ERR_GET_REASON(seen.failure) : 0;
    switch (reason) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
        return refused(endpoint, "it speaks nothing newer than TLS 1.1",
                       "TLS 1.2 or newer is needed on the server");
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
        return not_tls(endpoint);
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
    case 0:
        return transport_error(
            "tls_closed",
            "the connection to " + endpoint.authority() + " was closed during the TLS handshake" +
                (problem == ECONNRESET ? " (connection reset)" : "") + about_identity(seen) +
                "; check that the server is up and expects TLS on this port",
            true);
    default:
        break;
    }
    const char* text = ERR_reason_error_string(seen.failure);
    return refused(endpoint, text != nullptr ? text : "the handshake failed",
                   "check the server's certificate and TLS settings");
}

} // namespace infrastate::transport
