// SPDX-License-Identifier: Apache-2.0
// Digests that stand for other values: of keepers, of a machine's id, and of names that nobody
// gave. None of them is a secret. The digests must be the same on every machine and in every
// version.
#pragma once

#include "infrastate/types/error.h"
#include "infrastate/types/names.h"
#include "infrastate/types/value.h"

#include <string>
#include <string_view>

namespace infrastate::wire {

/// SHA-256 of the keepers in canonical form, as hex. They are sorted by name, and null members are
/// left out. A scalar is its text, so 5 and "5" are the same, and so are true, "true" and "True":
/// templates of a play turn one into the other. Errors: a member that is a list or an object.
Result<std::string> keepers_digest(const Value& keepers);

/// SHA-256 of a machine's id, as hex. A record recognizes the machine by it. The id itself must not
/// be shown to others (machine-id(5)).
std::string machine_digest(std::string_view machine_id);

/// "infra-" and 16 letters and digits (80 bits in base32) of a SHA-256 over the four texts. Each
/// text has its length before it.
KeyName derived_name(std::string_view machine_id, std::string_view path, std::string_view host,
                     std::string_view user);

} // namespace infrastate::wire
