// SPDX-License-Identifier: Apache-2.0
// All ports to a server in one class, for fakes of a server in tests.
#pragma once

#include "infrastate/ports/ports.h"

namespace infrastate::test {

class ServerPorts : public ports::KeyApi,
                    public ports::DirectoryApi,
                    public ports::DestinationApi,
                    public ports::ServerApi,
                    public ports::RunControl {
public:
    /// The result refers to this object and to `host`.
    ports::Ports with(ports::Host& host) { return {*this, *this, *this, *this, *this, host}; }
    /// By default the server has no destinations.
    Result<ports::DestinationListing>
    list_destinations(const ports::DestinationQuery& /*query*/) override {
        return ports::DestinationListing{{}, {Timestamp::from_unix(0), false}};
    }
};

} // namespace infrastate::test
