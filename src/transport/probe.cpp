// SPDX-License-Identifier: Apache-2.0
#include "infrastate/transport/probe.h"

#include "connection.h"
#include "guards.h"
#include "no_proxy.h"

#include "infrastate/types/text.h"

#include <openssl/x509.h>

#include <ctime>
#include <new>

namespace infrastate::transport {
namespace {

Result<std::string> authorities_text(const TlsSettings& tls) {
    if (tls.skip_verify) return std::string("not looked for: skip_tls_verify accepts anybody");
    auto found = find_system_authorities(tls.ssl_cert_file, tls.ssl_cert_dir);
    if (!found) return found.error();
    std::string out = found->bundle;
    if (!found->directory.empty()) out.append(out.empty() ? "" : " and ").append(found->directory);
    if (!tls.ssl_cert_file.empty() || !tls.ssl_cert_dir.empty())
        out += " (from SSL_CERT_FILE, SSL_CERT_DIR)";
    if (!tls.extra_ca_pem.empty())
        out.append(out.empty() ? "" : ", and ").append("those of server_certificate");
    return out;
}

struct CertificateFree {
    void operator()(X509* one) const noexcept { X509_free(one); }
};

std::string tls_text(const SSL* ssl) {
    std::string out = std::string(SSL_get_version(ssl)) + ", " + SSL_get_cipher_name(ssl);
    const std::unique_ptr<X509, CertificateFree> certificate(SSL_get1_peer_certificate(ssl));
    std::tm end{};
    if (certificate && ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) == 1)
        out += ", a certificate that is valid until " + Timestamp::from_unix(::timegm(&end)).text();
    return out;
}

} // namespace

Result<void> probe(const Endpoint& endpoint, const TlsSettings& tls, const ProxySettings& proxy,
                   const Deadline& deadline, const std::function<void(const Probed&)>& tell) {
    const CleanTlsErrors clean;
    try {
        auto authorities = authorities_text(tls);
        if (!authorities) return authorities.error();
        auto context = TlsContext::create(endpoint, tls);
        if (!context) return context.error();
        tell({ProbeStep::authorities, *authorities});

        auto through = parse_proxy(proxy.url);
        if (!through) return through.error();
        if (through->has_value() && NoProxy(proxy.no_proxy).exempts(endpoint)) through->reset();
        const std::string whom = through->has_value() ? "the proxy " : "";
        const HostPort peer = through->has_value() ? (*through)->address
                                                   : HostPort{endpoint.host(), endpoint.port(),
                                                              endpoint.is_ip_literal()};
        auto addresses = resolve(peer.host, peer.port, deadline);
        if (!addresses) return addresses.error();
        tell({ProbeStep::name,
              whom + peer.host +
                  (peer.ip_literal ? " is an address"
                                   : " is " + joined(*addresses, ", ", &SocketAddress::text))});

        auto dialed = connect_in_turn(*addresses, whom + peer.text(), deadline);
        if (!dialed) return dialed.error();
        if (through->has_value()) {
            auto tunnel = open_tunnel(dialed->descriptor.get(), **through, endpoint, deadline);
            if (!tunnel) return tunnel.error();
        }
        tell({ProbeStep::connection,
              "to " + dialed->address.text() + ", port " + std::to_string(peer.port) +
                  (through->has_value() ? ", and through that proxy to " + endpoint.authority()
                                        : "")});

        auto connection =
            Connection::over(std::move(dialed->descriptor), endpoint, *context, deadline);
        if (!connection) return connection.error();
        tell({ProbeStep::tls, tls_text(context->observer().ssl)});
        (*connection)->close(false);
        return {};
    } catch (const std::bad_alloc&) {
        return lack_of(ENOMEM, "for what looking for the server needs");
    }
}

} // namespace infrastate::transport
