// SPDX-License-Identifier: Apache-2.0
// The machine as a run sees it: waiting in the time that its client has left, and the kernel's
// random numbers.
#pragma once

#include "infrastate/client/infra_client.h"
#include "infrastate/ports/host.h"

namespace infrastate::engine {

/// Borrows the client, whose deadline and cancel token are the run's.
class RunHost final : public ports::Host {
public:
    explicit RunHost(client::InfraClient& client) noexcept : client_(client) {}

    Result<void> pause(std::int64_t milliseconds) override;
    /// Throws std::system_error where the kernel gives none.
    std::uint32_t random() override;
    std::int64_t seconds_left() override;
    bool may_go_on() override;

private:
    client::InfraClient& client_;
};

} // namespace infrastate::engine
