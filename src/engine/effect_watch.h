// SPDX-License-Identifier: Apache-2.0
// Knows whether a run may have changed something on the server, even if the run cannot say so any
// more because of an exception.
#pragma once

#include "infrastate/transport/http.h"
#include "infrastate/types/error.h"

namespace infrastate::engine {

/// Borrows the sender.
class EffectWatch final : public transport::HttpSender {
public:
    explicit EffectWatch(transport::HttpSender& sender) : sender_(sender) {}

    void begin_run() noexcept { effect_ = Effect::none; }
    /// Unknown if a request that changes something may have reached the server.
    Effect effect() const noexcept { return effect_; }

    Result<transport::Response> send(const transport::Request& request,
                                     const transport::Deadline& deadline) override;
    const transport::Endpoint& endpoint() const noexcept override { return sender_.endpoint(); }

private:
    transport::HttpSender& sender_;
    Effect effect_ = Effect::none;
};

} // namespace infrastate::engine
