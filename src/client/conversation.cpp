// SPDX-License-Identifier: Apache-2.0
#include "conversation.h"

#include "retry.h"
#include "rows.h"
#include "urls.h"

#include "infrastate/json/json.h"

#include <algorithm>

namespace infrastate::client {

using transport::Deadline;
using transport::Method;
using transport::Request;
using transport::Response;

namespace {

/// A server answers in the format of the version that a request names.
constexpr std::string_view api_version = "0.20.0";
/// More than any organization has. An endless list ends with an error.
constexpr int most_pages = 1000;
/// How often to read a list from its beginning if it changes while it is read.
constexpr int most_readings = 3;

} // namespace

ports::Completion Conversation::completion() const {
    return {time.completion_left_ms(), asked_to_wait_.count()};
}

void Conversation::enter_cleanup() {
    // A caller that cancelled wants a quick end, but not an orphaned key. So cleaning up ignores
    // the token.
    if (!time.cleanup_end)
        time.cleanup_end = std::min(time.end, Deadline::Clock::now() + time.budget.reserve());
}

Error Conversation::not_visible(Error error) const {
    if (error.code != Code::permission) return error;
    error.field = session_user ? "username" : key_parameter;
    error.message += "; this caller may not see everything, so the run cannot tell what exists; "
                     "authenticate as a user with the role admin";
    return error;
}

Request new_request(Method method, std::string_view target) {
    Request out;
    out.method = method;
    out.target = target;
    out.headers = {{"Infra-Version", std::string(api_version)},
                   {"Accept", "application/json"},
                   {"User-Agent", "infrastate/" INFRASTATE_VERSION}};
    return out;
}

Result<Response> Conversation::send(const Request& request, const Deadline& deadline,
                                    std::string_view doing) {
    auto response = http_.send(request, deadline);
    asked_to_wait_ = {};
    if (response)
        asked_to_wait_ =
            retry_after(*response, server_time(*response).now).value_or(asked_to_wait_);
    if (!response) {
        response.error().message = std::string(doing) + ": " + response.error().message;
        if (request.method == Method::get) response.error().effect = Effect::none;
    }
    return response;
}

Conversation::Repeated Conversation::repeat(const Request& request, const Deadline& deadline,
                                            std::string_view doing) {
    bool maybe_acted = false;
    for (int attempt = 1;; ++attempt) {
        auto response = send(request, deadline, doing);
        const bool again =
            response ? is_passing(response->status)
                     : response.error().code == Code::transport && response.error().retryable;
        if (!again || attempt > time.budget.retries) return {std::move(response), maybe_acted};
        auto wait = back_off(attempt + 1, time.budget.first_pause);
        wait = std::max(wait, asked_to_wait_);
        // A 429 comes before the server does anything. A gateway's 5xx may come after it did.
        const bool acted = maybe_acted || (response ? response->status != 429
                                                    : response.error().effect != Effect::none);
        if (!wait_within(wait, deadline)) {
            if (!deadline.cancelled()) return {std::move(response), maybe_acted};
            Error error{Code::cancelled,
                        std::string(doing) + ": the run was cancelled while waiting to try again",
                        {},
                        "cancelled"};
            error.retryable = true;
            return {std::move(error), acted};
        }
        if (request.method != Method::get && time.too_late(doing))
            return {std::move(response), maybe_acted};
        maybe_acted = acted;
    }
}

Result<Conversation::Answer> Conversation::get(const ApiCall& call, std::string_view target,
                                               const Secret* bearer) {
    Request request = new_request(Method::get, target);
    request.bearer = bearer;
    auto response = repeat(request, time.deadline_of_reading(), call.doing).response;
    if (!response) return std::move(response).error();
    last_time = server_time(*response);
    if (response->status != 200) {
        Error error = status_error(call, *response);
        error.effect = Effect::none;
        return error;
    }
    auto value = read_answer(call, *response);
    if (!value) return std::move(value).error();
    return Answer{std::move(*value), *last_time};
}

Result<Response> Conversation::post(std::string_view target, const Value& body,
                                    const Deadline& deadline, std::string_view doing,
                                    const Secret* bearer) {
    Request request = new_request(Method::post, target);
    request.bearer = bearer;
    request.body = json::write(body);
    return send(request, deadline, doing);
}

Result<Conversation::ListRead>
Conversation::read_list(const ApiCall& call, bool first_page_only,
                        const std::function<std::string(int page)>& url_of, RowTaker& rows) {
    for (int reading = 0; reading < most_readings; ++reading) {
        std::optional<ServerTime> earliest;
        std::int64_t total = 0; // as the first page says
        rows.begin();
        for (int number = 1;; ++number) {
            auto answer = get(call, url_of(number), token);
            if (!answer) return std::move(answer).error();
            const auto odd = [&](const std::string& what) { return unexpected_answer(call, what); };
            auto page = read_page(answer->value);
            if (!page) return odd(page.error().message);
            const auto count = static_cast<std::int64_t>(page->items->size());
            const auto here = [&] {
                return "has a page " + std::to_string(number) + " of " +
                       std::to_string(page->total_pages);
            };
            if (page->page != number)
                return odd(here() + " that calls itself page " + std::to_string(page->page));
            // After the last page totalPages is 0 and there are no items.
            if (count > page_size || page->total_pages > most_pages ||
                (count > 0) != (number <= page->total_pages))
                return odd(here() + " with " + std::to_string(count) + " rows");
            if (number == 1) total = page->total_count;
            // The earliest clock is used: a key must not look dead because the reading took long.
            if (!earliest || answer->time.now < earliest->now)
                earliest = ServerTime{answer->time.now, !earliest || earliest->exact,
                                      answer->time.machine};
            earliest->exact = earliest->exact && answer->time.exact;

            const std::size_t before = rows.count();
            for (const Value& item : *page->items)
                if (auto taken = rows.take(item); !taken)
                    return odd("has a row that " + taken.error().message);
            if (count > 0 && rows.count() == before)
                return odd(here() + " that only repeats the ones before it");
            const bool last = number >= page->total_pages;
            if (!last && !first_page_only) continue;
            const auto read = static_cast<std::int64_t>(rows.count());
            if (!last || (read == total && page->total_count == total))
                return ListRead{*earliest, last, number};
            if (number == 1)
                return odd("counts " + std::to_string(page->total_count) + " rows in all but has " +
                           std::to_string(read));
            break; // rows were added or removed between two pages, so some may be missing
        }
    }
    Error out;
    out.code = Code::server;
    out.detail = "list_unstable";
    out.retryable = true;
    out.message = std::string(call.doing) + ": the server at " + call.server.url() +
                  " changed the list each time while it was read";
    return out;
}

} // namespace infrastate::client
