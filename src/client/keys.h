// SPDX-License-Identifier: Apache-2.0
// The access keys of Infra's API, implemented over one conversation: list, create, delete, and try
// a secret.
#pragma once

#include "conversation.h"

#include "infrastate/ports/key_api.h"

namespace infrastate::client {

/// Borrows the conversation.
class Keys final : public ports::KeyApi {
public:
    explicit Keys(Conversation& conversation) : conversation_(conversation) {}

    Result<ports::KeyListing> list(const ports::KeyQuery& query) override;
    Result<ports::CreatedKey> create(const ports::NewKey& key) override;
    Result<ports::Removed> remove(const ServerId& id) override;
    Result<ports::TryAnswer> try_secret(const Secret& secret) override;

private:
    Result<ports::KeyListing> list_as_asked(const ports::KeyQuery& query);

    Conversation& conversation_;
};

} // namespace infrastate::client
