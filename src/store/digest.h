// SPDX-License-Identifier: Apache-2.0
// The digest by which a record recognizes its secret: HMAC-SHA-256, with the secret as key, over a
// fixed text. It is equal for equal secrets, and the secret cannot be computed from it.
#pragma once

#include <string>
#include <string_view>

namespace infrastate::store {

/// 64 lower-case hexadecimal digits. Throws std::runtime_error if OpenSSL has no HMAC-SHA-256.
std::string secret_digest(std::string_view secret);
/// Whether the text has the form of a result of secret_digest().
bool is_digest(std::string_view text) noexcept;

} // namespace infrastate::store
