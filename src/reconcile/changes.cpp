// SPDX-License-Identifier: Apache-2.0
#include "changes.h"

#include "completion.h"
#include "new_key.h"
#include "observe.h"
#include "order.h"
#include "report.h"

#include <algorithm>
#include <utility>

namespace infrastate::reconcile {
namespace {

using plan::Action;
using plan::ActionKind;
using plan::key_phrase;

class Changes {
public:
    explicit Changes(Run& run) : run_(run) {}

    Step apply_plan() {
        std::optional<Intent> intent;
        bool intent_open = false;
        bool asked = !must_ask_first(run_);
        if (run_.plans({ActionKind::create}) && !describe_new_key(run_, intent))
            return Step::failed;
        for (const Action& action : run_.current.actions) {
            // The intent is synced before anything is deleted, and after the intents that a
            // finished hand-over closes.
            const bool changes_server =
                action.kind == ActionKind::remove || action.kind == ActionKind::create;
            if (changes_server && intent && !intent_open) {
                // A useless leftover is deleted before the list of intents that may explain it.
                // Otherwise a later run would take the leftover for its own.
                if (run_.current.drop_leftover && !run_.passed(run_.holder.drop_leftover()))
                    return Step::failed;
                if (!run_.passed(run_.holder.keep_intents(run_.current.intents)) ||
                    !run_.passed(run_.holder.open_intent(*intent)))
                    return Step::failed;
                intent_open = true;
            }
            if (action.kind == ActionKind::remove && !std::exchange(asked, true))
                if (const Step step = ask(intent); step != Step::done) return step;
            const Step step = one(action, intent);
            if (step != Step::done) return step;
        }
        if (run_.desired.state == plan::State::absent) run_.report.key.reset();
        return Step::done;
    }

private:
    Step one(const Action& action, std::optional<Intent>& intent) {
        switch (action.kind) {
        case ActionKind::collect:
        case ActionKind::remove:
            return remove(action);
        case ActionKind::retire:
            return retire(action);
        case ActionKind::create:
            return create(intent);
        case ActionKind::hand_over:
            return local(action, run_.holder.finish_hand_over(*run_.current.settled_record));
        case ActionKind::store:
            return local(action, run_.holder.store_secret(*run_.context.current_secret,
                                                          *run_.current.settled_record));
        case ActionKind::set_attributes:
            return local(action, run_.holder.set_attributes());
        case ActionKind::remove_file:
            return local(action, run_.holder.remove_all());
        }
        return Step::failed;
    }

    Step local(const Action& action, Result<void>&& result) {
        if (!run_.passed(std::move(result))) return Step::failed;
        record(run_.report, action);
        if (action.kind == ActionKind::hand_over || action.kind == ActionKind::store)
            run_.report.secret_changed = true;
        return Step::done;
    }

    Step remove(const Action& action) {
        auto removed = deleted(*action.id);
        if (removed) {
            if (!made_ && run_.plans({ActionKind::create})) {
                begin_completion(run_);
                run_.seen.replacing = run_.seen.replacing || action.kind == ActionKind::remove;
            }
            std::erase(run_.report.live_keys, *action.id);
            run_.seen.deleted.insert(*action.id);
            // If the key was already gone, somebody else deleted it, which is just as good.
            if (*removed == ports::Removed::now) record(run_.report, action);
            return Step::done;
        }
        run_.fail(not_deleted(run_, action, std::move(removed).error()));
        return Step::failed;
    }

    /// Deletes a key. Once one DELETE has succeeded, the next ones are repeated after failures that
    /// may pass.
    Result<ports::Removed> deleted(const ServerId& id) {
        bool maybe = false; // an earlier try may have acted
        while (true) {
            auto removed = run_.ports.keys.remove(id);
            if (removed) return maybe ? ports::Removed::now : *removed;
            maybe = maybe || removed.error().effect == Effect::unknown;
            if (waits_out(run_, removed.error())) continue;
            if (maybe) removed.error().effect = Effect::unknown;
            return removed;
        }
    }

    Step retire(const Action& action) {
        const Step step = remove(action);
        if (step != Step::done || !run_.holder.on_disk()) return step;
        return run_.passed(run_.holder.forget_predecessor(*action.id)) ? Step::done : Step::failed;
    }

    /// Sends the POST while its name is still taken. A conflict shows that the caller may create
    /// the key.
    Step ask(std::optional<Intent>& intent) {
        auto created = run_.ports.keys.create(*run_.new_key);
        // somebody deleted the old key meanwhile
        if (created) return made(std::move(*created), intent);
        if (created.error().code == Code::conflict) return Step::done;
        return refused(std::move(created).error(), intent);
    }

    Step create(std::optional<Intent>& intent) {
        if (made_) return Step::done;
        while (true) {
            auto created = run_.ports.keys.create(*run_.new_key);
            if (created) return made(std::move(*created), intent);
            Error error = std::move(created).error();
            const bool clear = error.effect != Effect::unknown;
            if (!clear || !waits_out(run_, error)) return refused(std::move(error), intent);
            if (!run_.desired.expires_at) continue;
            // By now the key must get a slightly shorter lifetime, so the run plans again.
            if (intent && !run_.passed(run_.holder.close_intent(*intent))) return Step::failed;
            return Step::waited;
        }
    }

    Step made(ports::CreatedKey&& key, std::optional<Intent>& intent) {
        made_ = true;
        ports::CreatedKey* const created = &key;
        run_.ambiguous.reset();
        // the answer to a POST contains neither of the two
        created->row.user_name = run_.desired.user;
        created->row.user_id = run_.user_id->text();
        run_.report.secret = std::move(created->secret);
        run_.report.time = created->time;
        if (intent) {
            if (auto written = run_.holder.write_secret(*run_.report.secret); !written)
                return not_stored(std::move(written).error(), created->row, *intent);
        }
        for (const Action& action : run_.current.actions)
            if (action.kind == ActionKind::create) record(run_.report, action);
        run_.report.key = created->row;
        run_.report.asked = run_.current.asks;
        run_.report.live_keys.push_back(created->row.id);
        run_.report.next_action_at = plan::next_action(
            run_.desired, created->row, !run_.report.predecessors.empty(), created->time.now);
        run_.report.secret_changed = true;
        run_.report.secret_state = plan::SecretState::good;
        if (!intent) {
            // A caller that gives current_secret keeps the secret itself, so it needs no warning.
            if (!run_.desired.has_holder())
                run_.report.warnings.push_back(
                    "the secret of " + key_phrase(run_.desired) +
                    " is shown this once and kept nowhere: store `secret` from this result");
            return Step::done;
        }
        if (auto done = run_.holder.hand_over(*intent, created->row, *run_.report.secret); !done) {
            Error error = std::move(done).error();
            error.message += "; the new key's secret lies beside secret_file, and the next run "
                             "puts it in place";
            error.retryable = true;
            run_.fail(std::move(error));
            return Step::failed;
        }
        // If this fails, the intent stays open, and the next run closes it.
        if (auto closed = run_.holder.close_intent(*intent); !closed)
            run_.report.warnings.push_back(closed.error().message);
        return Step::done;
    }

    /// The key was created, but its secret could not be saved. So the run deletes the key again.
    Step not_stored(Error error, const AccessKeyRow& row, Intent& intent) {
        run_.ports.control.enter_cleanup();
        if (auto removed = run_.ports.keys.remove(row.id); removed) {
            // The intent stays open until the leftover is gone, because it vouches for the
            // leftover.
            if (run_.holder.drop_leftover()) (void)run_.holder.close_intent(intent);
            run_.report.secret.reset();
            error.message += "; the key that was made for it was deleted again";
            say_what_is_left(run_.report, error);
        } else {
            run_.holder.note_answer(intent, row.id);
            record(run_.report, {ActionKind::create, row.name, row.id});
            run_.report.key = row;
            run_.report.asked = run_.current.asks;
            run_.report.live_keys.push_back(row.id);
            error.message += "; the key that was made (id " + row.id.text() +
                             ") could not be deleted again (" + removed.error().message +
                             "), and its secret is in this result only; the next run deletes it";
        }
        run_.fail(std::move(error));
        return Step::failed;
    }

    Step refused(Error error, std::optional<Intent>& intent) {
        if (error.effect == Effect::unknown) return ambiguous(std::move(error));
        // Closed before a new plan: another holder's key may match this intent too.
        if (intent && error.http_status >= 400 && error.http_status < 500)
            if (!run_.passed(run_.holder.close_intent(*intent))) return Step::failed;
        if (error.code == Code::conflict && !run_.conflict_seen) {
            // Another run has created the name since this run observed. That run has won.
            run_.conflict_seen = true;
            return Step::plan_again;
        }
        run_.fail(not_created(run_, std::move(error)));
        return Step::failed;
    }

    /// The POST got no clear answer, so it may have created a key whose secret nobody has. With an
    /// intent on disk a run recognizes such a key, so this run plans again. Without an intent the
    /// POST is not repeated, and the report says what can be seen.
    Step ambiguous(Error error) {
        // With intents the key is looked up first, and the POST is then tried again while time is
        // left.
        const bool waited = run_.holder.on_disk() && waits_out(run_, error);
        const bool cancelled = error.code == Code::cancelled;
        error = create_ambiguous(run_, std::move(error));
        run_.report.outcome = Effect::unknown;
        if (run_.holder.on_disk() && !cancelled && run_.ports.control.may_start_change()) {
            error.message += "; the next run settles it";
            run_.ambiguous = std::move(error);
            return waited ? Step::waited : Step::plan_again;
        }
        observe_after_failure(error);
        run_.report.error = std::move(error);
        return Step::failed;
    }

    void observe_after_failure(Error& error) {
        run_.ports.control.enter_cleanup();
        const bool deleted = run_.report.changed;
        bool old_is_there = false;
        std::string seen;
        plan::Observed after = run_.seen;
        if (auto now = observe(run_.desired, run_.ports, after); !now) {
            seen = "whether a key was made could not be seen either (" + now.error().message + ")";
        } else {
            auto row = after.rows.end();
            for (auto each = after.rows.begin(); each != after.rows.end(); ++each) {
                if (each->name != run_.new_key->name || each->user_name != run_.desired.user)
                    continue;
                if (was_listed(each->id))
                    old_is_there = true;
                else
                    row = each;
            }
            if (old_is_there) {
                seen = "the old key is still listed and was not deleted";
            } else if (row == after.rows.end()) {
                seen = "no such key is listed now, but the request may still act late";
            } else {
                seen = "a key of that name is listed now (id " + row->id.text() + ", created " +
                       row->created.text() + "), and nobody has its secret if this run made it";
                run_.report.key = *row;
                run_.report.asked = run_.current.asks;
                run_.report.changed = true; // the row was not listed before
            }
        }
        error.message += ": " + seen +
                         (run_.holder.on_disk() || old_is_there
                              ? "; the next run settles it"
                              : "; run once more with recreate: always to get a key whose secret "
                                "is known");
        if (deleted) error.message += "; the old key was deleted before";
    }

    bool was_listed(const ServerId& id) const {
        return std::any_of(run_.seen.rows.begin(), run_.seen.rows.end(),
                           [&](const AccessKeyRow& row) { return row.id == id; });
    }

    Run& run_;
    bool made_ = false; ///< the run has made the key of the plan
};

} // namespace

Step apply(Run& run) {
    return Changes(run).apply_plan();
}

} // namespace infrastate::reconcile
