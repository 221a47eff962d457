// SPDX-License-Identifier: Apache-2.0
// The way to an endpoint step by step, for a person in trouble: whose certificates are trusted,
// which addresses the name has, which of them answers, how TLS is spoken. Sends no request and no
// credential but those of a proxy.
#pragma once

#include "infrastate/transport/http.h"

#include <functional>
#include <string>

namespace infrastate::transport {

/// In this order.
enum class ProbeStep { authorities, name, connection, tls };

/// A step that succeeded: what was found, as half a sentence.
struct Probed {
    ProbeStep step;
    std::string found;
};

/// Calls `tell` after each step and ends at the first that fails: its error is the result, as
/// HttpClient would give it.
Result<void> probe(const Endpoint& endpoint, const TlsSettings& tls, const ProxySettings& proxy,
                   const Deadline& deadline, const std::function<void(const Probed&)>& tell);

} // namespace infrastate::transport
