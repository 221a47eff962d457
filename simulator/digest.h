// SPDX-License-Identifier: Apache-2.0
// Digests and random text: how the simulator stores secrets, and how it makes new ones. It does not
// hash as the server does: no client can see the difference.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace infrastate::simulator {

/// SHA-256 as 64 hexadecimal digits; "" for an empty text.
std::string sha256_hex(std::string_view text);
/// True where both texts are the same; the time does not depend on where they differ.
bool same_text(std::string_view one, std::string_view other);
/// `length` random letters and digits.
std::string random_text(std::size_t length);

} // namespace infrastate::simulator
