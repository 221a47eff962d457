// SPDX-License-Identifier: Apache-2.0
#include "digest.h"

#include "infrastate/types/ascii.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>

namespace infrastate::store {
namespace {

/// Part of the digests on disk, so it must never change.
constexpr std::string_view context = "infrastate: digest of an access key's secret, 1";
constexpr std::size_t digest_bytes = 32;

} // namespace

std::string secret_digest(std::string_view secret) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned int size = 0;
    if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
             reinterpret_cast<const unsigned char*>(context.data()), context.size(), bytes.data(),
             &size) == nullptr ||
        size != digest_bytes)
        throw std::runtime_error("OpenSSL cannot compute an HMAC-SHA-256");
    return hex_text({reinterpret_cast<const char*>(bytes.data()), digest_bytes});
}

bool is_digest(std::string_view text) noexcept {
    return is_hex(text, 2 * digest_bytes);
}

} // namespace infrastate::store
