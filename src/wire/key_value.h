// SPDX-License-Identifier: Apache-2.0
// A key, a time, an identifier as members of a result: the same words wherever a key is shown.
// Null stands for what is not known or not there.
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
/// From creation to expiry, as a duration; what was asked for where that is known, as the server's
/// row shows the mark too (here and below).
Value lifetime_or_null(const AccessKeyRow& row, const std::optional<AskedFor>& asked);
/// What a use gives, as a duration.
Value extension_or_null(const AccessKeyRow& row, const std::optional<AskedFor>& asked);

/// {id, name, user, created, expires_at, expires_in, inactivity_timeout, inactivity_deadline,
/// last_used, remaining_seconds, remaining_percent}; what remains is null where `time` is unknown.
Value key_value(const AccessKeyRow& row, const std::optional<AskedFor>& asked,
                const std::optional<ServerTime>& time);

} // namespace infrastate::wire
