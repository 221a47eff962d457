// SPDX-License-Identifier: Apache-2.0
// Looks at destinations, once or until one of them is connected or gone. Changes nothing.
// How often the server is asked, and what ends a wait, is decided here.
#pragma once

#include "infrastate/plan/destination_info.h"
#include "infrastate/ports/destination_api.h"
#include "infrastate/ports/host.h"

namespace infrastate::reconcile {

/// Requests: one listing of all pages; while waiting another one after 1, 2, 4, 8 and then each 15
/// seconds. A failure that may pass ends no wait before its time is over. Cancelling ends it.
/// Errors: those of the ports, and argument where seen_after lies in the future.
Result<plan::DestinationsInfo> find_destinations(plan::DestinationQuery query,
                                                 ports::DestinationApi& destinations,
                                                 ports::Host& host);

} // namespace infrastate::reconcile
