// SPDX-License-Identifier: Apache-2.0
#include "infrastate/client/infra_client.h"

#include "conversation.h"
#include "destinations.h"
#include "directory.h"
#include "keys.h"
#include "retry.h"
#include "rows.h"
#include "server_info.h"
#include "urls.h"

#include <algorithm>
#include <utility>

namespace infrastate::client {

using transport::Deadline;

struct InfraClient::Impl {
    Impl(transport::HttpSender& http, const Secret& token, RunBudget budget)
        : conversation(http, token, budget) {}

    Conversation conversation;
    Keys keys{conversation};
    Directory directory{conversation};
    Destinations destinations{conversation};
    ServerInfo server{conversation};
};

InfraClient::InfraClient(transport::HttpSender& http, const Secret& token, RunBudget budget,
                         std::string_view key_parameter)
    : impl_(std::make_unique<Impl>(http, token, budget)) {
    impl_->conversation.key_parameter = key_parameter;
}
InfraClient::~InfraClient() = default;

ports::KeyApi& InfraClient::keys() noexcept {
    return impl_->keys;
}

ports::DirectoryApi& InfraClient::directory() noexcept {
    return impl_->directory;
}

ports::ServerApi& InfraClient::server() noexcept {
    return impl_->server;
}

ports::RunControl& InfraClient::control() noexcept {
    return impl_->conversation;
}

ports::Ports InfraClient::ports(ports::Host& host) noexcept {
    return {keys(), directory(), impl_->destinations, server(), control(), host};
}

void InfraClient::use_token(const Secret& token) noexcept {
    impl_->conversation.token = &token;
}

std::optional<ServerTime> InfraClient::last_time() const {
    return impl_->conversation.last_time;
}

void InfraClient::next_run() noexcept {
    RunTime& time = impl_->conversation.time;
    time.cleanup_end.reset();
    time.change_begun = false;
    time.completing = false;
}

std::chrono::milliseconds InfraClient::time_left() const noexcept {
    return Deadline::at(impl_->conversation.time.end).remaining();
}

Result<void> InfraClient::pause(std::chrono::milliseconds span) {
    const Deadline deadline = impl_->conversation.time.deadline_of_reading();
    if (wait_within(span, deadline)) return {};
    Error out;
    out.code = deadline.cancelled() ? Code::cancelled : Code::deadline;
    out.detail = deadline.cancelled() ? "cancelled" : "no_time_left";
    out.field = deadline.cancelled() ? "" : "timeout";
    out.retryable = true;
    out.message = deadline.cancelled()
                      ? "the run was cancelled"
                      : "less of the timeout is left than the " + std::to_string(span.count()) +
                            " ms that must be waited between two tries";
    return out;
}

Result<InfraClient::Login> InfraClient::login(const std::string& username, const Secret& password) {
    constexpr std::string_view doing = "logging in";
    Conversation& conversation = impl_->conversation;
    ApiCall call = conversation.call(doing);
    call.if_unauthorized = "; check username and password";
    if (auto late = conversation.time.too_late(doing)) return std::move(*late);
    Value credentials;
    credentials.set("name", username);
    credentials.set("password", std::string(password.reveal()));
    Value body;
    body.set("passwordCredentials", std::move(credentials));
    auto response =
        conversation.post(login_url, body, conversation.time.deadline_of_change(), doing, nullptr);
    if (!response) {
        response.error().effect = Effect::none; // a session is no change of a key
        return std::move(response).error();
    }
    if (response->status != 201) {
        Error error = status_error(call, *response);
        error.effect = Effect::none;
        if (error.code == Code::auth) error.field = "username";
        return error;
    }
    auto answer = read_answer(call, *response);
    if (!answer) return std::move(answer).error();
    const Value* token = answer->find("accessKey");
    if (token == nullptr || !token->is_string() || !looks_like_access_key(token->string()))
        return unexpected_answer(call, "has no session in it");
    conversation.time.session_open = true;
    Login session{Secret(token->string()), {}};
    auto user_id = read_text(*answer, "userID");
    auto id = user_id ? ServerId::parse(*user_id) : Result<ServerId>(user_id.error());
    if (!id) { // the session is useless, but it is open
        const Secret* before = std::exchange(conversation.token, &session.token);
        static_cast<void>(logout());
        conversation.token = before;
        return unexpected_answer(call, "names no user");
    }
    conversation.session_user = UserRow{std::move(*id), username};
    session.user_id = std::move(*user_id);
    return session;
}

Result<void> InfraClient::logout() {
    constexpr std::string_view doing = "logging out";
    Conversation& conversation = impl_->conversation;
    conversation.time.session_open = false;
    // May use all the time that is left, but at most the reserve. A cancelled run closes its
    // session too.
    const auto deadline = Deadline::at(std::min(
        conversation.time.end, Deadline::Clock::now() + conversation.time.budget.reserve()));
    auto response =
        conversation.post(logout_url, Value::object(), deadline, doing, conversation.token);
    if (!response) return std::move(response).error();
    if (response->status < 200 || response->status > 299)
        return status_error(conversation.call(doing), *response);
    return {};
}

} // namespace infrastate::client
