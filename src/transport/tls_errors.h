// SPDX-License-Identifier: Apache-2.0
// Turns a failed handshake into one sentence that tells a person which of the usual problems it is.
// Names what the certificate contains, never what the request contains.
#pragma once

#include "tls_context.h"

namespace infrastate::transport {

/// The error of the failed handshake that the context's observer saw; `problem` is errno after it.
/// Words in `detail`:
/// - tls_unknown_authority, tls_expired, tls_not_yet_valid, tls_wrong_host, tls_bad_certificate:
///   the verification failed;
/// - tls_refused: an alert of the server, or no common version;
/// - tls_not_tls, tls_closed;
/// - no_resources, tls_unavailable: this machine lacks something; they say nothing about the
///   server.
Error handshake_error(TlsContext& tls, const Endpoint& endpoint, int problem);

/// The error if this machine's OpenSSL fails; `why` is OpenSSL's text. Gives tls_unavailable, or
/// no_resources if memory is short.
Error tls_unavailable(std::string_view why);

/// The end of a message, "; the server may refuse the certificate in client_cert", if this client
/// presents a certificate. Otherwise empty.
std::string about_identity(const TlsObserver& seen);

/// After a connection broke: what an alert of the server says about it. Empty without an alert. In
/// TLS 1.3 the refusal of a client certificate arrives after the handshake, so it is reported here.
std::optional<Error> alert_error(const TlsObserver& seen, const Endpoint& endpoint);

} // namespace infrastate::transport
