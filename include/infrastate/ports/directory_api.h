// SPDX-License-Identifier: Apache-2.0
// The port to a server's directory: which users it knows. Free of HTTP; the client implements it
// for real, tests implement it as fakes; every call may block.
#pragma once

#include "infrastate/types/directory.h"
#include "infrastate/types/error.h"

#include <optional>
#include <string>

namespace infrastate::ports {

/// Not thread-safe. Errors carry the server's own words.
class DirectoryApi {
public:
    virtual ~DirectoryApi() = default;

    /// The user of exactly that name, system users included; nothing if there is none.
    virtual Result<std::optional<UserRow>> find_user(const std::string& name) = 0;
};

} // namespace infrastate::ports
