// SPDX-License-Identifier: Apache-2.0
// A key, a time or an id as members of a result, with the same names wherever a key is shown. Null
// means unknown or absent.
#pragma once

#include "infrastate/types/access_key.h"
#include "infrastate/types/record.h"
#include "infrastate/types/server.h"
#include "infrastate/types/value.h"

#include <optional>
#include <string>
#include <vector>

namespace infrastate::wire {

Value time_or_null(const std::optional<Timestamp>& time);
Value id_or_null(const std::optional<ServerId>& id);
Value text_list(const std::vector<std::string>& texts);
/// The duration from creation to expiry. What was asked for is used if it is known, because the
/// server's row includes the mark. The same holds for extension_or_null().
Value lifetime_or_null(const AccessKeyRow& row, const std::optional<AskedFor>& asked);
/// The duration by which a use extends the key's life.
Value extension_or_null(const AccessKeyRow& row, const std::optional<AskedFor>& asked);

/// {id, name, user, created, expires_at, expires_in, inactivity_timeout, inactivity_deadline,
/// last_used, remaining_seconds, remaining_percent}. The remaining_* members are null if `time` is
/// not known.
Value key_value(const AccessKeyRow& row, const std::optional<AskedFor>& asked,
                const std::optional<ServerTime>& time);

} // namespace infrastate::wire
