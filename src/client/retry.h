// SPDX-License-Identifier: Apache-2.0
// When a request that is safe to repeat is repeated, and how long to wait before it: exponential
// back-off with jitter, or what Retry-After says, always within the deadline.
#pragma once

#include "infrastate/transport/http.h"
#include "infrastate/types/timestamp.h"

#include <chrono>
#include <optional>

namespace infrastate::client {

/// The wait before attempt `attempt` (2, 3, ...): a random time between half and all of `first`,
/// which doubles with each attempt; at most 8 s.
std::chrono::milliseconds back_off(int attempt, std::chrono::milliseconds first);

/// Reads Retry-After in seconds or as a date (RFC 9110); a date is compared with `now`. Empty if
/// the header is missing or malformed. At most one day.
std::optional<std::chrono::milliseconds> retry_after(const transport::Response& response,
                                                     Timestamp now);

/// Waits. Returns false at once if the deadline would pass during the wait or the run is cancelled.
bool wait_within(std::chrono::milliseconds span, const transport::Deadline& deadline);

} // namespace infrastate::client
