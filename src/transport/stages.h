// SPDX-License-Identifier: Apache-2.0
// The stages a request passes through, and the errors of the transport in one wording.
// A stage decides whether the server can have seen the request.
#pragma once

#include "wait.h"

#include "infrastate/types/error.h"

#include <optional>
#include <string>
#include <string_view>

namespace infrastate::transport {

enum class Stage { resolve, connect, proxy, handshake, send, head, body };

/// Code::transport with a stable word in `detail`.
Error transport_error(std::string_view detail, std::string message, bool retryable = false);

/// Code::deadline or Code::cancelled: what the run was doing, with whom, when its time was up.
/// `peer` is "host:port". Waited::ready is a defect and reads as internal.
Error wait_error(Waited waited, Stage stage, std::string_view peer);

/// Where a library did not say why it failed: the system is asked for one more descriptor. What it
/// lacks then (see lack_of); nothing where it gives one.
std::optional<Error> lack_of_descriptors(std::string_view asked);

} // namespace infrastate::transport
