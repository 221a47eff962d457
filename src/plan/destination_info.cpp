// SPDX-License-Identifier: Apache-2.0
#include "infrastate/plan/destination_info.h"

#include "words.h"

#include "infrastate/types/text.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace infrastate::plan {
namespace {

constexpr std::size_t shown_bytes = 64;

std::string phrase(const std::string& name) {
    return "destination " + in_quotes(name, shown_bytes);
}

/// "is not connected (last seen 2026-11-23T08:10:02Z)"
std::string state_of(const DestinationQuery& query, const DestinationRow& row) {
    const std::string seen =
        row.last_seen ? "last seen " + row.last_seen->text() : std::string("never seen");
    if (is_connected(query, row)) return "is connected (" + seen + ")";
    if (row.connected && query.seen_after)
        return "gave no sign of life after " + query.seen_after->text() + " (" + seen + ")";
    return "is not connected (" + seen + ")";
}

std::optional<Error> find_disconnected(const DestinationQuery& query,
                                       const std::vector<DestinationRow>& rows) {
    std::vector<std::string> missing;
    for (const DestinationRow& row : rows)
        if (!is_connected(query, row))
            missing.push_back(phrase(row.name) + " " + state_of(query, row));
    if (rows.empty())
        missing.push_back(query.name ? "there is no " + phrase(*query.name)
                                     : std::string("there is no destination"));
    if (missing.empty()) return std::nullopt;
    return Error{Code::refused, "fail_if_disconnected: " + some_of(missing), "fail_if_disconnected",
                 "disconnected"};
}

} // namespace

bool is_connected(const DestinationQuery& query, const DestinationRow& row) noexcept {
    if (!row.connected) return false;
    return !query.seen_after || (row.last_seen && *row.last_seen > *query.seen_after);
}

bool is_reached(const DestinationQuery& query, const std::vector<DestinationRow>& rows) noexcept {
    const bool connected = std::any_of(rows.begin(), rows.end(), [&](const DestinationRow& row) {
        return is_connected(query, row);
    });
    return connected == (query.wait_for == Connection::connected);
}

std::optional<Error> check_seen_after(const DestinationQuery& query, const ServerTime& time) {
    if (!query.seen_after || *query.seen_after <= time.now) return std::nullopt;
    return argument_error("seen_after", "seen_after: " + query.seen_after->text() +
                                            " lies in the future: it is " + time.now.text() +
                                            " at the server; give a time that has passed, or now");
}

DestinationsInfo inspect_destinations(const DestinationQuery& query,
                                      std::vector<DestinationRow> rows, const ServerTime& time) {
    std::sort(rows.begin(), rows.end(), [](const DestinationRow& a, const DestinationRow& b) {
        return std::tie(a.name, a.id) < std::tie(b.name, b.id);
    });
    DestinationsInfo out{.destinations = std::move(rows), .time = time};
    const auto& all = out.destinations;
    if (query.name)
        out.connected = std::any_of(all.begin(), all.end(), [&](const DestinationRow& row) {
            return is_connected(query, row);
        });
    if (query.fail_if_disconnected) out.unmet = find_disconnected(query, all);
    return out;
}

Error waited_in_vain(const DestinationQuery& query, const std::vector<DestinationRow>& rows) {
    const bool connected = query.wait_for == Connection::connected;
    std::string message = "wait_for: after " + query.wait_timeout.text() + " ";
    message += rows.empty() ? "there is still no " + phrase(*query.name)
                            : phrase(rows.front().name) + " still " + state_of(query, rows.front());
    return Error{Code::deadline,
                 message + (connected ? "; look at its connector's log, or raise wait_timeout"
                                      : "; the server calls a destination connected for six "
                                        "minutes after its connector stopped: raise wait_timeout"),
                 "wait_timeout",
                 connected ? "not_connected" : "not_disconnected",
                 0,
                 true};
}

} // namespace infrastate::plan
