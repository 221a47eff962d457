// SPDX-License-Identifier: Apache-2.0
#include "infrastate/reconcile/access_key.h"

#include "changes.h"
#include "checks.h"
#include "completion.h"
#include "observe.h"
#include "order.h"
#include "recorded.h"
#include "report.h"
#include "run.h"
#include "try_secret.h"

#include <algorithm>
#include <utility>

namespace infrastate::reconcile {
namespace {

using plan::ActionKind;
using plan::Desired;
using plan::Need;

constexpr int most_plans = 3;

/// Observes, plans, checks and applies until there is nothing left to do.
class Loop {
public:
    Loop(const Desired& desired, Mode mode, Context& context) : run_(desired, mode, context) {}

    Report reconcile() {
        reach_desired_state();
        conclude(run_);
        if (run_.holder.on_disk() && run_.mode == Mode::apply) run_.context.store->unlock();
        return std::move(run_.report);
    }

private:
    void reach_desired_state() {
        if (!lock()) return;
        int planned = 0;
        for (bool first = true;; first = false) {
            if (!observe_and_plan(first)) return;
            if (!run_.current.actions.empty()) {
                if (!ready_to_change(run_) || !order_changes(run_)) return;
                if (run_.mode == Mode::check) {
                    run_.report.actions = run_.current.actions;
                    run_.report.changed = true;
                } else {
                    const Step step = apply(run_);
                    if (step == Step::failed) return;
                    if (step == Step::waited) continue;
                    if (step == Step::plan_again && ++planned < most_plans) continue;
                    if (step == Step::plan_again) return run_.fail(contended(run_));
                }
            }
            if (run_.current.refusal) return run_.fail(*run_.current.refusal);
            if (run_.mode == Mode::apply) save_what_was_learned();
            return;
        }
    }

    bool lock() {
        if (!run_.holder.on_disk()) return true;
        auto locked =
            run_.mode == Mode::check
                ? run_.context.store->may_lock()
                : run_.context.store->lock([this] { return run_.ports.host.may_go_on(); });
        if (locked) {
            run_.lock_held = run_.mode == Mode::apply;
            return true;
        }
        if (!locked.error().retryable) {
            // Nobody needs the lock if nothing is to be changed.
            run_.no_lock = std::move(locked).error();
            return true;
        }
        // A caller that cancelled a waiting run expects to hear that the run was cancelled.
        auto cancelled = cancelled_by_caller(run_.ports);
        run_.fail(cancelled ? std::move(*cancelled) : std::move(locked).error());
        return false;
    }

    // --- observing -----------------------------------------------------------------------------

    bool observe_and_plan(bool first) {
        run_.seen.may_try = run_.mode == Mode::apply;
        if (!run_.passed(run_.holder.look(run_.desired, run_.seen))) return false;
        if (!run_.passed(settle_whose_it_is(run_.desired, run_.context, run_.seen))) return false;
        if (!run_.seen.record) run_.holder.disown_record();
        if (!look_at_server()) return false;
        run_.current = plan::plan_access_key(run_.desired, run_.seen);
        while (run_.current.need != Need::nothing) {
            if (!satisfy(run_.current.need)) return false;
            run_.current = plan::plan_access_key(run_.desired, run_.seen);
        }
        take_over_plan(run_, first);
        if (run_.current.refusal && run_.current.actions.empty()) {
            if (run_.lock_held && run_.current.record)
                // remember that the former name was asked for
                (void)run_.holder.keep_record(*run_.current.record);
            // The row in the way may come from the unanswered request, so the report names that
            // request.
            run_.fail(run_.ambiguous ? std::move(*run_.ambiguous) : *run_.current.refusal);
            return false;
        }
        return !run_.conflict_seen || leaves_the_winner_alone();
    }

    bool look_at_server() {
        while (true) {
            auto observed = observe(run_.desired, run_.ports, run_.seen);
            if (observed) {
                if (!run_.seen.record) run_.holder.disown_record(); // it may have been dropped
                run_.left_when_seen = run_.ports.host.seconds_left();
                return true;
            }
            Error error = std::move(observed).error();
            if (waits_out(run_, error)) continue;
            if (run_.ambiguous) error = not_looked_up(std::move(*run_.ambiguous), error);
            say_what_is_left(run_.report, error);
            run_.fail(std::move(error));
            return false;
        }
    }

    bool satisfy(Need need) {
        switch (need) {
        case Need::live_listing:
            return run_.passed(confirm_dead(run_.desired, run_.ports, run_.seen));
        case Need::try_leftover:
            // A key that was used no longer counts as a lost key, so the leftover must be safe on
            // disk first.
            return run_.passed(run_.context.store->sync_new_secret()) &&
                   try_copy_of(*run_.holder.leftover(), run_.seen.leftover);
        case Need::try_file:
            if (auto noted = note_try(); !noted && run_.seen.file.recorded) {
                run_.desired.verify = plan::Verify::automatic; // its digest vouches for it
                run_.report.warnings.push_back(
                    "secret_file: the secret was not tried, as that could not be written down "
                    "before: " +
                    noted.error().message);
                return true;
            }
            return try_copy_of(*run_.holder.file_secret(), run_.seen.file);
        case Need::try_current:
            return try_copy_of(*run_.context.current_secret, run_.seen.current);
        case Need::nothing:
            break;
        }
        return true;
    }

    /// The server counts a try as a use of the new key, and such a use may retire the old key of an
    /// overlap. So a run writes down that it tries the secret before it does so.
    Result<void> note_try() {
        if (!run_.seen.record || run_.seen.record->predecessors.empty()) return {};
        if (run_.no_lock) return *run_.no_lock;
        Record record = *run_.seen.record;
        record.tried = unknown_time();
        return run_.holder.keep_record(std::move(record));
    }

    bool try_copy_of(const Secret& secret, plan::Copy& copy) {
        const auto recorded =
            copy.recorded && run_.seen.record ? std::optional(run_.seen.record->id) : std::nullopt;
        auto tried = try_copy(secret, recorded, run_.seen.rows, run_.seen.time, run_.ports);
        if (!tried) {
            run_.fail(std::move(tried).error());
            return false;
        }
        copy.tried = std::move(tried->tried);
        return !tried->waited || look_again(copy.tried);
    }

    /// Others may have used, made and deleted keys while a trial waited. The row of the secret
    /// stays as it was: the run's own tries are no use of it.
    bool look_again(const plan::Tried& tried) {
        const std::vector<AccessKeyRow> before = run_.seen.rows;
        if (!look_at_server()) return false;
        if (!tried.row) return true;
        const auto is_tried = [&](const AccessKeyRow& row) { return row.id == *tried.row; };
        const auto old = std::find_if(before.begin(), before.end(), is_tried);
        if (old != before.end())
            std::replace_if(run_.seen.rows.begin(), run_.seen.rows.end(), is_tried, *old);
        return true;
    }

    /// After a 409 another run has made the key. This run neither deletes nor rotates that key.
    bool leaves_the_winner_alone() {
        const bool succeeds_it =
            run_.plans({ActionKind::create}) && run_.current.reason != plan::Reason::absent;
        if (!run_.plans({ActionKind::remove}) && !succeeds_it) return true;
        run_.fail(made_by_another_run(run_));
        return false;
    }

    // --- afterwards ----------------------------------------------------------------------------

    /// Writes what this run learned and closes what is over. This changes nothing for users of the
    /// key.
    void save_what_was_learned() {
        if (!run_.lock_held) return;
        const auto tell = [this](Result<void>&& result) {
            if (!result)
                run_.report.warnings.push_back("what this run learned could not be written down: " +
                                               result.error().message);
        };
        if (run_.current.record) {
            Record record = *run_.current.record;
            for (const plan::Action& action : run_.report.actions)
                if (action.kind == ActionKind::retire)
                    std::erase_if(record.predecessors,
                                  [&](const Predecessor& each) { return each.id == *action.id; });
            tell(run_.holder.keep_record(std::move(record)));
        }
        if (run_.current.drop_leftover &&
            !run_.plans({ActionKind::create, ActionKind::remove_file}))
            tell(run_.holder.drop_leftover());
        if (!run_.plans({ActionKind::create})) tell(run_.holder.keep_intents(run_.current.intents));
    }

    Run run_;
};

} // namespace

Report reconcile_access_key(const Desired& desired, Mode mode, Context& context) {
    return Loop(desired, mode, context).reconcile();
}

} // namespace infrastate::reconcile
