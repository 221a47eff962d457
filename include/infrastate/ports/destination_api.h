// SPDX-License-Identifier: Apache-2.0
// The port to a server's destinations: which clusters and machines its connectors serve. Free of
// HTTP. The client implements it, tests use fakes. Every call may block.
#pragma once

#include "infrastate/types/destination.h"
#include "infrastate/types/error.h"
#include "infrastate/types/server.h"

#include <optional>
#include <string>
#include <vector>

namespace infrastate::ports {

struct DestinationQuery {
    std::optional<std::string> name{}; ///< exact name
    std::optional<std::string> kind{};
};

struct DestinationListing {
    std::vector<DestinationRow> rows;
    ServerTime time;
};

/// Not thread-safe. Errors contain the server's own words.
class DestinationApi {
public:
    virtual ~DestinationApi() = default;

    /// All pages. Errors: auth, permission, transport, deadline, cancelled, server.
    virtual Result<DestinationListing> list_destinations(const DestinationQuery& query) = 0;
};

} // namespace infrastate::ports
