// SPDX-License-Identifier: Apache-2.0
// Recognizes certificates and keys in PEM form (RFC 7468), and says what is wrong with other texts.
// The transport reads the contents of certificates and keys.
#pragma once

#include <string>
#include <string_view>

namespace infrastate {

/// Whether the text holds a certificate or a key in PEM form.
bool holds_pem(std::string_view text) noexcept;
/// Whether it holds a private key in PEM form.
bool holds_private_key(std::string_view text) noexcept;

/// Replaces the escapes "\n" by line breaks if the text has no real ones: shells, environments and
/// templates produce such texts. Any other text is returned unchanged.
std::string with_line_breaks(std::string_view pem);

/// For a text that should hold certificates but does not. Returns the second half of a sentence:
/// what the text is instead, and what to do. It never quotes the text, which may be a secret in the
/// wrong place.
std::string what_instead_of_pem(std::string_view text);

} // namespace infrastate
