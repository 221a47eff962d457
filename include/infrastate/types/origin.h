// SPDX-License-Identifier: Apache-2.0
// The address of a server as it is remembered: whether two spellings name the same one. Only text
// is compared; that two addresses lead to one server is for the caller to find out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace infrastate {

/// "https://host[:port][/prefix]" in its one spelling: scheme and host in lower case, no default
/// port, no root's dot, no trailing slash. Nothing where it is no such address.
std::optional<std::string> canonical_origin(std::string_view url);

/// Whether both name one address. Two that are no addresses are the same where they are equal.
bool same_origin(std::string_view one, std::string_view other);

} // namespace infrastate
