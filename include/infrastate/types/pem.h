// SPDX-License-Identifier: Apache-2.0
// Certificates and keys as text (PEM, RFC 7468): what is one, what was meant to be one, and what
// stands there instead. Reading them is the transport's.
#pragma once

#include <string>
#include <string_view>

namespace infrastate {

/// Whether the text holds a certificate or a key in PEM form.
bool holds_pem(std::string_view text) noexcept;
/// Whether it holds a private key in PEM form.
bool holds_private_key(std::string_view text) noexcept;

/// The text with real line breaks, where it has only their escapes "\n": what a shell, an
/// environment or a template leaves of them. Anything else is given back as it is.
std::string with_line_breaks(std::string_view pem);

/// What a text is that should hold certificates and holds none, and what to do about it: the second
/// half of a sentence. Never repeats the text, which may be a secret in the wrong place.
std::string what_instead_of_pem(std::string_view text);

} // namespace infrastate
