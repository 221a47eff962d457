// SPDX-License-Identifier: Apache-2.0
// All ports of a run together. A resource uses those that it needs. A new family of Infra's API
// adds its port here.
#pragma once

#include "infrastate/ports/destination_api.h"
#include "infrastate/ports/directory_api.h"
#include "infrastate/ports/host.h"
#include "infrastate/ports/key_api.h"
#include "infrastate/ports/run_control.h"
#include "infrastate/ports/server_api.h"

namespace infrastate::ports {

/// Borrowed; made for one run.
struct Ports {
    KeyApi& keys;
    DirectoryApi& directory;
    DestinationApi& destinations;
    ServerApi& server;
    RunControl& control;
    Host& host;

    /// A copy with other ports for keys, directory and server. A run that changes access keys sends
    /// its requests through these three.
    Ports with(KeyApi& other_keys, DirectoryApi& other_directory, ServerApi& other_server) const {
        return {other_keys, other_directory, destinations, other_server, control, host};
    }
};

} // namespace infrastate::ports
