// SPDX-License-Identifier: Apache-2.0
// The command line of infra-simulator.
// A wrong option is one sentence and exit code 2, before anything is opened.
#pragma once

#include "api.h"

#include "infrastate/types/error.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::simulator {

struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    std::string dir{}; ///< "" for a temporary one
    std::string certificate_file{}, key_file{}, ca_file{};
    ApiSettings api{};
    /// Of the first user with the role admin, and of the first without a role.
    std::string admin_name{}, admin_key{}, admin_password{}, plain_name{}, plain_password{};
    bool die_with_parent = false;
    bool help = false;
};

std::string_view help_text() noexcept;
/// Reads the arguments (without the program's name), the environment and the file of users.
Result<Options> read_options(const std::vector<std::string>& arguments);

} // namespace infrastate::simulator
