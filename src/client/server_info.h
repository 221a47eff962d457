// SPDX-License-Identifier: Apache-2.0
// What the server says of itself, implemented over one conversation: its version, for which it
// needs no credentials.
#pragma once

#include "conversation.h"

#include "infrastate/ports/server_api.h"

namespace infrastate::client {

/// Borrows the conversation.
class ServerInfo final : public ports::ServerApi {
public:
    explicit ServerInfo(Conversation& conversation) : conversation_(conversation) {}

    Result<ServerVersion> version() override;

private:
    Conversation& conversation_;
};

} // namespace infrastate::client
