// SPDX-License-Identifier: Apache-2.0
// The ASCII form of an international host name. Messages name it: it is what a user has to write
// instead.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace infrastate::transport {

/// The xn-- form of `host` (RFC 3492 and 5891), with its ASCII letters in lower case. Empty where a
/// whole IDNA library would be needed: for capitals outside ASCII, combining characters, scripts
/// that are written from right to left. Also empty for bytes that are not UTF-8.
std::optional<std::string> ascii_form(std::string_view host);

} // namespace infrastate::transport
