// SPDX-License-Identifier: Apache-2.0
#include "infrastate/reconcile/access_key_info.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace infrastate::reconcile {

Result<KeysFound> find_access_keys(const KeyQuery& query, ports::KeyApi& api) {
    auto user = api.find_user(query.user);
    if (!user) return std::move(user).error();
    if (!user->has_value())
        return Error{Code::not_found, "user: Infra has no user named '" + query.user + "'", "user",
                     "user_not_found"};
    ports::KeyQuery of_user;
    of_user.user_id = (*user)->id;
    auto listing = api.list(of_user);
    if (!listing) return std::move(listing).error();
    KeysFound out{{}, listing->time};
    for (AccessKeyRow& row : listing->rows)
        if (!query.name || family_place(*query.name, row.name)) out.rows.push_back(std::move(row));
    std::sort(out.rows.begin(), out.rows.end(), [](const AccessKeyRow& a, const AccessKeyRow& b) {
        return std::tie(a.name, a.created, a.id) < std::tie(b.name, b.created, b.id);
    });
    return out;
}

} // namespace infrastate::reconcile
