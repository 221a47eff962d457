// SPDX-License-Identifier: Apache-2.0
// The requests of one run: what every request carries, when a request is repeated, how long it may
// take, and how to read whole lists over all their pages. Knows no resource of Infra.
#pragma once

#include "answers.h"
#include "run_time.h"

#include "infrastate/ports/run_control.h"
#include "infrastate/transport/http.h"
#include "infrastate/types/directory.h"
#include "infrastate/types/secret.h"
#include "infrastate/types/server.h"
#include "infrastate/types/value.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace infrastate::client {

/// Receives the rows of a list while it is read.
class RowTaker {
public:
    virtual ~RowTaker() = default;
    /// The list is read from its beginning (again). Forgets all rows.
    virtual void begin() = 0;
    /// Takes one row. The error is the second half of a sentence ("has no field 'id'").
    virtual Result<void> take(const Value& row) = 0;
    /// How many different rows were taken.
    virtual std::size_t count() const = 0;
};

/// Keeps each row once, in its latest form: a row may move to the next page while the pages are
/// read. `read_row` returns a Result with the row, `id_of` the row's id.
template <class Row, class ReadRow, class IdOf>
class RowsById final : public RowTaker {
public:
    RowsById(ReadRow read_row, IdOf id_of) : read_row_(read_row), id_of_(id_of) {}
    void begin() override {
        rows.clear();
        known_.clear();
    }
    Result<void> take(const Value& item) override {
        Result<Row> row = read_row_(item);
        if (!row) return std::move(row).error();
        const auto [at, added] = known_.emplace(id_of_(*row), rows.size());
        if (added)
            rows.push_back(std::move(*row));
        else
            rows[at->second] = std::move(*row);
        return {};
    }
    std::size_t count() const override { return rows.size(); }

    std::vector<Row> rows{};

private:
    ReadRow read_row_;
    IdOf id_of_;
    std::map<ServerId, std::size_t> known_{};
};

template <class Row, class ReadRow, class IdOf>
RowsById<Row, ReadRow, IdOf> rows_by_id(ReadRow read_row, IdOf id_of) {
    return {read_row, id_of};
}

/// A request with the headers that all our requests have.
transport::Request new_request(transport::Method method, std::string_view target);

/// Borrows connection and token. Not thread-safe.
class Conversation final : public ports::RunControl {
public:
    Conversation(transport::HttpSender& http, const Secret& access_key, RunBudget budget)
        : time(budget), token(&access_key), http_(http) {}

    RunTime time;
    const Secret* token;                           ///< what requests authenticate with; borrowed
    std::string_view key_parameter = "access_key"; ///< which parameter the token came from
    /// The user who logged in. That user may list its own keys, if not those of others.
    std::optional<UserRow> session_user{};
    std::optional<ServerTime> last_time{}; ///< in the last answer to a GET

    bool may_start_change() const override { return time.may_start_change(); }
    void enter_completion() override { time.completing = true; }
    ports::Completion completion() const override;
    void enter_cleanup() override;

    /// For error messages: what was being done, and at which server.
    ApiCall call(std::string_view doing, FieldNames fields = {}) const {
        return {doing, http_.endpoint(), fields, {}, session_user ? "username" : key_parameter};
    }
    /// Adds to a 403 what it means for the run.
    Error not_visible(Error error) const;

    /// Sends the request once. Any status is a success.
    Result<transport::Response> send(const transport::Request& request,
                                     const transport::Deadline& deadline, std::string_view doing);

    struct Repeated {
        Result<transport::Response> response;
        bool maybe_acted = false; ///< an earlier attempt may have reached the server
    };
    /// For requests that may safely be sent twice. Statuses that may pass are tried again too.
    Repeated repeat(const transport::Request& request, const transport::Deadline& deadline,
                    std::string_view doing);

    /// Sends a GET that must be answered by 200 with JSON. `bearer` may be nullptr: no credentials.
    struct Answer {
        Value value;
        ServerTime time;
    };
    Result<Answer> get(const ApiCall& call, std::string_view target, const Secret* bearer);

    /// Sends a POST once. The body is wiped with the request.
    Result<transport::Response> post(std::string_view target, const Value& body,
                                     const transport::Deadline& deadline, std::string_view doing,
                                     const Secret* bearer);

    /// How a list was read.
    struct ListRead {
        ServerTime time; ///< the earliest clock of its pages
        bool complete = true;
        int pages = 1;
    };
    /// All pages of a list, or the first one. `url_of` gives the target of a page.
    Result<ListRead> read_list(const ApiCall& call, bool first_page_only,
                               const std::function<std::string(int page)>& url_of, RowTaker& rows);

private:
    transport::HttpSender& http_;
    std::chrono::milliseconds asked_to_wait_{0}; ///< by the last answer (Retry-After)
};

} // namespace infrastate::client
