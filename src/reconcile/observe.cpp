// SPDX-License-Identifier: Apache-2.0
#include "observe.h"

#include <algorithm>
#include <utility>

namespace infrastate::reconcile {
namespace {

/// The server filters too, but a filter it does not know it ignores silently.
bool wanted(const plan::Desired& desired, const AccessKeyRow& row) {
    if (row.user_name != desired.user) return false;
    if (desired.state == plan::State::present) return row.name == desired.name.text();
    return family_place(desired.name, row.name).has_value();
}

void take(const plan::Desired& desired, std::vector<AccessKeyRow>&& from,
          std::vector<AccessKeyRow>& into) {
    for (AccessKeyRow& row : from) {
        const bool known = std::any_of(into.begin(), into.end(), [&](const AccessKeyRow& present) {
            return present.id == row.id;
        });
        if (!known && wanted(desired, row)) into.push_back(std::move(row));
    }
}

ports::KeyQuery by_name(const plan::Desired& desired) {
    ports::KeyQuery query;
    query.name = desired.name.text();
    return query;
}

plan::Observed observed_from(const plan::Desired& desired, ports::KeyListing&& listing) {
    plan::Observed out{{}, listing.time, {}};
    take(desired, std::move(listing.rows), out.rows);
    return out;
}

/// Every member of the family must be seen before the key is called absent.
Result<plan::Observed> observe_family(const plan::Desired& desired, ports::KeyApi& api) {
    ports::KeyQuery everybody;
    everybody.first_page_only = true;
    auto first = api.list(everybody);
    if (first && first->complete) return observed_from(desired, std::move(*first));
    if (!first && first.error().code != Code::permission) return std::move(first).error();

    auto named = api.list(by_name(desired));
    if (!named) return std::move(named).error();
    plan::Observed out = observed_from(desired, std::move(*named));
    auto user = api.find_user(desired.user);
    if (!user) return std::move(user).error();
    if (!user->has_value()) return out;
    ports::KeyQuery of_user;
    of_user.user_id = (*user)->id;
    auto theirs = api.list(of_user);
    if (!theirs) return std::move(theirs).error();
    take(desired, std::move(theirs->rows), out.rows);
    return out;
}

} // namespace

Result<plan::Observed> observe(const plan::Desired& desired, ports::KeyApi& api) {
    if (desired.state == plan::State::absent) return observe_family(desired, api);
    auto listing = api.list(by_name(desired));
    if (!listing) return std::move(listing).error();
    return observed_from(desired, std::move(*listing));
}

Result<void> confirm_dead(const plan::Desired& desired, ports::KeyApi& api,
                          plan::Observed& observed) {
    ports::KeyQuery query = by_name(desired);
    query.show_dead = false;
    auto live = api.list(query);
    if (!live) return std::move(live).error();
    observed.live_ids.emplace();
    for (const AccessKeyRow& row : live->rows)
        observed.live_ids->insert(row.id);
    observed.time = live->time;
    return {};
}

} // namespace infrastate::reconcile
