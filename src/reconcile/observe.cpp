// SPDX-License-Identifier: Apache-2.0
#include "observe.h"

#include "recorded.h"

#include "infrastate/types/origin.h"

#include <algorithm>
#include <set>
#include <utility>

namespace infrastate::reconcile {
namespace {

class Observing {
public:
    Observing(plan::Desired& desired, const ports::Ports& ports, plan::Observed& seen)
        : desired_(desired), ports_(ports), seen_(seen) {
        seen_.rows.clear();
        seen_.live_ids.reset();
        seen_.user_id.reset();
    }

    Result<void> observe_all() {
        auto done = main_listing();
        if (done) done = others();
        if (done) done = of_this_server(desired_, seen_);
        if (done) believe(seen_);
        if (done) done = mend(desired_, seen_);
        if (done && !seen_.first_ids) note_what_was_first();
        return done;
    }

private:
    bool by_name_only() const {
        return desired_.state == plan::State::present && !desired_.has_holder() && !desired_.id;
    }

    Result<void> main_listing() {
        if (by_name_only()) return by_name(desired_.name.text(), desired_.user);
        if (const auto user = recorded_user()) {
            if (auto listed = of_user(*user); !listed) return listed;
            if (is_shown(*user)) return {};
            if (same_origin(seen_.record->host, desired_.host)) return of_the_user_now(*user);
        }
        ports::KeyQuery everybody;
        everybody.first_page_only = true;
        everybody.name_of_user = desired_.user;
        auto first = ports_.keys.list(everybody);
        if (first) note_if_first(*first); // also if it is only a part of the list
        if (first && first->complete) {
            complete_ = first->only_of_user.empty();
            take(std::move(*first));
            return {};
        }
        if (!first && first.error().code != Code::permission) return std::move(first).error();
        return step_by_step();
    }

    /// Used if one page does not hold everything, or if the caller may not list all users' keys.
    Result<void> step_by_step() {
        if (desired_.named)
            if (auto named = by_name(desired_.name.text(), desired_.user); !named) return named;
        auto user = ports_.directory.find_user(desired_.user);
        if (!user) return std::move(user).error();
        return user->has_value() ? of_user((*user)->id) : Result<void>{};
    }

    std::optional<ServerId> recorded_user() const {
        if (!seen_.record || seen_.record->user != desired_.user) return std::nullopt;
        auto id = ServerId::parse(seen_.record->user_id);
        if (!id) return std::nullopt;
        return std::move(*id);
    }

    /// Whether the listing by the recorded user id can be trusted. It can if it shows that user
    /// under that id. If the record was made under another address, it must show the recorded key.
    bool is_shown(const ServerId& user) const {
        const bool here = same_origin(seen_.record->host, desired_.host);
        return std::any_of(seen_.rows.begin(), seen_.rows.end(), [&](const AccessKeyRow& row) {
            return here ? row.user_id == user.text() && row.user_name == desired_.user
                        : row.id == seen_.record->id;
        });
    }

    /// The listing shows nothing of the recorded user id. Either the user has no keys, or the user
    /// was deleted and made again and so has another id now.
    Result<void> of_the_user_now(const ServerId& recorded) {
        auto user = ports_.directory.find_user(desired_.user);
        if (!user) return std::move(user).error();
        if (!user->has_value()) return {};
        seen_.user_id = (*user)->id;
        return (*user)->id == recorded ? Result<void>{} : of_user((*user)->id);
    }

    Result<void> of_user(const ServerId& id) {
        ports::KeyQuery query;
        query.user_id = id;
        auto listing = ports_.keys.list(query);
        if (!listing) return std::move(listing).error();
        const bool pages = listing->pages > 1;
        take(std::move(*listing));
        // A row that moved between two pages during the reading may be missing from both.
        const bool family =
            std::any_of(seen_.rows.begin(), seen_.rows.end(), [&](const AccessKeyRow& row) {
                return row.user_name == desired_.user && family_place(desired_.name, row.name);
            });
        return pages && !family && desired_.named ? by_name(desired_.name.text(), desired_.user)
                                                  : Result<void>{};
    }

    Result<void> by_name(const std::string& name, const std::string& user) {
        ports::KeyQuery query;
        query.name = name;
        query.name_of_user = user;
        auto listing = ports_.keys.list(query);
        if (!listing) return std::move(listing).error();
        take(std::move(*listing));
        return {};
    }

    /// Lists keys of other users that are recorded as ours or that our lost requests may have made.
    Result<void> others() {
        if (complete_) return {};
        std::set<std::pair<std::string, std::string>> names;
        bool nameless = false;
        const auto foreign = [&](const ServerId* id, const std::string& user,
                                 const std::string& name) {
            if (user == desired_.user || (id != nullptr && is_seen(*id))) return;
            if (name.empty())
                nameless = true;
            else
                names.emplace(name, user.empty() ? desired_.user : user);
        };
        if (seen_.record) {
            foreign(&seen_.record->id, seen_.record->user, seen_.record->key_name);
            for (const Predecessor& each : seen_.record->predecessors)
                foreign(&each.id, each.user, each.name);
        }
        for (const Intent& intent : seen_.intents)
            foreign(intent.answered ? &*intent.answered : nullptr, intent.user, intent.key_name);
        for (const auto& [name, user] : names)
            if (auto listed = by_name(name, user); !listed) return listed;
        return nameless ? everybody() : Result<void>{};
    }

    /// Lists all keys, to find those of which only the id is known because their names were
    /// damaged.
    Result<void> everybody() {
        ports::KeyQuery query;
        query.own_will_do = true;
        auto listing = ports_.keys.list(query);
        if (!listing) return std::move(listing).error();
        take(std::move(*listing));
        return {};
    }

    bool is_seen(const ServerId& id) const {
        return std::any_of(seen_.rows.begin(), seen_.rows.end(),
                           [&](const AccessKeyRow& row) { return row.id == id; });
    }

    /// Notes which rows existed at the first answer: the rows in it, and rows that are older than
    /// it. A run may need several requests to see all rows, and another run may have made all other
    /// rows meanwhile.
    void note_what_was_first() {
        seen_.first_ids.emplace();
        seen_.first_time = first_time_;
        for (const AccessKeyRow& row : seen_.rows)
            if (in_first_answer_.contains(row.id) ||
                (first_time_is_exact_ && row.created < *first_time_))
                seen_.first_ids->insert(row.id);
    }

    /// The server filters too, but it silently ignores a filter that it does not know.
    bool wanted(const AccessKeyRow& row) const {
        if (by_name_only())
            return row.user_name == desired_.user && row.name == desired_.name.text();
        if (row.user_name == desired_.user) return true;
        if (seen_.record && seen_.record->id == row.id) return true;
        if (seen_.record)
            for (const Predecessor& each : seen_.record->predecessors)
                if (each.id == row.id) return true;
        return std::any_of(seen_.intents.begin(), seen_.intents.end(), [&](const Intent& intent) {
            if (intent.answered && *intent.answered == row.id) return true;
            const bool of_its_user =
                intent.user.empty() ? intent.user_id == row.user_id : intent.user == row.user_name;
            return of_its_user && intent.key_name == row.name;
        });
    }

    void note_if_first(const ports::KeyListing& listing) {
        if (first_time_) return;
        first_time_ = listing.time.now;
        first_time_is_exact_ = listing.time.exact;
        if (listing.pages == 1)
            for (const AccessKeyRow& row : listing.rows)
                in_first_answer_.insert(row.id);
    }

    void take(ports::KeyListing&& listing) {
        seen_.time = listing.time;
        note_if_first(listing);
        for (AccessKeyRow& row : listing.rows) {
            if (!is_seen(row.id) && wanted(row)) seen_.rows.push_back(std::move(row));
        }
    }

    plan::Desired& desired_;
    const ports::Ports& ports_;
    plan::Observed& seen_;
    bool complete_ = false;
    std::optional<Timestamp> first_time_{};
    bool first_time_is_exact_ = false;
    std::set<ServerId> in_first_answer_{};
};

} // namespace

Result<void> observe(plan::Desired& desired, const ports::Ports& ports, plan::Observed& seen) {
    return Observing(desired, ports, seen).observe_all();
}

Result<void> confirm_dead(const plan::Desired& desired, const ports::Ports& ports,
                          plan::Observed& seen) {
    // One listing for each user; by name if the row does not say which user it belongs to.
    const bool alone = !desired.has_holder() && !desired.id;
    const auto by_name = [&](const AccessKeyRow& row) { return alone || row.user_id.empty(); };
    std::set<std::pair<bool, std::string>> asked;
    std::set<ServerId> live;
    ServerTime time = seen.time;
    // Each answer has a later time. So a row may look live by the first answer and dead by a later
    // one. The run asks about such rows, too.
    const auto next = [&] {
        return std::find_if(seen.rows.begin(), seen.rows.end(), [&](const AccessKeyRow& row) {
            return plan::dead_by_clock(row, time.now) &&
                   asked.insert({by_name(row), by_name(row) ? row.name : row.user_id}).second;
        });
    };
    for (auto row = next(); row != seen.rows.end(); row = next()) {
        ports::KeyQuery query;
        query.name_of_user = row->user_name;
        query.show_dead = false;
        if (auto id = ServerId::parse(row->user_id); !by_name(*row) && id)
            query.user_id = *id;
        else
            query.name = row->name;
        auto listing = ports.keys.list(query);
        if (!listing) return std::move(listing).error();
        time = listing->time;
        for (const AccessKeyRow& each : listing->rows)
            live.insert(each.id);
    }
    seen.live_ids = std::move(live);
    seen.time = time;
    return {};
}

} // namespace infrastate::reconcile
