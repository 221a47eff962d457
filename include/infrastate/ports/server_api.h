// SPDX-License-Identifier: Apache-2.0
// The port to what a server says of itself, its version. Free of HTTP; the client implements it for
// real, tests implement it as fakes.
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
