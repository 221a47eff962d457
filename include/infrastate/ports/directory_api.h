// SPDX-License-Identifier: Apache-2.0
// The port to a server's directory: which users it knows. Free of HTTP. The client implements it,
// tests use fakes. Every call may block.
#pragma once

#include "infrastate/types/directory.h"
#include "infrastate/types/error.h"

#include <optional>
#include <string>

namespace infrastate::ports {

/// Not thread-safe. Errors contain the server's own words.
class DirectoryApi {
public:
    virtual ~DirectoryApi() = default;

    /// The user of exactly that name, system users included. Empty if there is none.
    virtual Result<std::optional<UserRow>> find_user(const std::string& name) = 0;
};

} // namespace infrastate::ports
