// SPDX-License-Identifier: Apache-2.0
// A secret store that remembers each secret it handed out, so that a result can be masked with it:
// the server that a copy is tried on may echo it.
#pragma once

#include "infrastate/ports/secret_store.h"

#include <vector>

namespace infrastate::engine {

/// Borrows the store and the list.
class WatchedStore final : public ports::SecretStore {
public:
    WatchedStore(ports::SecretStore& store, std::vector<Secret>& seen) noexcept
        : store_(store), seen_(seen) {}

    Result<ports::StoreView> look() override {
        auto view = store_.look();
        if (view)
            for (const auto* secret : {&view->secret, &view->leftover})
                if (*secret) remember(**secret);
        return view;
    }

    Result<void> lock(const std::function<bool()>& keep_waiting) override {
        return store_.lock(keep_waiting);
    }
    void unlock() noexcept override { store_.unlock(); }
    Result<void> prepare(bool dry) override { return store_.prepare(dry); }
    Result<void> put_intents(const std::vector<Intent>& intents) override {
        return store_.put_intents(intents);
    }
    Result<void> put_new_secret(const Secret& secret) override {
        return store_.put_new_secret(secret);
    }
    Result<void> sync_new_secret() override { return store_.sync_new_secret(); }
    Result<void> put_record(const Record& record) override { return store_.put_record(record); }
    Result<void> publish() override { return store_.publish(); }
    Result<void> drop_new_secret() override { return store_.drop_new_secret(); }
    Result<void> set_attributes() override { return store_.set_attributes(); }
    Result<void> remove_all() override { return store_.remove_all(); }
    std::string digest_of(const Secret& secret) const override { return store_.digest_of(secret); }

private:
    void remember(const Secret& secret) {
        for (const Secret& each : seen_)
            if (each.equals(secret)) return;
        seen_.push_back(secret.clone());
    }

    ports::SecretStore& store_;
    std::vector<Secret>& seen_;
};

} // namespace infrastate::engine
