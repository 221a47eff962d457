// SPDX-License-Identifier: Apache-2.0
// When a request that is safe to repeat is repeated, and how long is waited before it.
// Exponential back-off with jitter, or what Retry-After says, always inside the deadline.
#pragma once

#include "infrastate/transport/http.h"
#include "infrastate/types/timestamp.h"

#include <chrono>
#include <optional>

namespace infrastate::client {

/// The wait before attempt `attempt` (2, 3, ...): between half and all of `first` doubled each
/// time, at most 8 s.
std::chrono::milliseconds back_off(int attempt, std::chrono::milliseconds first);

/// Retry-After in seconds or as a date (RFC 9110, Retry-After); a date is compared with `now`.
/// Nothing where the header is missing or malformed. At most a day.
std::optional<std::chrono::milliseconds> retry_after(const transport::Response& response,
                                                     Timestamp now);

/// Sleeps; false, at once, where the deadline would pass or the run is cancelled meanwhile.
bool wait_within(std::chrono::milliseconds span, const transport::Deadline& deadline);

} // namespace infrastate::client
