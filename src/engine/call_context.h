// SPDX-License-Identifier: Apache-2.0
// What one call needs to talk to the server: one deadline, a login if the caller uses one, and a
// masked log. All runs of a batch share it.
#pragma once

#include "config.h"
#include "default_host.h"
#include "effect_watch.h"
#include "logged_sender.h"
#include "renewed_key.h"
#include "run_host.h"

#include "infrastate/client/infra_client.h"
#include "infrastate/engine/engine.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace infrastate::engine {

/// Borrows all arguments of its constructor. The destructor closes a session that is still open,
/// also after a defect or without memory.
class CallContext {
public:
    /// `waiting`: how long the runs may have to wait for others. `known`: the secrets in `config`.
    /// `renewed` is called after the key in `config` was read again because the server refused the
    /// old one.
    CallContext(Config& config, const std::shared_ptr<const Masker>& known,
                transport::HttpSender& http, const CallOptions& call,
                std::chrono::milliseconds waiting, std::function<void()> renewed = {});
    ~CallContext();
    CallContext(const CallContext&) = delete;
    CallContext& operator=(const CallContext&) = delete;

    const CallOptions& call() const noexcept { return call_; }
    Masker& masker() noexcept { return masker_; }
    /// Ports to the server, and to this machine within the time of this call.
    ports::Ports ports() noexcept { return client_.ports(host_); }
    /// The key that authenticates; nullptr if a user logs in.
    const Secret* own_token() const noexcept { return logs_in() ? nullptr : &config_.token; }
    bool logs_in() const noexcept { return !config_.username.empty(); }

    /// Whether the time of this call is too short for its runs, which may have to wait for others.
    bool is_too_short() const noexcept { return limit_ < waiting_ + default_timeout(); }
    /// The error that says how much time would be enough. `parameter` is the one that says how long
    /// to wait.
    Error too_short(std::string_view parameter) const;

    /// Returns an error if the login fails. Returns nothing if it succeeds or is not needed.
    std::optional<Error> log_in();
    /// Adds a warning if the logout fails, then masks all warnings. Without memory for that, the
    /// warnings are lost.
    void log_out(std::vector<std::string>& warnings) noexcept;

    /// Called before each run. Returns an error if the run must not begin. Between the runs of a
    /// batch this check is needed because a shared listing answers without a request.
    std::optional<Error> begin_run();
    /// What the current run may have changed, as far as this is known without its report.
    Effect effect() const noexcept { return watch_.effect(); }

    /// How long to wait for a reader of the result. The reserve stays for cleaning up.
    std::chrono::milliseconds patience() const noexcept;

private:
    Log masked(const Log& log);

    const Config& config_;
    const CallOptions& call_;
    Masker own_masker_;
    Masker& masker_;
    Log log_;
    EffectWatch watch_;
    DefaultHostSender named_;
    LoggedSender logged_;
    RenewingSender sender_;
    const std::chrono::milliseconds waiting_;
    const std::chrono::milliseconds limit_; ///< the time of the whole call
    client::RunBudget budget_;
    transport::Deadline deadline_;
    client::InfraClient client_;
    RunHost host_{client_};
    std::optional<client::InfraClient::Login> login_{};
    bool logged_out_ = false;
    /// warnings of a logout in the destructor, which nobody reads
    std::vector<std::string> unheard_warnings_{};
};

/// The time of a call: what was asked for, or the default plus the time that its runs may have to
/// wait.
std::chrono::milliseconds time_limit(const Config& config, const CallOptions& call,
                                     std::chrono::milliseconds waiting);

} // namespace infrastate::engine
