// SPDX-License-Identifier: Apache-2.0
// What runs of access keys share in a batch: those of one user's keys share one listing of that
// user, until one of them changes or tries a key. A listing that a run gets may leave out the rows
// of other users.
#pragma once

#include "resource.h"

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace infrastate::engine {

/// What decides about a deletion is never answered from here: a listing without dead rows, and
/// whatever a run reads after its own change, goes to the server.
class SharedListing final : public SharedReads,
                            private ports::KeyApi,
                            private ports::DirectoryApi,
                            private ports::ServerApi {
public:
    explicit SharedListing(const ports::Ports& ports) : server_(ports) {}

    ports::Ports ports() override { return server_.with(*this, *this, *this); }
    /// `user`: whose keys the run looks at.
    void begin_run(const std::string& user, std::size_t runs_left) override;
    void outdated() noexcept override;

private:
    Result<ports::KeyListing> list(const ports::KeyQuery& query) override;
    Result<ports::CreatedKey> create(const ports::NewKey& key) override;
    Result<ports::Removed> remove(const ServerId& id) override;
    Result<ports::TryAnswer> try_secret(const Secret& secret) override;
    Result<std::optional<UserRow>> find_user(const std::string& name) override;
    Result<ServerVersion> version() override;

    using Clock = std::chrono::steady_clock;
    struct Listing {
        ServerId user_id;
        ports::KeyListing keys;
        Clock::time_point read_at;
    };
    struct OfUser {
        std::optional<Listing> listing{};
        std::size_t runs_left = 0;
        /// Runs in a row that changed nothing: where every key changes, sharing would cost more.
        std::size_t quiet_runs = 0;
        bool quiet = true;    ///< this run has changed nothing yet
        bool refused = false; ///< the server does not let us list this user: not asked again
    };

    const Listing* shared();
    bool fetch();
    void forget() noexcept;

    const ports::Ports server_;
    std::map<std::string, OfUser> all_;
    std::map<std::string, OfUser>::iterator now_ = all_.end(); ///< of the run that is on
    std::map<std::string, std::optional<UserRow>> users_;
    std::optional<ServerVersion> version_;
};

} // namespace infrastate::engine
