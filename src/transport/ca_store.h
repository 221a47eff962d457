// SPDX-License-Identifier: Apache-2.0
// The machine's certificate authorities: where they are, and a store that reads them only when a
// verification asks for one.
#pragma once

#include "infrastate/transport/http.h"

#include <openssl/ssl.h>

namespace infrastate::transport {

/// What find_system_authorities() finds where nothing is said, in the file system below `root` ("":
/// this machine's).
SystemAuthorities find_layout(const std::string& root);

/// Lets the store look for issuers in the location: the hashed directory first, certificate by
/// certificate; then the bundle, read whole on the first miss. Error: OpenSSL has no memory.
Result<void> add_system_authorities(X509_STORE* store, const SystemAuthorities& where);

/// Adds every certificate of the PEM text. Errors name `field`: no certificate in it, or the n-th
/// cannot be read.
Result<void> add_pem_authorities(X509_STORE* store, std::string_view pem, std::string_view field);

} // namespace infrastate::transport
