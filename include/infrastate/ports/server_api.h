// SPDX-License-Identifier: Apache-2.0
// The port to what a server says of itself: its version. Free of HTTP. The client implements it,
// tests use fakes.
#pragma once

#include "infrastate/types/error.h"
#include "infrastate/types/server.h"

namespace infrastate::ports {

/// Not thread-safe.
class ServerApi {
public:
    virtual ~ServerApi() = default;

    /// GET /api/version.
    virtual Result<ServerVersion> version() = 0;
};

} // namespace infrastate::ports
