// SPDX-License-Identifier: Apache-2.0
// An access key as the server lists it. A plain value that plan, ports and client share; it holds
// no secret.
#pragma once

#include "infrastate/types/names.h"
#include "infrastate/types/timestamp.h"

#include <optional>
#include <string>
#include <vector>

namespace infrastate {

struct AccessKeyRow {
    ServerId id;
    std::string name;      ///< 2..256 characters; not always a KeyName: others make keys too
    std::string user_name; ///< the user that the key is for
    std::string user_id;   ///< id of that user
    Timestamp created;
    std::optional<Timestamp> last_used; ///< equals `created` while the key was never used
    std::optional<Timestamp> expires;
    /// last use + extension; may be later than `expires`
    std::optional<Timestamp> inactivity_deadline;

    /// The last use. Empty if the key was never used.
    std::optional<Timestamp> real_use() const noexcept {
        return last_used && *last_used > created ? last_used : std::nullopt;
    }
    bool never_used() const noexcept { return !real_use(); }
};

} // namespace infrastate
