// SPDX-License-Identifier: Apache-2.0
// The ports of one run to the server. Requests take time, get lost, act late, or are answered by
// something else than Infra. The errors are those of the real client.
#pragma once

#include "machine.h"
#include "server.h"
#include "support/server_ports.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace infrastate::explore {

class RunApi final : public test::ServerPorts {
public:
    RunApi(Process& process, Server& server, int task, Caller caller = {})
        : process_(process), server_(server), task_(task), caller_(std::move(caller)) {}

    Result<ports::KeyListing> list(const ports::KeyQuery& query) override;
    Result<std::optional<UserRow>> find_user(const std::string& name) override;
    Result<ServerVersion> version() override;
    Result<ports::CreatedKey> create(const ports::NewKey& key) override;
    Result<ports::Removed> remove(const ServerId& id) override;
    Result<ports::TryAnswer> try_secret(const Secret& secret) override;
    bool may_start_change() const override;
    void enter_completion() override;
    ports::Completion completion() const override;
    void enter_cleanup() override;

    /// Called when a listing was answered.
    std::function<void(const ServerTime&)> on_listing{};
    /// Called for each POST before it is sent.
    std::function<void()> on_post{};
    /// Called when the last POST found its name taken.
    std::function<void()> on_refused{};
    /// Called for each POST whose failure the caller heard of.
    std::function<void(const Error&)> on_failed_post{};
    /// Called for a change that is sent sooner than the server asked for, with the difference in
    /// milliseconds.
    std::function<void(Millis)> on_hasty{};
    /// Called when the server did not accept the name of a new key.
    std::function<void()> on_bad_name{};
    /// Called when the server refused to delete the key that authenticates.
    std::function<void()> on_own_key{};

private:
    enum class Kind { read, change, attempt };
    /// What happens to a request before the server is asked.
    struct Fate {
        std::optional<Error> error{}; ///< the error that the caller gets
        bool acts = true;
        bool blip = false;
        std::optional<Millis> late{}; ///< the time when it acts
        bool dateless = false;
        Millis retry_after = 0;
        std::optional<Fault> fault{};
    };
    Fate send(Kind kind, Where where, const std::string& what);
    /// The answer on its way back; an error if the caller does not get it any more.
    std::optional<Error> receive(Kind kind, const Fate& fate);
    void look_for_haste();
    Millis limit() const;
    ServerTime date(bool dateless) const;
    Result<ports::KeyListing> list_as_asked(const ports::KeyQuery& query);
    Fate known(Fate fate, Kind kind, Where where) const;
    Error forbidden(const std::string& what) const;
    void wait(Millis span);
    Result<ports::CreatedKey> failed_post(Error error);
    bool sees(const ports::KeyQuery& query) const;
    Error error(Code code, const std::string& message, int status, bool retryable,
                Effect effect) const;

    Process& process_;
    Server& server_;
    const int task_;
    const Caller caller_;
    Millis asked_to_wait_ = 0;           ///< the wait that the last answer asked for
    std::optional<Millis> not_before_{}; ///< no change before this time, after a DELETE
};

} // namespace infrastate::explore
