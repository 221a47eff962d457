// SPDX-License-Identifier: Apache-2.0
// The directory of Infra's API, implemented over one conversation: users, found by their exact
// name. The user who logged in is found without a request.
#pragma once

#include "conversation.h"

#include "infrastate/ports/directory_api.h"

namespace infrastate::client {

/// Borrows the conversation.
class Directory final : public ports::DirectoryApi {
public:
    explicit Directory(Conversation& conversation) : conversation_(conversation) {}

    Result<std::optional<UserRow>> find_user(const std::string& name) override;

private:
    Conversation& conversation_;
};

} // namespace infrastate::client
