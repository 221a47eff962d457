// SPDX-License-Identifier: Apache-2.0
// The address of a server in its one spelling, to compare two addresses. It compares only the text;
// it does not find out whether two addresses lead to the same server.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace infrastate {

/// Returns "https://host[:port][/prefix]" in its one spelling: scheme and host in lower case, no
/// default port, no dot after the host, no trailing slash. Empty if `url` is not such an address.
std::optional<std::string> canonical_origin(std::string_view url);

/// Whether both are the same address. Two texts that are no addresses are the same if they are
/// equal.
bool same_origin(std::string_view one, std::string_view other);

} // namespace infrastate
