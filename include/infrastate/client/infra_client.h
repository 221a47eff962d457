// SPDX-License-Identifier: Apache-2.0
// Infra's API as ports: one part for each family of its API, over one conversation with the server.
// The only place that knows Infra's paths, headers and JSON names.
#pragma once

#include "infrastate/client/run_budget.h"
#include "infrastate/ports/ports.h"
#include "infrastate/transport/http.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace infrastate::client {

/// Borrowed connection and token must outlive it. One object a run, whose time starts when it is
/// made; not thread-safe.
///
/// How long a call may take: reading alone has all the time. Once a session was opened or a change
/// begun, the reserve is left alone, but a call gets at least half of it. After enter_completion()
/// three quarters of the reserve may be used too (one look-up fits into the last one), less what is
/// kept for logout(). After enter_cleanup()
/// there is the reserve, as far as time is left, and cancelling interrupts no more; while a session
/// is open, a quarter of the reserve is kept for logout().
class InfraClient final {
public:
    InfraClient(transport::HttpSender& http, const Secret& token, RunBudget budget);
    ~InfraClient();
    InfraClient(const InfraClient&) = delete;
    InfraClient& operator=(const InfraClient&) = delete;

    ports::KeyApi& keys() noexcept;
    ports::DirectoryApi& directory() noexcept;
    ports::ServerApi& server() noexcept;
    ports::RunControl& control() noexcept;
    /// All of them, with the machine that the run is on. Borrowed from this object and `host`.
    ports::Ports ports(ports::Host& host) noexcept;

    /// The server's clock in the last answer to a GET; nothing before the first.
    std::optional<ServerTime> last_time() const;

    /// What POST /api/login answered: a session token that may make keys for its own user.
    struct Login {
        Secret token;
        std::string user_id;
    };
    /// For username and password. The token is to be given back by logout().
    Result<Login> login(const std::string& username, const Secret& password);
    /// POST /api/logout with the run's token, inside the reserve.
    Result<void> logout();
    /// Ends the change and the cleaning up of the run before, in a batch; the time goes on.
    void next_run() noexcept;
    /// Until the end of everything; never negative.
    std::chrono::milliseconds time_left() const noexcept;
    /// Waits, in the time that a call would have. Errors: deadline (it would pass), cancelled.
    Result<void> pause(std::chrono::milliseconds span);
    /// From now on requests carry this token (borrowed).
    void use_token(const Secret& token) noexcept;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace infrastate::client
