// SPDX-License-Identifier: Apache-2.0
// What a server says of itself: its clock and its version. Plain values that plan, ports and client
// share.
#pragma once

#include "infrastate/types/error.h"
#include "infrastate/types/timestamp.h"

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace infrastate {

/// The server's clock, as its answers show it. `exact` is false if an answer had no Date header or
/// had an Age header above zero. Then nothing is deleted because of time.
struct ServerTime {
    Timestamp now;
    bool exact = false;
    /// This machine's clock at that moment. No decision uses it alone; a difference between the two
    /// shows that one of them is wrong.
    std::optional<Timestamp> machine{};
};

struct ServerVersion {
    int major = 0, minor = 0, patch = 0;
    /// Reads "0.21.0", with an optional leading "v" and a trailing "-..." or "+..." part.
    static Result<ServerVersion> parse(std::string_view text);
    std::string text() const;
    auto operator<=>(const ServerVersion&) const = default;
};

/// Older Infra servers are refused before the first change.
inline constexpr ServerVersion oldest_server{0, 20, 0};

} // namespace infrastate
