// SPDX-License-Identifier: Apache-2.0
// Reads destinations once, or repeatedly until one of them is connected or disconnected. Changes
// nothing. This layer decides how often it asks the server and what ends the wait.
#pragma once

#include "infrastate/plan/destination_info.h"
#include "infrastate/ports/destination_api.h"
#include "infrastate/ports/host.h"

namespace infrastate::reconcile {

/// Requests: one listing of all pages. While it waits it lists again after 1, 2, 4 and 8 seconds
/// and then every 15 seconds. A retryable failure does not end the wait early; cancelling does.
/// Errors: those of the ports, and argument if seen_after lies in the future.
Result<plan::DestinationsInfo> find_destinations(plan::DestinationQuery query,
                                                 ports::DestinationApi& destinations,
                                                 ports::Host& host);

} // namespace infrastate::reconcile
