// SPDX-License-Identifier: Apache-2.0
// What can be said of destinations: which are connected, and whether the one that is waited for is
// where it should be. Pure: rows and the server's time in, findings out.
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

/// Which destinations are asked for, and what they should be.
struct DestinationQuery {
    std::optional<std::string> name{};
    std::optional<std::string> kind{};
    std::optional<Connection> wait_for{}; ///< needs `name`
    Duration wait_timeout = Duration::from_seconds(300);
    /// Connected counts only with a sign of life after this time.
    std::optional<Timestamp> seen_after{};
    bool seen_after_now = false; ///< `seen_after` is the server's time at the first look
    bool fail_if_disconnected = false;
};

struct DestinationsInfo {
    std::vector<DestinationRow> destinations; ///< by name
    ServerTime time;
    /// Of the destination that `name` names, with `seen_after` counted in; nothing without `name`.
    std::optional<bool> connected{};
    std::optional<std::int64_t> waited_seconds{}; ///< where it was waited for
    std::vector<std::string> warnings{};
    /// What is not as it should be: the wait was in vain, or fail_if_disconnected complains.
    std::optional<Error> unmet{};
};

/// Whether the row counts as connected.
bool is_connected(const DestinationQuery& query, const DestinationRow& row) noexcept;

/// Whether what is waited for has come. A destination that is not listed is not connected.
bool is_reached(const DestinationQuery& query, const std::vector<DestinationRow>& rows) noexcept;

/// `seen_after` that lies ahead of the server's clock. Code argument, field seen_after.
std::optional<Error> check_seen_after(const DestinationQuery& query, const ServerTime& time);

/// The rows in order, and what fail_if_disconnected says of them.
DestinationsInfo inspect_destinations(const DestinationQuery& query,
                                      std::vector<DestinationRow> rows, const ServerTime& time);

/// The wait was in vain. Code deadline, detail not_connected or not_disconnected, retryable.
Error waited_in_vain(const DestinationQuery& query, const std::vector<DestinationRow>& rows);

} // namespace infrastate::plan
