// SPDX-License-Identifier: Apache-2.0
// All ports of a run together. A resource uses those that it needs; a new family of Infra's API
// adds its port here.
#pragma once

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
    ServerApi& server;
    RunControl& control;
    Host& host;
};

} // namespace infrastate::ports
