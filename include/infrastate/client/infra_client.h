// SPDX-License-Identifier: Apache-2.0
// Infra's API as ports: one part for each family of the API, over one conversation with the server.
// Only this layer knows Infra's paths, headers and JSON names.
#pragma once

#include "infrastate/client/run_budget.h"
#include "infrastate/ports/ports.h"
#include "infrastate/transport/http.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace infrastate::client {

/// The client of one run; the run's time starts when it is made. Borrows connection and token,
/// which must outlive it. Not thread-safe.
///
/// How long a call may take:
/// - A call that only reads may use all the time.
/// - Once a session was opened or a change was begun, a call leaves the reserve alone, but it gets
///   at least half of the reserve.
/// - After enter_completion() a call may also use three quarters of the reserve, less what is kept
///   for logout(). The last quarter is for one look-up.
/// - After enter_cleanup() a call may use the reserve, as far as time is left. Cancelling no longer
///   ends it.
/// - While a session is open, a quarter of the reserve is kept for logout().
class InfraClient final {
public:
    /// `key_parameter`: the parameter that the token came from, for errors about it.
    InfraClient(transport::HttpSender& http, const Secret& token, RunBudget budget,
                std::string_view key_parameter = "access_key");
    ~InfraClient();
    InfraClient(const InfraClient&) = delete;
    InfraClient& operator=(const InfraClient&) = delete;

    ports::KeyApi& keys() noexcept;
    ports::DirectoryApi& directory() noexcept;
    ports::ServerApi& server() noexcept;
    ports::RunControl& control() noexcept;
    /// All ports, with the machine of the run. Borrowed from this object and `host`.
    ports::Ports ports(ports::Host& host) noexcept;

    /// The server's clock in the last answer to a GET. Empty before the first answer.
    std::optional<ServerTime> last_time() const;

    /// The answer to POST /api/login: a session token. It may create keys for its own user.
    struct Login {
        Secret token;
        std::string user_id;
    };
    /// Logs in with username and password. The caller must end the session by logout().
    Result<Login> login(const std::string& username, const Secret& password);
    /// POST /api/logout with the run's token; it may use the reserve.
    Result<void> logout();
    /// In a batch: begins the next run. It has no change and no clean-up yet, but the same
    /// deadline.
    void next_run() noexcept;
    /// Until the deadline; never negative.
    std::chrono::milliseconds time_left() const noexcept;
    /// Waits, within the time that a call would have. Errors: deadline (it would pass during the
    /// wait), cancelled.
    Result<void> pause(std::chrono::milliseconds span);
    /// Makes later requests carry this token (borrowed).
    void use_token(const Secret& token) noexcept;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace infrastate::client
