// SPDX-License-Identifier: Apache-2.0
// All ports to a server in one object: what a fake server in a test implements.
#pragma once

#include "infrastate/ports/ports.h"

namespace infrastate::test {

class ServerPorts : public ports::KeyApi,
                    public ports::DirectoryApi,
                    public ports::DestinationApi,
                    public ports::ServerApi,
                    public ports::RunControl {
public:
    /// Borrowed from both.
    ports::Ports with(ports::Host& host) { return {*this, *this, *this, *this, *this, host}; }
    /// A server without any, unless a fake has some.
    Result<ports::DestinationListing>
    list_destinations(const ports::DestinationQuery& /*query*/) override {
        return ports::DestinationListing{{}, {Timestamp::from_unix(0), false}};
    }
};

} // namespace infrastate::test
