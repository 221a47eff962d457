// SPDX-License-Identifier: Apache-2.0
// A server that answers from a script, for tests of the client. Each request gets the next answer
// and is recorded. A request beyond the script gets an internal error.
#pragma once

#include "infrastate/transport/http.h"

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace infrastate::test {

class ScriptedSender final : public transport::HttpSender {
public:
    struct Seen {
        transport::Method method;
        std::string target;
        std::vector<transport::Header> headers;
        std::string bearer; ///< "" for none
        std::string body;
        std::chrono::milliseconds time_left;
        bool cancellable;

        std::string header(std::string_view name) const {
            for (const auto& header : headers)
                if (header.name == name) return header.value;
            return {};
        }
    };
    using Answer = std::function<Result<transport::Response>()>;

    /// In the order of the calls; chainable.
    ScriptedSender& then(Answer answer) {
        script_.push_back(std::move(answer));
        return *this;
    }
    ScriptedSender& answer(int status, std::string body,
                           std::vector<transport::Header> headers = date()) {
        return then([=]() -> Result<transport::Response> {
            transport::Response out;
            out.status = status;
            out.body = body;
            out.headers = headers;
            return out;
        });
    }
    ScriptedSender& fail(Error error) {
        return then([error]() -> Result<transport::Response> { return error; });
    }
    /// A connection that broke. With `sent`, the request may have arrived before.
    ScriptedSender& lost(bool sent) {
        Error error{Code::transport, "the connection was lost", {}, "connection_lost"};
        error.retryable = true;
        error.effect = sent ? Effect::unknown : Effect::none;
        return fail(error);
    }

    static std::vector<transport::Header> date() {
        return {{"Content-Type", "application/json; charset=utf-8"},
                {"Date", "Mon, 23 Nov 2026 01:56:35 GMT"}};
    }
    static std::vector<transport::Header> date_and(transport::Header more) {
        auto out = date();
        out.push_back(std::move(more));
        return out;
    }

    Result<transport::Response> send(const transport::Request& request,
                                     const transport::Deadline& deadline) override {
        seen.push_back({request.method, request.target, request.headers,
                        request.bearer != nullptr ? std::string(request.bearer->reveal()) : "",
                        request.body, deadline.remaining(), deadline.cancel() != nullptr});
        if (script_.empty()) return Error{Code::internal, "the script has no answer left"};
        const Answer next = std::move(script_.front());
        script_.pop_front();
        return next();
    }
    const transport::Endpoint& endpoint() const noexcept override { return endpoint_; }
    bool finished() const noexcept { return script_.empty(); }

    std::vector<Seen> seen;

private:
    std::deque<Answer> script_;
    transport::Endpoint endpoint_ =
        transport::Endpoint::parse("https://infra.example.com:8443/base").value();
};

} // namespace infrastate::test
