// SPDX-License-Identifier: Apache-2.0
// Logs each request when it ends: method, path, status and time taken. Logs nothing of what was
// sent or received.
#pragma once

#include "infrastate/engine/engine.h"
#include "infrastate/transport/http.h"

#include <string>

namespace infrastate::engine {

/// Borrows the sender and the log.
class LoggedSender final : public transport::HttpSender {
public:
    LoggedSender(transport::HttpSender& sender, const Log& log) : sender_(sender), log_(log) {}

    Result<transport::Response> send(const transport::Request& request,
                                     const transport::Deadline& deadline) override;
    const transport::Endpoint& endpoint() const noexcept override { return sender_.endpoint(); }

private:
    transport::HttpSender& sender_;
    const Log& log_;
};

} // namespace infrastate::engine
