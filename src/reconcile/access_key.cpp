// SPDX-License-Identifier: Apache-2.0
#include "infrastate/reconcile/access_key.h"

#include "holder.h"
#include "observe.h"
#include "try_secret.h"

#include "infrastate/plan/mark.h"

#include <algorithm>
#include <utility>

namespace infrastate::reconcile {
namespace {

using plan::Action;
using plan::ActionKind;
using plan::Desired;
using plan::key_phrase;
using plan::Need;

constexpr int most_plans = 3;

class Run {
public:
    Run(const Desired& desired, Mode mode, World& world)
        : desired_(desired), mode_(mode), world_(world), api_(world.api), holder_(world) {}

    Report go() {
        work();
        conclude();
        if (locked_) world_.store->unlock();
        return std::move(report_);
    }

private:
    enum class Step { done, failed, plan_again };

    void work() {
        if (!lock()) return;
        for (int planned = 1;; ++planned) {
            if (!observe_and_plan(planned == 1)) return;
            if (!current_.actions.empty()) {
                if (!precheck()) return;
                if (mode_ == Mode::check) {
                    report_.actions = current_.actions;
                    report_.changed = true;
                } else {
                    const Step step = apply();
                    if (step == Step::failed) return;
                    if (step == Step::plan_again && planned < most_plans) continue;
                    if (step == Step::plan_again) return contended();
                }
            }
            if (current_.refusal) return fail(*current_.refusal);
            if (mode_ == Mode::apply) keep_house();
            return;
        }
    }

    void contended() {
        if (ambiguous_) return fail(std::move(*ambiguous_));
        fail(Error{Code::conflict,
                   key_phrase(desired_) +
                       " is being changed by others at the same time; run again when they are done",
                   {},
                   "contended",
                   0,
                   true});
    }

    bool lock() {
        if (!holder_.on_disk() || mode_ == Mode::check) return true;
        auto locked = world_.store->lock([this] { return world_.host.may_go_on(); });
        if (!locked) {
            // Who cancels a run that waits wants to hear that it was cancelled.
            auto still = world_.host.pause(0);
            const bool cancelled = !still && still.error().code == Code::cancelled;
            fail(cancelled ? std::move(still).error() : std::move(locked).error());
        }
        locked_ = locked.ok();
        return locked_;
    }

    /// The first error decides the report; what was changed before it stays on record.
    void fail(Error error) {
        if (error.effect == Effect::changed) {
            report_.changed = true; // a step that failed half way
            report_.outcome = Effect::changed;
        }
        if (report_.changed) error.effect = Effect::changed;
        if (error.effect == Effect::unknown) report_.outcome = Effect::unknown;
        report_.error = std::move(error);
    }

    bool passed(Result<void>&& result) {
        if (!result) fail(std::move(result).error());
        return result.ok();
    }

    // --- observing -----------------------------------------------------------------------------

    bool observe_and_plan(bool first) {
        seen_.may_try = mode_ == Mode::apply;
        if (!passed(holder_.look(desired_, seen_))) return false;
        if (!passed(observe(desired_, api_, seen_))) return false;
        current_ = plan::plan_access_key(desired_, seen_);
        while (current_.need != Need::nothing) {
            if (!satisfy(current_.need)) return false;
            current_ = plan::plan_access_key(desired_, seen_);
        }
        take_over_plan(first);
        if (current_.refusal && current_.actions.empty()) {
            // The row in the way may be what the unanswered request made: that is what to say.
            fail(ambiguous_ ? std::move(*ambiguous_) : *current_.refusal);
            return false;
        }
        return !conflict_seen_ || leaves_the_winner_alone();
    }

    bool satisfy(Need need) {
        switch (need) {
        case Need::live_listing:
            return passed(confirm_dead(desired_, api_, seen_));
        case Need::try_leftover:
            // Once used, its key counts as nobody's lost one any more: it must be safe before.
            return passed(world_.store->sync_new_secret()) &&
                   try_copy_of(*holder_.leftover(), seen_.leftover);
        case Need::try_file:
            return try_copy_of(*holder_.file_secret(), seen_.file);
        case Need::try_current:
            return try_copy_of(*world_.current_secret, seen_.current);
        case Need::nothing:
            break;
        }
        return true;
    }

    bool try_copy_of(const Secret& secret, plan::Copy& copy) {
        const auto recorded =
            copy.recorded && seen_.record ? std::optional(seen_.record->id) : std::nullopt;
        auto tried = try_copy(secret, recorded, seen_.rows, seen_.time, api_, world_.host);
        if (!tried) {
            fail(std::move(tried).error());
            return false;
        }
        copy.tried = std::move(*tried);
        return true;
    }

    void take_over_plan(bool first) {
        report_.time = seen_.time;
        report_.key = current_.current;
        // A plan that nothing was done for is replaced by the next one.
        if (first || !report_.changed) report_.plan = current_;
        warn(holder_.warnings());
        warn(current_.warnings);
        report_.secret_state = current_.secret_state;
        report_.predecessors = current_.predecessors;
        report_.live_keys = current_.live;
        report_.next_action_at = current_.next_action_at;
        if (current_.previous_id) report_.previous_id = current_.previous_id;
    }

    void warn(const std::vector<std::string>& texts) {
        for (const std::string& text : texts)
            if (std::find(report_.warnings.begin(), report_.warnings.end(), text) ==
                report_.warnings.end())
                report_.warnings.push_back(text);
    }

    /// After a 409 another run has won: its key is neither deleted nor rotated.
    bool leaves_the_winner_alone() {
        const bool succeeds_it =
            plans({ActionKind::create}) && current_.reason != plan::Reason::absent;
        if (!plans({ActionKind::remove}) && !succeeds_it) return true;
        fail(Error{Code::conflict,
                   "another run made " + key_phrase(desired_) +
                       " at the same moment and not as described here (" + current_.explanation +
                       "); it is left alone: run again if it is to be replaced",
                   {},
                   "made_by_another_run",
                   0,
                   true});
        return false;
    }

    // --- what must hold before the first change ------------------------------------------------

    bool plans(std::initializer_list<ActionKind> kinds) const {
        return std::any_of(
            current_.actions.begin(), current_.actions.end(), [&](const Action& action) {
                return std::find(kinds.begin(), kinds.end(), action.kind) != kinds.end();
            });
    }

    /// Everything that can be found wrong is found before the first change, in check mode too.
    bool precheck() {
        const bool creates = plans({ActionKind::create});
        const bool on_server = plans(
            {ActionKind::create, ActionKind::remove, ActionKind::retire, ActionKind::collect});
        if (creates && !user_id_ && !find_user()) return false;
        if (on_server && !version_checked_ && !check_version()) return false;
        const bool writes = plans({ActionKind::create, ActionKind::hand_over, ActionKind::store,
                                   ActionKind::set_attributes});
        if (holder_.on_disk() && writes && !passed(world_.store->prepare(mode_ == Mode::check)))
            return false;
        if (mode_ == Mode::apply && !api_.may_start_change()) {
            fail(Error{Code::deadline,
                       "the time left is too short to change " + key_phrase(desired_) +
                           " safely; nothing was changed in this step; raise timeout",
                       "timeout", "no_time_to_change", 0, true});
            return false;
        }
        return true;
    }

    bool find_user() {
        // A listed row names its user and shows that the user exists: the server lists no others.
        for (const AccessKeyRow& row : seen_.rows) {
            if (row.user_name != desired_.user || row.user_id.empty()) continue;
            if (auto id = ServerId::parse(row.user_id)) {
                user_id_ = std::move(*id);
                return true;
            }
        }
        auto user = api_.find_user(desired_.user);
        if (!user) {
            fail(std::move(user).error());
            return false;
        }
        if (!user->has_value()) {
            fail(Error{Code::not_found,
                       "user: Infra has no user named '" + desired_.user +
                           "', so no access key can be made for it",
                       "user", "user_not_found"});
            return false;
        }
        user_id_ = (*user)->id;
        return true;
    }

    bool check_version() {
        auto version = api_.version();
        if (!version) {
            fail(std::move(version).error());
            return false;
        }
        if (*version < oldest_server) {
            fail(Error{Code::unsupported,
                       "the Infra server is version " + version->text() + "; version " +
                           oldest_server.text() + " or newer is needed",
                       {},
                       "server_too_old"});
            return false;
        }
        version_checked_ = true;
        return true;
    }

    // --- changing ------------------------------------------------------------------------------

    Step apply() {
        std::optional<Intent> intent;
        if (plans({ActionKind::create}) && !describe_new_key(intent)) return Step::failed;
        for (const Action& action : current_.actions) {
            // Synced before anything is deleted, and after what a finished hand-over closes.
            const bool changes_server =
                action.kind == ActionKind::remove || action.kind == ActionKind::create;
            if (changes_server && intent && !intent_open_) {
                if (!passed(holder_.keep_intents(current_.intents)) ||
                    !passed(holder_.open_intent(*intent)))
                    return Step::failed;
                intent_open_ = true;
            }
            const Step step = one(action, intent);
            if (step != Step::done) {
                intent_open_ = false;
                return step;
            }
        }
        intent_open_ = false;
        if (desired_.state == plan::State::absent) report_.key.reset();
        return Step::done;
    }

    Step one(const Action& action, std::optional<Intent>& intent) {
        switch (action.kind) {
        case ActionKind::collect:
        case ActionKind::remove:
            return remove(action);
        case ActionKind::retire:
            return retire(action);
        case ActionKind::create:
            return create(action, intent);
        case ActionKind::hand_over:
            return local(action, holder_.finish_hand_over(*current_.settled_record));
        case ActionKind::store:
            return local(action,
                         holder_.store_secret(*world_.current_secret, *current_.settled_record));
        case ActionKind::set_attributes:
            return local(action, holder_.set_attributes());
        case ActionKind::remove_file:
            return local(action, holder_.remove_all());
        }
        return Step::failed;
    }

    void record(const Action& action) {
        report_.actions.push_back(action);
        report_.changed = true;
        report_.outcome = Effect::changed;
    }

    Step local(const Action& action, Result<void>&& result) {
        if (!passed(std::move(result))) return Step::failed;
        record(action);
        if (action.kind == ActionKind::hand_over || action.kind == ActionKind::store)
            report_.secret_changed = true;
        return Step::done;
    }

    Step remove(const Action& action) {
        auto removed = api_.remove(*action.id);
        if (removed) {
            std::erase(report_.live_keys, *action.id);
            // Gone already: somebody else did it, which is as good.
            if (*removed == ports::Removed::now) record(action);
            return Step::done;
        }
        Error error = std::move(removed).error();
        error.message = "deleting access key '" + action.name + "' (id " + action.id->text() +
                        ") failed: " + error.message;
        if (error.effect == Effect::unknown)
            error.message += "; whether it still exists is unknown, and the next run will see";
        say_what_is_left(error);
        fail(std::move(error));
        return Step::failed;
    }

    Step retire(const Action& action) {
        const Step step = remove(action);
        if (step != Step::done || !holder_.on_disk()) return step;
        return passed(holder_.forget_predecessor(*action.id)) ? Step::done : Step::failed;
    }

    /// What is to be sent, and on disk the intent of it.
    bool describe_new_key(std::optional<Intent>& intent) {
        auto asked = plan::lifetime_to_ask(desired_, seen_.time.now);
        if (!asked) {
            fail(std::move(asked).error());
            return false;
        }
        new_key_.emplace(
            ports::NewKey{*user_id_, new_name(), asked->expiry, asked->inactivity_timeout});
        if (!holder_.on_disk()) return true;
        const plan::MarkRoom room = plan::mark_room(*asked);
        if (room.enough()) {
            const auto sent =
                plan::marked(*asked, room, world_.host.random(), world_.host.random());
            new_key_->expiry = sent.expiry;
            new_key_->inactivity_timeout = sent.inactivity_timeout;
        }
        intent = make_intent(room.enough() || current_.rotation > 0);
        return true;
    }

    std::string new_name() {
        if (current_.new_name) return *current_.new_name;
        return rotation_name(desired_.name, current_.rotation, world_.host.random());
    }

    Intent make_intent(bool recognisable) {
        AskedFor asked{.expires_in = {},
                       .expires_at = desired_.expires_at,
                       .inactivity_timeout = desired_.inactivity_timeout.value_or(
                           plan::default_inactivity_timeout())};
        if (!desired_.expires_at)
            asked.expires_in = desired_.expires_in.value_or(plan::default_expires_in());
        // Without the server's clock the window is as wide as clocks are wrong. A Date that is
        // wrong shows in that this machine's clock differs, but which of them is off does not: it
        // covers both, and as much more.
        const Timestamp server = seen_.time.now, machine = seen_.time.machine.value_or(server);
        const Timestamp first = std::min(server, machine), last = std::max(server, machine);
        const bool sure = seen_.time.exact && last.seconds_since(first) <= 600;
        const std::int64_t slack = sure ? 0 : 24 * 3600;
        Intent out{.host = desired_.host,
                   .user = desired_.user,
                   .user_id = user_id_->text(),
                   .name = desired_.name.text(),
                   .key_name = new_key_->name,
                   .asked = asked,
                   .sent_expiry = new_key_->expiry,
                   .sent_inactivity_timeout = new_key_->inactivity_timeout,
                   .recognisable = recognisable,
                   .started = first.plus_seconds(-slack),
                   .until = last.plus_seconds(world_.host.seconds_left() + 1 + slack),
                   .seen = {},
                   .predecessors = current_.predecessors,
                   .keepers = desired_.keepers,
                   .answered = {}};
        for (const AccessKeyRow& row : seen_.rows)
            out.seen.insert(row.id);
        // Until they are deleted they are predecessors too.
        for (const Action& action : current_.actions)
            if (action.kind == ActionKind::retire)
                out.predecessors.push_back({*action.id, user_of(*action.id), action.name});
        if (!out.keepers && seen_.record) out.keepers = seen_.record->keepers;
        return out;
    }

    std::string user_of(const ServerId& id) const {
        for (const AccessKeyRow& row : seen_.rows)
            if (row.id == id) return row.user_name;
        return desired_.user;
    }

    Step create(const Action& action, std::optional<Intent>& intent) {
        auto created = api_.create(*new_key_);
        if (!created) return not_created(std::move(created).error(), intent);
        ambiguous_.reset();
        created->row.user_name = desired_.user; // the answer to a POST leaves both out
        created->row.user_id = user_id_->text();
        report_.secret = std::move(created->secret);
        report_.time = created->time;
        if (intent) {
            if (auto written = holder_.write_secret(*report_.secret); !written)
                return not_stored(std::move(written).error(), created->row, *intent);
        }
        record(action);
        report_.key = created->row;
        report_.live_keys.push_back(created->row.id);
        report_.next_action_at = plan::next_action(
            desired_, created->row, !report_.predecessors.empty(), created->time.now);
        report_.secret_changed = true;
        report_.secret_state = plan::SecretState::good;
        if (!intent) {
            // With current_secret the caller keeps it, and knows.
            if (!desired_.has_holder())
                report_.warnings.push_back(
                    "the secret of " + key_phrase(desired_) +
                    " is shown this once and kept nowhere: store `secret` from this result");
            return Step::done;
        }
        if (auto done = holder_.hand_over(*intent, created->row, *report_.secret); !done) {
            Error error = std::move(done).error();
            error.message += "; the new key's secret lies beside secret_file, and the next run "
                             "puts it in place";
            error.retryable = true;
            fail(std::move(error));
            return Step::failed;
        }
        // It stays open otherwise, which the next run mends.
        if (auto closed = holder_.close_intent(*intent); !closed)
            report_.warnings.push_back(closed.error().message);
        return Step::done;
    }

    /// The key exists, its secret could not be kept: it is deleted again.
    Step not_stored(Error error, const AccessKeyRow& row, Intent& intent) {
        api_.enter_cleanup();
        if (auto removed = api_.remove(row.id); removed) {
            (void)holder_.close_intent(intent);
            report_.secret.reset();
            error.message += "; the key that was made for it was deleted again";
            say_what_is_left(error);
        } else {
            holder_.note_answer(intent, row.id);
            record({ActionKind::create, row.name, row.id});
            report_.key = row;
            report_.live_keys.push_back(row.id);
            error.message += "; the key that was made (id " + row.id.text() +
                             ") could not be deleted again (" + removed.error().message +
                             "), and its secret is in this result only; the next run deletes it";
        }
        fail(std::move(error));
        return Step::failed;
    }

    Step not_created(Error error, std::optional<Intent>& intent) {
        if (error.effect == Effect::unknown) return ambiguous(std::move(error));
        // Closed before anything is planned again: another's key may fit it as well.
        if (intent && error.http_status >= 400 && error.http_status < 500)
            if (!passed(holder_.close_intent(*intent))) return Step::failed;
        if (error.code == Code::conflict && !conflict_seen_) {
            // Another run made the name since it was observed: that run has won.
            conflict_seen_ = true;
            return Step::plan_again;
        }
        if (error.code == Code::conflict) {
            error.message = "the server says that the name '" + new_key_->name +
                            "' is taken, but lists no such key for user '" + desired_.user +
                            "': " + error.message;
            error.detail = "conflict_without_row";
        } else {
            error.message = "creating " + key_phrase(desired_) + " failed: " + error.message;
        }
        say_what_is_left(error);
        fail(std::move(error));
        return Step::failed;
    }

    void say_what_is_left(Error& error) const {
        if (!report_.changed) return;
        const std::size_t live = report_.live_keys.size();
        error.message += live == 0
                             ? "; the old key was deleted before, so no live key of this "
                               "name is left until a run succeeds"
                             : "; " + std::to_string(live) + " live key" + (live == 1 ? "" : "s") +
                                   " of this name " + (live == 1 ? "is" : "are") + " left";
    }

    /// No clear answer to the POST: it may have made a key whose secret nobody has. With an intent
    /// on disk such a key is known again, so the run plans once more; without one it is not
    /// repeated, and what can be seen is said.
    Step ambiguous(Error error) {
        const std::string cause = error.message;
        error.message =
            "it is unknown whether creating " + key_phrase(desired_) + " succeeded (" + cause + ")";
        error.detail = "create_ambiguous";
        error.retryable = true;
        error.effect = Effect::unknown;
        report_.outcome = Effect::unknown;
        if (holder_.on_disk() && error.code != Code::cancelled && api_.may_start_change()) {
            error.message += "; the next run settles it";
            ambiguous_ = std::move(error);
            return Step::plan_again;
        }
        look_after(error);
        report_.error = std::move(error);
        return Step::failed;
    }

    void look_after(Error& error) {
        api_.enter_cleanup();
        const bool deleted = report_.changed;
        std::string seen;
        plan::Observed after = seen_;
        if (auto now = observe(desired_, api_, after); !now) {
            seen = "whether a key was made could not be seen either (" + now.error().message + ")";
        } else {
            const auto row =
                std::find_if(after.rows.begin(), after.rows.end(), [&](const AccessKeyRow& each) {
                    return each.name == new_key_->name && each.user_name == desired_.user;
                });
            if (row == after.rows.end()) {
                seen = "no such key is listed now, but the request may still act late";
            } else {
                seen = "a key of that name is listed now (id " + row->id.text() + ", created " +
                       row->created.text() + "), and nobody has its secret if this run made it";
                report_.key = *row;
                report_.changed = true; // it was not there before
            }
        }
        error.message +=
            ": " + seen +
            (holder_.on_disk() ? "; the next run settles it"
                               : "; run once more with recreate: always to get a key whose secret "
                                 "is known");
        if (deleted) error.message += "; the old key was deleted before";
    }

    // --- afterwards ----------------------------------------------------------------------------

    /// Writes that change nothing for anybody: what was learned, what is over.
    void keep_house() {
        if (!holder_.on_disk()) return;
        const auto tell = [this](Result<void>&& result) {
            if (!result)
                report_.warnings.push_back("what this run learned could not be written down: " +
                                           result.error().message);
        };
        if (current_.record) {
            Record record = *current_.record;
            for (const Action& action : report_.actions)
                if (action.kind == ActionKind::retire)
                    std::erase_if(record.predecessors,
                                  [&](const Predecessor& each) { return each.id == *action.id; });
            tell(holder_.keep_record(std::move(record)));
        }
        if (current_.drop_leftover && !plans({ActionKind::create, ActionKind::remove_file}))
            tell(holder_.drop_leftover());
        if (!plans({ActionKind::create})) tell(holder_.keep_intents(current_.intents));
    }

    void conclude() {
        report_.explanation = mode_ == Mode::apply && report_.changed && !report_.error
                                  ? report_.plan.done
                                  : report_.plan.explanation;
        if (report_.secret || report_.error || desired_.state == plan::State::absent) return;
        if (report_.secret_state != plan::SecretState::good) return;
        if (desired_.secret_file && holder_.file_secret() != nullptr)
            report_.secret = holder_.file_secret()->clone();
        else if (!desired_.secret_file && world_.current_secret != nullptr)
            report_.secret = world_.current_secret->clone();
    }

    const Desired& desired_;
    const Mode mode_;
    World& world_;
    ports::KeyApi& api_;
    Holder holder_;
    plan::Observed seen_{.rows = {}, .time = {Timestamp::from_unix(0), false}};
    plan::Plan current_;
    Report report_;
    std::optional<ServerId> user_id_;
    std::optional<ports::NewKey> new_key_;
    std::optional<Error> ambiguous_;
    bool locked_ = false;
    bool version_checked_ = false;
    bool conflict_seen_ = false;
    bool intent_open_ = false;
};

} // namespace

Report reconcile_access_key(const Desired& desired, Mode mode, World& world) {
    return Run(desired, mode, world).go();
}

} // namespace infrastate::reconcile
