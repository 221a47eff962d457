// SPDX-License-Identifier: Apache-2.0
// What one call says to the server: inside one deadline, logged in where a user does that, its log
// masked. All runs of a batch are inside one.
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

/// Borrows all it is made from. A session that was opened is closed at the latest with this object:
/// a defect, or no memory, is no reason to leave it open.
class CallContext {
public:
    /// `waiting`: how long its runs may have to wait for others.
    /// `known`: the secrets in `config`. `renewed`: after the key in `config` was read again, which
    /// the server's refusal of the one before brings about.
    CallContext(Config& config, const std::shared_ptr<const Masker>& known,
                transport::HttpSender& http, const CallOptions& call,
                std::chrono::milliseconds waiting, std::function<void()> renewed = {});
    ~CallContext();
    CallContext(const CallContext&) = delete;
    CallContext& operator=(const CallContext&) = delete;

    const CallOptions& call() const noexcept { return call_; }
    Masker& masker() noexcept { return masker_; }
    /// To the server, and to this machine in the time of this call.
    ports::Ports ports() noexcept { return client_.ports(host_); }
    /// The key that authenticates; nothing for a user that logs in.
    const Secret* own_token() const noexcept { return logs_in() ? nullptr : &config_.token; }
    bool logs_in() const noexcept { return !config_.username.empty(); }

    /// The time of this call is too short for its runs, which may have to wait.
    bool is_too_short() const noexcept { return limit_ < waiting_ + default_timeout(); }
    /// What would be long enough; `parameter` says how long to wait.
    Error too_short(std::string_view parameter) const;

    /// Nothing where that went well, or there is nobody to log in.
    std::optional<Error> log_in();
    /// Adds a warning if that fails, then masks all of them. Where there is no memory for that, the
    /// warnings are lost.
    void log_out(std::vector<std::string>& warnings) noexcept;

    /// Before each run. Gives why it must not begin: asked between the runs of a batch, since a
    /// shared listing needs no request to answer.
    std::optional<Error> begin_run();
    /// What the run that has begun may have done, as far as can be said without its report.
    Effect effect() const noexcept { return watch_.effect(); }

    /// How long a reader of the result may be waited for: the reserve is for cleaning up.
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
    std::vector<std::string> unheard_warnings_{}; ///< of a logout in the destructor
};

/// The time of a call: what is asked for, or the default and what its runs may have to wait.
std::chrono::milliseconds time_limit(const Config& config, const CallOptions& call,
                                     std::chrono::milliseconds waiting);

} // namespace infrastate::engine
