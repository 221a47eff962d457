// SPDX-License-Identifier: Apache-2.0
// Reads access_key_file again if the file has changed, so a client that runs for weeks survives the
// replacement of its key. It does so between calls, and once more before a refused key is reported.
#pragma once

#include "config.h"

#include "infrastate/transport/http.h"

#include <functional>
#include <string>
#include <utility>

namespace infrastate::engine {

enum class When {
    file_changed, ///< time, size or place differ from the last read
    always,
};

/// Returns true if the file holds another key. That key is then in `config.token`, and the old one
/// is overwritten. Returns false if there is nothing to do. Error (file, argument): the file cannot
/// be used, and the old key stays.
Result<bool> renew_key(Config& config, When when);

/// Repeats a request, at most once in a call, if the server refused the file's key with 401 and the
/// file now holds another key. Does not do so after a request of the call was accepted, because the
/// caller must stay the same during a call.
class RenewingSender final : public transport::HttpSender {
public:
    /// Borrows sender and configuration. Calls `renewed` after a new key was put into the
    /// configuration.
    RenewingSender(transport::HttpSender& sender, Config& config, std::function<void()> renewed)
        : sender_(sender), config_(config), renewed_(std::move(renewed)) {}

    Result<transport::Response> send(const transport::Request& request,
                                     const transport::Deadline& deadline) override;
    const transport::Endpoint& endpoint() const noexcept override { return sender_.endpoint(); }

private:
    transport::HttpSender& sender_;
    Config& config_;
    std::function<void()> renewed_;
    bool settled_ = false; ///< the key was accepted, or the file was read again
};

} // namespace infrastate::engine
