// SPDX-License-Identifier: Apache-2.0
// A destination as the server lists it: a cluster or a machine that a connector serves. A plain
// value that plan, ports and client share; it holds no secret.
#pragma once

#include "infrastate/types/names.h"
#include "infrastate/types/timestamp.h"

#include <optional>
#include <string>
#include <vector>

namespace infrastate {

struct DestinationRow {
    ServerId id;
    std::string name;
    std::string kind;                     ///< "kubernetes", "ssh"; a newer server may have others
    bool connected = false;               ///< the server's judgement: seen within the last minutes
    std::optional<Timestamp> last_seen{}; ///< when its connector last made a request
    std::optional<Timestamp> created{};
    std::string version{};                ///< of its connector; empty if it did not report one
    std::string connection_url{};         ///< where users reach it; may be empty
    std::vector<std::string> resources{}; ///< for instance namespaces
    std::vector<std::string> roles{};
};

} // namespace infrastate
