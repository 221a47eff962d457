// SPDX-License-Identifier: Apache-2.0
// The stages of a request, and the words of the transport's errors. The stage decides whether the
// server can have seen the request.
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

/// Says what the run was doing, and with whom, when a wait ended. Waited::cancelled and expired
/// give Code::cancelled and Code::deadline. Waited::failed gives lack_of(), and Waited::ready is a
/// defect and gives Code::internal. `peer` is "host:port".
Error wait_error(Waited waited, Stage stage, std::string_view peer);

/// For libraries that do not say why they failed: asks the system for one more descriptor. Returns
/// what the system lacks (see lack_of), or nothing if it gives one.
std::optional<Error> lack_of_descriptors(std::string_view asked);

} // namespace infrastate::transport
