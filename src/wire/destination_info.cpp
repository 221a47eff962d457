// SPDX-License-Identifier: Apache-2.0
#include "infrastate/wire/destination_info.h"

#include "key_value.h"
#include "parameters.h"

#include "infrastate/types/text.h"
#include "infrastate/wire/result.h"

#include <algorithm>

namespace infrastate::wire {
namespace {

Value text_or_null(const std::string& text) {
    return text.empty() ? Value() : Value(text);
}

Value destination_value(const DestinationRow& row) {
    return Value::object({{"id", row.id.text()},
                          {"name", row.name},
                          {"kind", row.kind},
                          {"connected", row.connected},
                          {"last_seen", time_or_null(row.last_seen)},
                          {"created", time_or_null(row.created)},
                          {"version", text_or_null(row.version)},
                          {"connection_url", text_or_null(row.connection_url)},
                          {"resources", text_list(row.resources)},
                          {"roles", text_list(row.roles)}});
}

std::string explanation_of(const plan::DestinationQuery& query,
                           const plan::DestinationsInfo& info) {
    const std::size_t all = info.destinations.size();
    if (query.name) {
        const std::string who = "destination " + in_quotes(*query.name, 64);
        if (all == 0) return "there is no " + who + ".";
        return who + (*info.connected ? " is connected." : " is not connected.");
    }
    const auto connected =
        std::count_if(info.destinations.begin(), info.destinations.end(),
                      [&](const DestinationRow& row) { return plan::is_connected(query, row); });
    return (all == 1 ? "1 destination was" : std::to_string(all) + " destinations were") +
           " found, " + std::to_string(connected) + " of them connected.";
}

Result<void> read_seen_after(const Value& parameters, plan::DestinationQuery& into) {
    const Value* given = parameters.given("seen_after");
    into.seen_after_now = given != nullptr && *given == Value("now");
    if (!into.seen_after_now)
        if (auto r = read(parameters, "seen_after", into.seen_after); !r) return r;
    const bool wants_connected =
        into.wait_for == plan::Connection::connected || into.fail_if_disconnected;
    if (given != nullptr && !wants_connected)
        return argument_error("seen_after", "seen_after: needs wait_for: connected, or "
                                            "fail_if_disconnected");
    return {};
}

} // namespace

Result<plan::DestinationQuery> destination_query(const Value& parameters) {
    plan::DestinationQuery out;
    for (const auto& [name, into] :
         {std::pair<std::string_view, std::optional<std::string>&>{"name", out.name},
          std::pair<std::string_view, std::optional<std::string>&>{"kind", out.kind}}) {
        const Value* given = parameters.given(name);
        if (given == nullptr) continue;
        if (!given->is_string()) return no_string(name, *given);
        into = given->string();
    }
    if (const auto wanted = parameters.text("wait_for"); !wanted.empty())
        out.wait_for =
            wanted == "connected" ? plan::Connection::connected : plan::Connection::disconnected;
    std::optional<Duration> timeout;
    if (auto r = read(parameters, "wait_timeout", timeout); !r) return std::move(r).error();
    if (timeout) out.wait_timeout = *timeout;
    out.fail_if_disconnected = parameters.flag("fail_if_disconnected");
    if (out.fail_if_disconnected && out.wait_for == plan::Connection::disconnected)
        return argument_error("fail_if_disconnected",
                              "fail_if_disconnected: does not go with wait_for: disconnected");
    if (auto r = read_seen_after(parameters, out); !r) return std::move(r).error();
    return out;
}

Value destination_info_result(const plan::DestinationQuery& query,
                              const Result<plan::DestinationsInfo>& found) {
    if (!found) return failed_result(found.error(), *schema::find_resource("destination_info"));
    const auto& unmet = found->unmet;
    Value destinations = Value::array();
    for (const DestinationRow& row : found->destinations)
        destinations.push(destination_value(row));
    Value out = Value::object(
        {{"ok", !unmet.has_value()},
         {"code", code_name(unmet ? unmet->code : Code::ok)},
         {"outcome", "none"},
         {"changed", false},
         {"explanation", explanation_of(query, *found)},
         {"destinations", std::move(destinations)},
         {"connected", found->connected ? Value(*found->connected) : Value()},
         {"waited_seconds", found->waited_seconds ? Value(*found->waited_seconds) : Value()},
         {"server_time", found->time.now.text()},
         {"warnings", text_list(found->warnings)}});
    if (unmet) out.set("error", error_value(*unmet));
    return out;
}

} // namespace infrastate::wire
