// SPDX-License-Identifier: Apache-2.0
// What is compared or named by a digest instead of by itself: keepers, and names that nobody gave.
// Neither is a secret; the digests must only be the same on every machine and for ever.
#pragma once

#include "infrastate/types/error.h"
#include "infrastate/types/names.h"
#include "infrastate/types/value.h"

#include <string>
#include <string_view>

namespace infrastate::wire {

/// SHA-256 of the keepers in their canonical form, as hex: sorted by name; null members are not
/// there; a scalar is its text, so that 5 and "5", true, "true" and "True" are the same (a play's
/// templates turn the one into the other). Errors: a member that is a list or an object.
Result<std::string> keepers_digest(const Value& keepers);

/// SHA-256 of a machine's id, as hex, by which a record knows the machine again: the id itself is
/// not to be shown to others (machine-id(5)).
std::string machine_digest(std::string_view machine_id);

/// "infra-" and 16 letters and digits (80 bits, base32) out of SHA-256 over the four texts, each
/// with its length before it.
KeyName derived_name(std::string_view machine_id, std::string_view path, std::string_view host,
                     std::string_view user);

} // namespace infrastate::wire
