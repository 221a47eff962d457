// SPDX-License-Identifier: Apache-2.0
// Reads all certificates of a PEM text. Owners of OpenSSL's objects, which free them at their end.
// Errors name the parameter that gave the text.
#pragma once

#include "infrastate/types/error.h"

#include <openssl/x509.h>

#include <memory>
#include <string_view>
#include <vector>

namespace infrastate::transport {

struct X509Free {
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};
using X509Owner = std::unique_ptr<X509, X509Free>;

struct BioFree {
    void operator()(BIO* bio) const noexcept { BIO_free_all(bio); }
};
using BioOwner = std::unique_ptr<BIO, BioFree>;

/// All certificates in order, at least one. Skips other PEM blocks. Errors name `field`.
Result<std::vector<X509Owner>> read_certificates(std::string_view pem, std::string_view field);

} // namespace infrastate::transport
