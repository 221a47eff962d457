// SPDX-License-Identifier: Apache-2.0
// The destinations of Infra's API, implemented over one conversation. Every user that the server
// knows may list them.
#pragma once

#include "conversation.h"

#include "infrastate/ports/destination_api.h"

namespace infrastate::client {

/// Borrows the conversation.
class Destinations final : public ports::DestinationApi {
public:
    explicit Destinations(Conversation& conversation) : conversation_(conversation) {}

    Result<ports::DestinationListing>
    list_destinations(const ports::DestinationQuery& query) override;

private:
    Conversation& conversation_;
};

} // namespace infrastate::client
