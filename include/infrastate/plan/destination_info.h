// SPDX-License-Identifier: Apache-2.0
// Reports on destinations: which ones are connected, and whether the one that a run waits for has
// reached the wanted state. Pure: rows and the server's time in, findings out.
#pragma once

#include "infrastate/types/destination.h"
#include "infrastate/types/duration.h"
#include "infrastate/types/error.h"
#include "infrastate/types/server.h"

#include <optional>
#include <string>
#include <vector>

namespace infrastate::plan {

enum class Connection { connected, disconnected };

/// Which destinations are asked for, and which state is expected of them.
struct DestinationQuery {
    std::optional<std::string> name{};
    std::optional<std::string> kind{};
    std::optional<Connection> wait_for{}; ///< needs `name`
    Duration wait_timeout = Duration::from_seconds(300);
    /// If set, a destination counts as connected only if it was seen after this time.
    std::optional<Timestamp> seen_after{};
    bool seen_after_now = false; ///< `seen_after` becomes the server's time of the first listing
    bool fail_if_disconnected = false;
};

struct DestinationsInfo {
    std::vector<DestinationRow> destinations; ///< sorted by name
    ServerTime time;
    /// Whether the destination `name` is connected; `seen_after` counts. Unset without `name`.
    std::optional<bool> connected{};
    std::optional<std::int64_t> waited_seconds{}; ///< set if the run waited
    std::vector<std::string> warnings{};
    /// Set if an expectation is not met: the wait ended without success, or fail_if_disconnected
    /// applies.
    std::optional<Error> unmet{};
};

/// Whether the row counts as connected.
bool is_connected(const DestinationQuery& query, const DestinationRow& row) noexcept;

/// Whether the destination has reached the state in `wait_for`. A destination that is not listed
/// counts as disconnected.
bool is_reached(const DestinationQuery& query, const std::vector<DestinationRow>& rows) noexcept;

/// The error if `seen_after` lies in the future of the server's clock: code argument, field
/// seen_after.
std::optional<Error> check_seen_after(const DestinationQuery& query, const ServerTime& time);

/// Sorts the rows and applies fail_if_disconnected.
DestinationsInfo inspect_destinations(const DestinationQuery& query,
                                      std::vector<DestinationRow> rows, const ServerTime& time);

/// The error of a wait that ended without success: code deadline, detail not_connected or
/// not_disconnected, retryable.
Error waited_in_vain(const DestinationQuery& query, const std::vector<DestinationRow>& rows);

} // namespace infrastate::plan
