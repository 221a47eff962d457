// SPDX-License-Identifier: Apache-2.0
// The digest by which a record knows its secret again: HMAC-SHA-256, keyed by the secret, over a
// fixed text. Equal for equal secrets; nobody gets from it to the secret.
#pragma once

#include <string>
#include <string_view>

namespace infrastate::store {

/// 64 lower-case hexadecimal digits. Throws std::runtime_error where OpenSSL has no HMAC-SHA-256.
std::string secret_digest(std::string_view secret);
/// What secret_digest() may return.
bool is_digest(std::string_view text) noexcept;

} // namespace infrastate::store
