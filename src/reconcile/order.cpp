// SPDX-License-Identifier: Apache-2.0
#include "order.h"

#include "report.h"

#include "infrastate/types/vocabulary.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace infrastate::reconcile {
namespace {

using plan::Action;
using plan::ActionKind;

/// The server records a use at most every 2 s; one more second is for rounding.
constexpr std::int64_t just_now_s = 3;
/// How much older a listing that a batch shares may be.
constexpr std::int64_t shared_s = 10;
constexpr std::int64_t between_looks_ms = 2'100;

const AccessKeyRow* row_of(const Run& run, const Action& action) {
    for (const AccessKeyRow& row : run.seen.rows)
        if (action.id && row.id == *action.id) return &row;
    return nullptr;
}

bool deletes(const Action& action) {
    return action.kind == ActionKind::collect || action.kind == ActionKind::remove ||
           action.kind == ActionKind::retire;
}

bool is_live(const Run& run, const AccessKeyRow& row) {
    // This machine's clock does not decide that a key is dead.
    if (!run.seen.time.exact) return true;
    if (run.seen.live_ids && run.seen.live_ids->contains(row.id)) return true;
    return !plan::dead_by_clock(row, run.seen.time.now);
}

bool removes_live(const Run& run, const Action& action) {
    const AccessKeyRow* row = row_of(run, action);
    return action.kind == ActionKind::remove && row != nullptr && is_live(run, *row);
}

std::vector<Action>::iterator creation(Run& run) {
    return std::find_if(run.current.actions.begin(), run.current.actions.end(),
                        [](const Action& each) { return each.kind == ActionKind::create; });
}

/// Whether the caller may be an access key that can create keys only for some users.
bool may_be_limited(const Run& run) {
    return run.context.own_token != nullptr && run.desired.user != vocabulary::connector;
}

/// Whether a live key that is to be deleted has the name of the key that is to be created.
bool name_is_held(const Run& run) {
    if (run.current.rotation > 0) return false;
    const std::string name = run.current.new_name.value_or(run.desired.name.text());
    return std::any_of(run.current.actions.begin(), run.current.actions.end(),
                       [&](const Action& each) {
                           if (!removes_live(run, each)) return false;
                           const AccessKeyRow* row = row_of(run, each);
                           return row->name == name && row->user_name == run.desired.user;
                       });
}

/// If the name is free, or only dead keys have it, live keys are deleted after the new one is
/// created.
void create_before_live_ones_go(Run& run) {
    if (!may_be_limited(run) || name_is_held(run)) return;
    const auto create = creation(run);
    if (create == run.current.actions.end()) return;
    const auto live =
        std::stable_partition(run.current.actions.begin(), create,
                              [&](const Action& action) { return !removes_live(run, action); });
    // Until they are deleted they count as predecessors, so a later run retires those that this run
    // does not.
    for (auto each = live; each != create; ++each)
        each->kind = ActionKind::retire;
    std::rotate(live, create, std::next(create));
}

/// The rows that belong to the caller's own user. Empty if that user is not known.
Result<std::vector<AccessKeyRow>> of_own_user(Run& run, std::vector<AccessKeyRow> rows) {
    auto self = run.ports.keys.try_secret(*run.context.own_token);
    if (!self) return std::move(self).error();
    if (self->verdict != ports::TryAnswer::Verdict::accepted) return std::vector<AccessKeyRow>{};
    std::erase_if(rows, [&](const AccessKeyRow& row) { return row.user_id != self->user_id; });
    return rows;
}

Timestamp use_of(const AccessKeyRow& row) {
    return row.last_used.value_or(row.created);
}

bool used_within(const AccessKeyRow& row, const ServerTime& time, std::int64_t seconds) {
    return use_of(row) >= time.now.plus_seconds(-seconds);
}

/// Lists again. Keeps the rows that this listing shows as used just now, with its values. With
/// `must_have_moved` keeps only rows that were used again meanwhile.
Result<void> look(Run& run, std::vector<AccessKeyRow>& rows, bool must_have_moved) {
    ports::KeyQuery query;
    auto user = ServerId::parse(rows.front().user_id);
    if (!user) return std::move(user).error();
    query.user_id = std::move(*user);
    query.show_dead = false; // the key that authenticates is live, and no batch shares such a list
    auto listing = run.ports.keys.list(query);
    if (!listing) return std::move(listing).error();
    std::vector<AccessKeyRow> kept;
    for (const AccessKeyRow& before : rows)
        for (const AccessKeyRow& now : listing->rows)
            if (now.id == before.id && used_within(now, listing->time, just_now_s) &&
                (!must_have_moved || use_of(now) > use_of(before)))
                kept.push_back(now);
    rows = std::move(kept);
    return {};
}

/// Finds the key that authenticates, which no answer names. Every request uses that key, while the
/// other keys of its user are hardly used. So it is the row that was used just now, and used again
/// when the run lists again.
Result<std::optional<AccessKeyRow>> own_row(Run& run, std::vector<AccessKeyRow> rows) {
    std::optional<AccessKeyRow> nobody;
    auto own = of_own_user(run, std::move(rows));
    if (!own) return std::move(own).error();
    if (own->empty()) return nobody;
    const bool all_fresh = std::all_of(own->begin(), own->end(), [&](const AccessKeyRow& row) {
        return used_within(row, run.seen.time, just_now_s);
    });
    if (!all_fresh)
        if (auto looked = look(run, *own, false); !looked) return std::move(looked).error();
    if (own->empty()) return nobody;
    if (auto paused = run.ports.host.pause(between_looks_ms); !paused)
        return std::move(paused).error();
    if (auto looked = look(run, *own, true); !looked) return std::move(looked).error();
    if (own->empty()) return nobody;
    return std::optional<AccessKeyRow>(*std::max_element(
        own->begin(), own->end(),
        [](const AccessKeyRow& a, const AccessKeyRow& b) { return use_of(a) < use_of(b); }));
}

/// Moves the deletion of the key that may authenticate this run before the other deletions. If the
/// key does authenticate the run, the server refuses that deletion before anything is lost. Check
/// mode reports it beforehand.
bool own_key_first(Run& run) {
    if (run.context.own_token == nullptr) return true;
    std::vector<Action>& actions = run.current.actions;
    std::vector<AccessKeyRow> fresh;
    auto first = actions.end(), recent = actions.end();
    for (auto each = actions.begin(); each != actions.end(); ++each) {
        const AccessKeyRow* row = deletes(*each) ? row_of(run, *each) : nullptr;
        if (row == nullptr || !is_live(run, *row)) continue;
        if (first == actions.end()) first = each;
        if (recent == actions.end() || use_of(*row) > use_of(*row_of(run, *recent))) recent = each;
        if (used_within(*row, run.seen.time, just_now_s + shared_s)) fresh.push_back(*row);
    }
    if (recent == actions.end()) return true;
    if (!run.own_key_sought && (run.mode == Mode::check ? !fresh.empty() : fresh.size() > 1)) {
        run.own_key_sought = true;
        auto own = own_row(run, std::move(fresh));
        if (!own) { // nothing was deleted yet
            run.fail(std::move(own).error());
            return false;
        }
        if (*own) {
            recent = std::find_if(actions.begin(), actions.end(), [&](const Action& each) {
                return deletes(each) && each.id == (*own)->id;
            });
            if (run.mode == Mode::check) {
                run.fail(own_key(*recent));
                return false;
            }
        }
    }
    // Moves this deletion to the front of its group: the deletions before the creation, or those
    // after it.
    const auto from = std::find_if(actions.begin(), recent + 1, deletes);
    const auto create = std::find_if(
        from, recent, [](const Action& each) { return each.kind == ActionKind::create; });
    std::rotate(create == recent ? from : std::next(create), recent, std::next(recent));
    return true;
}

} // namespace

bool order_changes(Run& run) {
    create_before_live_ones_go(run);
    return own_key_first(run);
}

bool must_ask_first(const Run& run) {
    return may_be_limited(run) && run.plans({ActionKind::create}) && name_is_held(run);
}

} // namespace infrastate::reconcile
