// SPDX-License-Identifier: Apache-2.0
#include "destinations.h"

#include "rows.h"
#include "urls.h"

#include <utility>

namespace infrastate::client {

Result<ports::DestinationListing>
Destinations::list_destinations(const ports::DestinationQuery& query) {
    auto rows = rows_by_id<DestinationRow>(
        read_destination, [](const DestinationRow& row) -> const ServerId& { return row.id; });
    auto read = conversation_.read_list(
        conversation_.call("listing destinations"), false,
        [&](int page) { return destinations_url(query, page); }, rows);
    if (!read) return std::move(read).error();
    ports::DestinationListing out{{}, read->time};
    // The rows are filtered here too, because the server ignores a parameter that it does not know.
    for (DestinationRow& row : rows.rows)
        if ((!query.name || row.name == *query.name) && (!query.kind || row.kind == *query.kind))
            out.rows.push_back(std::move(row));
    return out;
}

} // namespace infrastate::client
