// SPDX-License-Identifier: Apache-2.0
#include "infrastate/reconcile/access_key_info.h"

#include "infrastate/types/origin.h"
#include "infrastate/types/text.h"

#include <utility>

namespace infrastate::reconcile {

Result<plan::KeysInfo> find_access_keys(const plan::InfoQuery& query, ports::KeyApi& keys,
                                        ports::DirectoryApi& directory) {
    ports::KeyQuery wanted;
    if (const auto user = query.wanted_user()) {
        auto row = directory.find_user(*user);
        if (!row) return std::move(row).error();
        const bool of_another_server =
            query.selected_by_record() && !same_origin(query.holder->record->host, query.host);
        if (!row->has_value() && of_another_server)
            // only to learn the server's time; without the user there is no key
            wanted.name = query.holder->record->key_name;
        else if (!row->has_value())
            return Error{Code::not_found, "user: Infra has no user named " + in_quotes(*user),
                         "user", "user_not_found"};
        else
            wanted.user_id = (*row)->id;
    }
    // A name without a user asks about every user who has a key of that name.
    wanted.own_will_do = !query.name;
    // The listing is not filtered by name: the server compares whole names, so rotations would be
    // missing.
    auto listing = keys.list(wanted);
    if (!listing) return std::move(listing).error();
    auto info = plan::inspect_keys(query, std::move(listing->rows), listing->time);
    info.only_of_user = std::move(listing->only_of_user);
    return info;
}

} // namespace infrastate::reconcile
