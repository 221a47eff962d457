// SPDX-License-Identifier: Apache-2.0
// A key port that remembers the keys a run has made, so that they can be taken back where the
// run's result, and with it the only copy of a secret, is lost on its way to the caller.
#pragma once

#include "infrastate/ports/key_api.h"

#include <string>
#include <vector>

namespace infrastate::engine {

/// Borrows the port it asks.
class CreationGuard final : public ports::KeyApi {
public:
    explicit CreationGuard(ports::KeyApi& server);

    /// Deletes what was made, as far as it can: for when memory is short, so it never throws.
    void take_back() noexcept;
    /// The keys that a lost result would leave without a holder of their secret.
    std::vector<std::string> made() const;
    /// The result has been handed over: there is nothing to take back any more.
    void forget() noexcept { made_.clear(); }
    /// What the run may have done to the server, as far as can be said without its report.
    Effect effect() const noexcept { return tried_ ? Effect::unknown : Effect::none; }

    Result<ports::KeyListing> list(const ports::KeyQuery& query) override {
        return server_.list(query);
    }
    Result<std::optional<UserRow>> find_user(const std::string& name) override {
        return server_.find_user(name);
    }
    Result<ServerVersion> version() override { return server_.version(); }
    Result<ports::CreatedKey> create(const ports::NewKey& key) override;
    Result<ports::Removed> remove(const ServerId& id) override;
    Result<ports::TryAnswer> try_secret(const Secret& secret) override {
        return server_.try_secret(secret);
    }
    bool may_start_change() const override { return server_.may_start_change(); }
    void enter_completion() override { server_.enter_completion(); }
    ports::Completion completion() const override { return server_.completion(); }
    void enter_cleanup() override { server_.enter_cleanup(); }

private:
    ports::KeyApi& server_;
    std::vector<ServerId> made_;
    bool tried_ = false; ///< to change anything
};

} // namespace infrastate::engine
