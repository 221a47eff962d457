// SPDX-License-Identifier: Apache-2.0
// The machine's certificate authorities: where they are, and a store that reads them only when a
// verification needs one.
#pragma once

#include "infrastate/transport/http.h"

#include <openssl/ssl.h>

namespace infrastate::transport {

/// What find_system_authorities() finds if both arguments are empty, in the file system below
/// `root` ("" for this machine's).
SystemAuthorities find_layout(const std::string& root);

/// The places that find_layout() searches, for a sentence.
std::string system_places();

/// Lets the store look for issuers there: first certificate by certificate in the hashed directory.
/// If the issuer is not there, the store reads the bundle and parses the certificates of that name
/// only (docs/adr/0140). Error: OpenSSL has no memory.
Result<void> add_system_authorities(X509_STORE* store, const SystemAuthorities& where);

/// Adds every certificate of the PEM text. Errors name `field`: it has no certificate, or its n-th
/// one cannot be read.
Result<void> add_pem_authorities(X509_STORE* store, std::string_view pem, std::string_view field);

} // namespace infrastate::transport
