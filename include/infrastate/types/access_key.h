// SPDX-License-Identifier: Apache-2.0
// Rows as the server lists them: an access key, a user, and the moment the server says it is.
// Plain values shared by the plan, the ports and the client; they hold no secret.
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

struct UserRow {
    ServerId id;
    std::string name;
};

/// The server's clock as its answers show it. `exact` is false where there was no Date header or an
/// Age header above zero: then nothing is deleted on grounds of time.
struct ServerTime {
    Timestamp now;
    bool exact = false;
    /// This machine's clock at that moment. It decides nothing; that the two differ shows that one
    /// of them is wrong.
    std::optional<Timestamp> machine{};
};

struct ServerVersion {
    int major = 0, minor = 0, patch = 0;
    /// Reads "0.21.0", with an optional leading "v" and a trailing "-..." or "+..." part.
    static Result<ServerVersion> parse(std::string_view text);
    std::string text() const;
    auto operator<=>(const ServerVersion&) const = default;
};

} // namespace infrastate
