// SPDX-License-Identifier: Apache-2.0
// What runs on access keys share in a batch. Runs on the same user's keys share one listing of that
// user, until one of them changes or tries a key. The listing that a run gets may lack the rows of
// other users.
#pragma once

#include "resource.h"

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace infrastate::engine {

/// Requests that decide about a deletion always go to the server: a listing without dead rows, and
/// everything that a run reads after its own change.
class SharedListing final : public SharedReads,
                            private ports::KeyApi,
                            private ports::DirectoryApi,
                            private ports::ServerApi {
public:
    explicit SharedListing(const ports::Ports& ports) : server_(ports) {}

    ports::Ports ports() override { return server_.with(*this, *this, *this); }
    /// `user`: the user whose keys the run reads.
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
        ports::KeyListing keys; ///< the rows sorted by name; those of one name as they were listed
        Clock::time_point read_at;
    };
    struct OfUser {
        std::optional<Listing> listing{};
        std::size_t runs_left = 0;
        /// How many runs in a row changed nothing. If every run changes a key, sharing costs more
        /// than it saves.
        std::size_t quiet_runs = 0;
        bool quiet = true;    ///< the current run has changed nothing yet
        bool refused = false; ///< the list of this user could not be read; it is not tried again
    };

    const Listing* shared();
    bool fetch();
    void forget() noexcept;

    const ports::Ports server_;
    std::map<std::string, OfUser> all_;
    std::map<std::string, OfUser>::iterator now_ = all_.end(); ///< the entry of the current run
    std::map<std::string, std::optional<UserRow>> users_;
    std::optional<ServerVersion> version_;
};

} // namespace infrastate::engine
