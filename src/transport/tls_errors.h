// SPDX-License-Identifier: Apache-2.0
// Turns a failed handshake into one sentence that tells a person which of the usual things it is.
// Names what the certificate holds, never what the request held.
#pragma once

#include "tls_context.h"

namespace infrastate::transport {

/// `problem` is the errno left behind. Words in `detail`: tls_unknown_authority,
/// tls_expired, tls_not_yet_valid, tls_wrong_host, tls_bad_certificate (verification);
/// tls_refused (an alert of the server, or no common version); tls_not_tls; tls_closed. What this
/// machine lacks is no word about the server: no_resources, tls_unavailable.
Error handshake_error(const TlsObserver& seen, const Endpoint& endpoint, int problem);

/// This machine's OpenSSL does not do its part, in its own words: tls_unavailable, or no memory.
Error tls_unavailable(std::string_view why);

/// What a break may come from where this client shows a certificate; else empty. With a semicolon
/// before it.
std::string about_identity(const TlsObserver& seen);

/// The connection broke after the handshake: what an alert of the server says about it, or nothing.
/// In TLS 1.3 the refusal of a client certificate arrives here.
std::optional<Error> alert_error(const TlsObserver& seen, const Endpoint& endpoint);

} // namespace infrastate::transport
