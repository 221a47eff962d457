// SPDX-License-Identifier: Apache-2.0
// A secret store that adds every secret that it returns to the masker, because a server on which a
// copy is tried may echo it.
#pragma once

#include "infrastate/ports/secret_store.h"
#include "infrastate/types/masker.h"

namespace infrastate::engine {

/// Borrows the store and the masker.
class WatchedStore final : public ports::SecretStore {
public:
    WatchedStore(ports::SecretStore& store, Masker& masker) noexcept
        : store_(store), masker_(masker) {}

    Result<ports::StoreView> look() override {
        auto view = store_.look();
        if (view)
            for (const auto* secret : {&view->secret, &view->leftover})
                if (*secret) masker_.add((*secret)->reveal());
        return view;
    }

    Result<void> lock(const std::function<bool()>& keep_waiting) override {
        return store_.lock(keep_waiting);
    }
    void unlock() noexcept override { store_.unlock(); }
    Result<void> may_lock() override { return store_.may_lock(); }
    Result<void> prepare_removal() override { return store_.prepare_removal(); }
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
    ports::SecretStore& store_;
    Masker& masker_;
};

} // namespace infrastate::engine
