// SPDX-License-Identifier: Apache-2.0
// Why the simulator cannot do what it was asked: a malformed request, control request, or option.
// The message is for the client; for a request it has the server's words.
#pragma once

#include <stdexcept>
#include <string>

namespace infrastate::simulator {

/// Becomes a 400 to a request or a control request, and exit code 2 for an option.
class Refusal : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

} // namespace infrastate::simulator
