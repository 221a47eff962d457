// SPDX-License-Identifier: Apache-2.0
// Adds to an error that the default host was asked. A user who forgot `host` must not have to guess
// where that host name comes from.
#pragma once

#include "infrastate/transport/http.h"

#include <string>

namespace infrastate::engine {

/// The sentence about the default host. It is also true for a user who gave exactly that host.
inline std::string default_host_asked(const transport::Endpoint& endpoint) {
    return "host is the default, " + endpoint.url() +
           "; if your server is another, give host, or INFRA_HOST in the environment";
}

/// Borrows the sender.
class DefaultHostSender final : public transport::HttpSender {
public:
    DefaultHostSender(transport::HttpSender& sender, bool is_default)
        : sender_(sender), is_default_(is_default) {}

    Result<transport::Response> send(const transport::Request& request,
                                     const transport::Deadline& deadline) override {
        auto response = sender_.send(request, deadline);
        if (response || !is_default_ || response.error().code != Code::transport) return response;
        Error error = std::move(response).error();
        error.message = default_host_asked(endpoint()) + ": " + error.message;
        return error;
    }
    const transport::Endpoint& endpoint() const noexcept override { return sender_.endpoint(); }

private:
    transport::HttpSender& sender_;
    bool is_default_;
};

} // namespace infrastate::engine
