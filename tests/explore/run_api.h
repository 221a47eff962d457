// SPDX-License-Identifier: Apache-2.0
// The ports of one run to the server: requests that take time, get lost, act late, or are
// answered by something else than Infra. What it reports is what the real client would.
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

    /// Told when a listing was answered.
    std::function<void(const ServerTime&)> on_listing{};
    /// Told of each POST before it is sent.
    std::function<void()> on_post{};
    /// Told when the last POST found its name taken.
    std::function<void()> on_refused{};
    /// Told of each POST that the caller heard of as failed.
    std::function<void(const Error&)> on_failed_post{};
    /// Told of a change that is sent sooner than the server asked for, by so many milliseconds.
    std::function<void(Millis)> on_hasty{};
    /// Told when the server did not take the name of a new key.
    std::function<void()> on_bad_name{};
    /// Told when the server refused to delete the key that authenticates.
    std::function<void()> on_own_key{};

private:
    enum class Kind { read, change, attempt };
    /// What a request came to before the server was asked.
    struct Fate {
        std::optional<Error> error{}; ///< that the caller gets
        bool acts = true;
        bool blip = false;
        std::optional<Millis> late{}; ///< it acts then
        bool dateless = false;
        Millis retry_after = 0;
        std::optional<Fault> fault{};
    };
    Fate send(Kind kind, Where where, const std::string& what);
    /// The way back; an error where the caller does not hear the answer any more.
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
    Millis asked_to_wait_ = 0;           ///< by the last answer
    std::optional<Millis> not_before_{}; ///< no change while what a DELETE began is finished
};

} // namespace infrastate::explore
