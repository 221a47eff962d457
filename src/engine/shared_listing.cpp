// SPDX-License-Identifier: Apache-2.0
#include "shared_listing.h"

#include <algorithm>
#include <utility>

namespace infrastate::engine {
namespace {

/// An older listing is read again, because others change keys too.
constexpr std::chrono::seconds oldest{10};
/// Unchanged runs after which fetching the full list is worth it again.
constexpr std::size_t quiet_enough = 4;

} // namespace

void SharedListing::begin_run(const std::string& user, std::size_t runs_left) {
    const auto [at, first] = all_.try_emplace(user);
    now_ = at;
    OfUser& mine = at->second;
    mine.quiet_runs = first ? quiet_enough : mine.quiet ? mine.quiet_runs + 1 : 0;
    mine.quiet = true;
    mine.runs_left = runs_left;
}

void SharedListing::forget() noexcept {
    if (now_ == all_.end()) return;
    now_->second.listing.reset();
    now_->second.quiet = false;
}

void SharedListing::outdated() noexcept {
    for (auto& [user, mine] : all_) {
        mine.listing.reset();
        mine.quiet = false;
    }
}

bool SharedListing::fetch() {
    OfUser& mine = now_->second;
    if (mine.refused || !mine.quiet || mine.quiet_runs < quiet_enough || mine.runs_left < 2)
        return false;
    auto user = find_user(now_->first);
    if (user && user->has_value()) {
        ports::KeyQuery query;
        query.user_id = (*user)->id;
        if (auto keys = server_.keys.list(query); keys && keys->complete) {
            std::stable_sort(
                keys->rows.begin(), keys->rows.end(),
                [](const AccessKeyRow& a, const AccessKeyRow& b) { return a.name < b.name; });
            mine.listing.emplace(Listing{(*user)->id, std::move(*keys), Clock::now()});
            return true;
        }
    }
    // The run then sends its own request and reports what is wrong.
    mine.refused = true;
    return false;
}

const SharedListing::Listing* SharedListing::shared() {
    if (now_ == all_.end()) return nullptr;
    std::optional<Listing>& listing = now_->second.listing;
    if (listing && Clock::now() - listing->read_at > oldest) listing.reset();
    if (!listing && !fetch()) return nullptr;
    return &*listing;
}

Result<ports::KeyListing> SharedListing::list(const ports::KeyQuery& query) {
    if (!query.show_dead) return server_.keys.list(query);
    const Listing* known = shared();
    if (known == nullptr || (query.user_id && *query.user_id != known->user_id))
        return server_.keys.list(query);
    // This listing does not hold another user's keys of that name.
    if (!query.user_id && query.name && query.name_of_user != now_->first)
        return server_.keys.list(query);
    ports::KeyListing out{{}, known->keys.time, true, 1, known->keys.only_of_user};
    // It does not hold the keys of all users either. `complete` is false, so the caller goes on and
    // asks for the keys of this user and of the others that it needs.
    if (!query.user_id && !query.name) out.complete = false;
    if (query.name) { // each run of a batch asks for one name
        auto row = std::lower_bound(
            known->keys.rows.begin(), known->keys.rows.end(), *query.name,
            [](const AccessKeyRow& each, const std::string& name) { return each.name < name; });
        for (; row != known->keys.rows.end() && row->name == *query.name; ++row)
            out.rows.push_back(*row);
    } else {
        out.rows = known->keys.rows;
    }
    const auto age = std::chrono::floor<std::chrono::seconds>(Clock::now() - known->read_at);
    out.time.now = out.time.now.plus_seconds(age.count());
    return out;
}

Result<std::optional<UserRow>> SharedListing::find_user(const std::string& name) {
    if (const auto known = users_.find(name); known != users_.end()) return known->second;
    auto user = server_.directory.find_user(name);
    if (user) users_.emplace(name, *user);
    return user;
}

Result<ServerVersion> SharedListing::version() {
    if (version_) return *version_;
    auto version = server_.server.version();
    if (version) version_ = *version;
    return version;
}

Result<ports::CreatedKey> SharedListing::create(const ports::NewKey& key) {
    forget();
    return server_.keys.create(key);
}

Result<ports::Removed> SharedListing::remove(const ServerId& id) {
    forget();
    return server_.keys.remove(id);
}

Result<ports::TryAnswer> SharedListing::try_secret(const Secret& secret) {
    forget(); // a try changes the row's last use
    return server_.keys.try_secret(secret);
}

} // namespace infrastate::engine
