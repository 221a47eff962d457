// SPDX-License-Identifier: Apache-2.0
// Reads access_key_file again where the file has changed, so that a client that lives for weeks
// outlives the key it began with: between calls, and once more before a refused key is reported.
#pragma once

#include "config.h"

#include "infrastate/transport/http.h"

#include <functional>
#include <string>
#include <utility>

namespace infrastate::engine {

enum class When {
    file_changed, ///< its time, size or place differs from when it was read
    always,
};

/// True: the file holds another key, which is in `config.token` now; the one before is overwritten.
/// False: nothing to do. Error (file, argument): it cannot be used; the key before stays.
Result<bool> renew_key(Config& config, When when);

/// Sends a request again, once a call, where the server refused the key of the file with 401 and
/// the file holds another one by now. Not once anything of the call was accepted: a call has one
/// caller.
class RenewingSender final : public transport::HttpSender {
public:
    /// Borrows sender and configuration; calls `renewed` after a new key came into it.
    RenewingSender(transport::HttpSender& sender, Config& config, std::function<void()> renewed)
        : sender_(sender), config_(config), renewed_(std::move(renewed)) {}

    Result<transport::Response> send(const transport::Request& request,
                                     const transport::Deadline& deadline) override;
    const transport::Endpoint& endpoint() const noexcept override { return sender_.endpoint(); }

private:
    transport::HttpSender& sender_;
    Config& config_;
    std::function<void()> renewed_;
    bool settled_ = false; ///< the key was accepted, or another one was looked for
};

} // namespace infrastate::engine
