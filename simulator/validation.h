// SPDX-License-Identifier: Apache-2.0
// The server's rules for single fields. Each function appends the errors that it finds, in the
// server's words. The handlers have the rules between fields.
#pragma once

#include "reply.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::simulator {

using Problems = std::vector<FieldError>;

/// 2 to 256 bytes of [A-Za-z0-9._-]. An empty name passes.
void check_name(std::string_view name, Problems& problems);
void check_required(std::string_view field, bool given, Problems& problems);
void check_email(std::string_view field, std::string_view address, Problems& problems);
/// Zero passes, because it means "not given".
void check_range(std::string_view field, std::int64_t value, std::int64_t least, std::int64_t most,
                 Problems& problems);

} // namespace infrastate::simulator
