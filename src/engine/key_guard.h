// SPDX-License-Identifier: Apache-2.0
// The guard of access keys: it remembers the keys that a run has made. If the run's result, with
// the only copy of a secret, does not reach the caller, the guard deletes those keys again.
#pragma once

#include "resource.h"

#include <string>
#include <vector>

namespace infrastate::engine {

class KeyGuard final : public CreationGuard, private ports::KeyApi {
public:
    explicit KeyGuard(const ports::Ports& ports);

    ports::Ports ports() override { return server_.with(*this, server_.directory, server_.server); }
    void take_back() noexcept override;
    std::vector<std::string> made() const override;
    void forget() noexcept override { made_.clear(); }

private:
    Result<ports::KeyListing> list(const ports::KeyQuery& query) override {
        return server_.keys.list(query);
    }
    Result<ports::CreatedKey> create(const ports::NewKey& key) override;
    Result<ports::Removed> remove(const ServerId& id) override;
    Result<ports::TryAnswer> try_secret(const Secret& secret) override {
        return server_.keys.try_secret(secret);
    }

    const ports::Ports server_;
    std::vector<ServerId> made_;
};

} // namespace infrastate::engine
