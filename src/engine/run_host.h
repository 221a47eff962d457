// SPDX-License-Identifier: Apache-2.0
// The machine of a run: waits within the time that the client has left, and gives the kernel's
// random numbers.
#pragma once

#include "infrastate/client/infra_client.h"
#include "infrastate/ports/host.h"

namespace infrastate::engine {

/// Borrows the client. The client's deadline and cancel token are those of the run.
class RunHost final : public ports::Host {
public:
    explicit RunHost(client::InfraClient& client) noexcept : client_(client) {}

    Result<void> pause(std::int64_t milliseconds) override;
    /// Throws std::system_error if the kernel gives no random number.
    std::uint32_t random() override;
    std::int64_t seconds_left() override;
    bool may_go_on() override;

private:
    client::InfraClient& client_;
};

} // namespace infrastate::engine
