// SPDX-License-Identifier: Apache-2.0
// An access key as the server lists it. A plain value shared by the plan, the ports and the client;
// it holds no secret.
#pragma once

#include "infrastate/types/names.h"
#include "infrastate/types/timestamp.h"

#include <optional>
#include <string>
#include <vector>

namespace infrastate {

struct AccessKeyRow {
    ServerId id;
    std::string name;      ///< 2..256 characters; may be no KeyName (others make keys too)
    std::string user_name; ///< whom it is issued for
    std::string user_id;   ///< of that user
    Timestamp created;
    std::optional<Timestamp> last_used; ///< equals `created` while the key was never used
    std::optional<Timestamp> expires;
    std::optional<Timestamp> inactivity_deadline; ///< last use + extension; may pass `expires`

    /// Nothing where the key was never used.
    std::optional<Timestamp> real_use() const noexcept {
        return last_used && *last_used > created ? last_used : std::nullopt;
    }
    bool never_used() const noexcept { return !real_use(); }
};

} // namespace infrastate
