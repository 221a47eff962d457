// SPDX-License-Identifier: Apache-2.0
// The ASCII form of an international host name, for messages: what a user has to write instead.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace infrastate::transport {

/// The xn-- form of `host` (RFC 3492 and 5891), ASCII letters in lower case. Nothing where the name
/// needs a mapping that only a whole IDNA library can do: capitals, composed characters, scripts
/// written from right to left, bytes that are not UTF-8.
std::optional<std::string> ascii_form(std::string_view host);

} // namespace infrastate::transport
