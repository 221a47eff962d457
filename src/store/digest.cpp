// SPDX-License-Identifier: Apache-2.0
#include "digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace infrastate::store {
namespace {

/// Part of what is on disk: never changed.
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
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (std::size_t i = 0; i < digest_bytes; ++i) {
        out += digits[bytes[i] >> 4];
        out += digits[bytes[i] & 15];
    }
    return out;
}

bool is_digest(std::string_view text) noexcept {
    return text.size() == 2 * digest_bytes && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

} // namespace infrastate::store
