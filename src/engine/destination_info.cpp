// SPDX-License-Identifier: Apache-2.0
// The resource "destination_info": which destinations there are, and waiting for one of them.
#include "infrastate/wire/destination_info.h"

#include "resource.h"

namespace infrastate::engine {

Result<void> check_destination_info(const Value& parameters, const RunTarget& /*target*/) {
    auto query = wire::destination_query(parameters);
    if (!query) return std::move(query).error();
    return {};
}

Value run_destination_info(Operation /*mode*/, const Value& parameters, RunContext& context) {
    auto query = wire::destination_query(parameters);
    if (!query)
        return wire::destination_info_result({}, Result<plan::DestinationsInfo>(query.error()));
    return wire::destination_info_result(
        *query,
        reconcile::find_destinations(*query, context.ports.destinations, context.ports.host));
}

std::chrono::milliseconds waiting_of_destination_info(const Value& parameters) {
    const auto query = wire::destination_query(parameters);
    if (!query || !query->wait_for) return std::chrono::milliseconds(0);
    return std::chrono::seconds(query->wait_timeout.seconds_rounded_up());
}

} // namespace infrastate::engine
