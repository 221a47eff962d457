// SPDX-License-Identifier: Apache-2.0
// What the simulator cannot do as it was asked: a malformed request, order, or option.
// The message is for whoever asked, in the server's own words where a request is refused.
#pragma once

#include <stdexcept>
#include <string>

namespace infrastate::simulator {

/// Becomes a 400 where a request or an order is handled, and exit code 2 where an option is read.
class Refusal : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

} // namespace infrastate::simulator
