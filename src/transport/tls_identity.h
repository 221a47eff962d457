// SPDX-License-Identifier: Apache-2.0
// The client's own certificate and key, read only from memory: no file, no prompt, no process-wide
// passphrase delegate.
#pragma once

#include "infrastate/transport/http.h"

#include <openssl/ssl.h>

namespace infrastate::transport {

/// Does nothing if neither certificate nor key is given. Errors name client_cert, client_key or
/// client_key_passphrase.
Result<void> use_client_identity(SSL_CTX* context, const TlsSettings& settings);

} // namespace infrastate::transport
