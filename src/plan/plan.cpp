// SPDX-License-Identifier: Apache-2.0
#include "absent.h"
#include "custody.h"
#include "diagnosis.h"
#include "drift.h"
#include "schedule.h"
#include "settle.h"
#include "words.h"

#include "infrastate/types/text.h"

#include <algorithm>

namespace infrastate::plan {
namespace {

/// Decides what is to be done about a key.
class Planner {
public:
    Planner(const Desired& desired, const Settled& settled)
        : draft_(desired, settled), desired_(draft_.desired), settled_(draft_.settled),
          keys_(draft_.keys), out_(draft_.out) {
        out_.actions = settled_.actions;
        out_.warnings = settled_.warnings;
        out_.drop_leftover = settled_.drop_leftover;
        if (!settled_.actions.empty()) out_.settled_record = settled_.seen().record;
    }

    Plan make_plan() {
        collect();
        if (!diagnose(draft_)) return refuse();
        decide_and_act();
        guard_secrets();
        retire();
        attributes();
        finish();
        return std::move(out_);
    }

private:
    const Observed& seen() const { return draft_.seen(); }
    const AccessKeyRow& row() const { return draft_.row(); }
    bool held_by_record() const { return draft_.held_by_record(); }
    bool real_run() const { return draft_.real_run(); }
    bool time_is_known() const { return draft_.time_is_known(); }

    Plan refuse() {
        if (settled_.untried) out_.secret_state = SecretState::unverified;
        out_.reasons = {out_.reason};
        out_.actions.clear();
        return std::move(out_);
    }

    void collect() {
        // A key whose secret may be in the file is not lost.
        if (settled_.blocked || worth_of(keys_, seen().file) == Worth::unclear) return;
        for (const AccessKeyRow& each : seen().rows)
            if (keys_.is_lost_own_key(each))
                out_.actions.push_back({ActionKind::collect, each.name, each.id});
    }

    bool adoptable() {
        const auto refuse_adoption = [this](std::string message, std::string_view detail) {
            out_.refusal =
                Error{Code::refused, "adopt: " + std::move(message), "adopt", std::string(detail)};
            return false;
        };
        if (desired_.secret_file && seen().record)
            return refuse_adoption("the key recorded beside secret_file (id " +
                                       seen().record->id.text() + ") is gone, and " +
                                       key_phrase(row()) +
                                       " exists instead, made by another holder; remove the record "
                                       "to take that key over",
                                   "taken_by_another_holder");
        const bool seen_first = !seen().first_ids || seen().first_ids->contains(row().id);
        if (!seen_first && !time_is_known()) {
            out_.refusal = Error{Code::server,
                                 "adopt: without a current Date header in the server's answers "
                                 "nothing tells whether " +
                                     key_phrase(row()) +
                                     " was there before this run began, so it is not taken over; "
                                     "look at the proxy in front of Infra",
                                 "adopt", "no_server_time"};
            return false;
        }
        if (!seen_first)
            return refuse_adoption(key_phrase(row()) +
                                       " was made while this run was at work; run again if it is "
                                       "to be taken over",
                                   "made_by_another_run");
        if (!desired_.secret_file &&
            (!row().never_used() || keys_.now().seconds_since(row().created) <= fresh_seconds))
            return refuse_adoption("with current_secret alone a key is taken over only if it was "
                                   "never used and is older than 5 minutes; that does not hold "
                                   "for " +
                                       key_phrase(row()),
                                   "in_use");
        return true;
    }

    void decide_and_act() {
        Decision decision = decide(desired_.recreate, out_.reason);
        if (decision == Decision::take_over) {
            if (desired_.adopt != Adopt::replace)
                decision = Decision::fail;
            else if (!adoptable())
                return;
            else
                decision = Decision::replace;
        }
        if (decision == Decision::warn)
            out_.warnings.push_back(key_phrase(desired_) + " " + reason_phrase(desired_, out_) +
                                    "; recreate: " + std::string(name(desired_.recreate)) +
                                    " leaves it as it is");
        if (decision == Decision::fail) {
            out_.refusal = policy_refusal(desired_, out_);
            return;
        }
        if (decision != Decision::create && decision != Decision::replace) return;
        // somebody may be storing the successor's secret right now
        if (draft_.fresh_successor) return;
        if (cannot_verify()) return;
        if (desired_.id) {
            out_.refusal = Error{Code::refused,
                                 "id: " + key_phrase(row()) + " " + reason_phrase(desired_, out_) +
                                     ", but with id a key is only selected, never replaced; "
                                     "describe it by name without id to allow it",
                                 "id", std::string(name(out_.reason))};
            return;
        }
        if (decision == Decision::create)
            make_absent();
        else if (desired_.overlap && !is_dead(out_.reason) && desired_.has_holder())
            rotate();
        else
            replace();
    }

    /// A key is not replaced if its secret could not be verified. A dry run goes on with the more
    /// likely case, unless the run is blocked.
    bool cannot_verify() {
        const bool unverified =
            settled_.blocked ||
            (out_.current && out_.secret_state == SecretState::unverified && !is_dead(out_.reason));
        if (!unverified || !real_run()) return unverified && settled_.blocked;
        const bool file = desired_.secret_file;
        out_.refusal = settled_.obstacle
                           ? *settled_.obstacle
                           : not_to_be_lost(file ? file_place() : current_place(desired_), keys_,
                                            file ? seen().file : seen().current, Worth::unclear);
        out_.refusal->message = key_phrase(desired_) + " " + reason_phrase(desired_, out_) +
                                ", but " + out_.refusal->message;
        return true;
    }

    /// Checks that no secret is lost that may open another key. The run overwrites the secret in
    /// secret_file, and the caller will replace current_secret by the new secret.
    void guard_secrets() {
        if (out_.refusal) return;
        const bool creates = makes_a_key();
        const bool collects =
            std::any_of(out_.actions.begin(), out_.actions.end(),
                        [](const Action& action) { return action.kind == ActionKind::collect; });
        // The file may hold the secret of a lost key.
        const bool unknown = collects && worth_of(keys_, seen().file) == Worth::untried;
        if (desired_.secret_file && !settled_.handed_over && (creates || unknown))
            guard(file_place(), seen().file, Need::try_file);
        if (desired_.current_secret == CurrentSecret::given && creates && !out_.refusal &&
            out_.need == Need::nothing)
            guard(current_place(desired_), seen().current, Need::try_current);
        else if (!creates && out_.secret_state == SecretState::good)
            warn_of_another_copy();
    }

    /// No key is made, so nothing has to be tried. Warns that secret_file and current_secret hold
    /// different secrets.
    void warn_of_another_copy() {
        if (!desired_.secret_file || seen().current.kind != Copy::Kind::secret) return;
        if (worth_of(keys_, seen().current) != Worth::untried) return;
        out_.warnings.push_back("current_secret: differs from the secret in secret_file; the one "
                                "in secret_file is good, and `secret` holds it; make sure that "
                                "nobody needs current_secret before you replace it");
    }

    void guard(const Place& place, const Copy& copy, Need need) {
        const Worth worth = worth_of(keys_, copy);
        if (may_go(worth)) return;
        if (need == Need::try_current && may_let_go(desired_, worth)) return;
        if (worth != Worth::untried) {
            out_.actions.clear();
            out_.refusal = not_to_be_lost(place, keys_, copy, worth);
        } else if (real_run()) {
            out_.need = need;
        } else {
            out_.secret_state = SecretState::unverified;
            out_.warnings.push_back(untried_warning(place));
        }
    }

    bool lifetime_is_possible() {
        const auto lifetime = lifetime_to_ask(desired_, keys_.now());
        if (!lifetime) out_.refusal = lifetime.error();
        return lifetime.ok();
    }

    void create(std::uint32_t number) {
        out_.asks = asked_for(desired_);
        out_.rotation = number;
        if (number == 0) {
            out_.new_name = desired_.name.text();
            out_.actions.push_back({ActionKind::create, desired_.name.text()});
            return;
        }
        // If an earlier request for this rotation may still act, its name is used again. Then only
        // one of the two requests can succeed.
        const auto taken = [this](const std::string& name) {
            return std::any_of(seen().rows.begin(), seen().rows.end(),
                               [&](const AccessKeyRow& each) { return each.name == name; });
        };
        for (const Intent& intent : seen().intents)
            if (!intent.answered && !taken(intent.key_name) && intent.user == desired_.user &&
                intent.recognisable &&
                family_place(desired_.name, intent.key_name).value_or(FamilyPlace{0}).rotation ==
                    number)
                out_.new_name = intent.key_name;
        out_.actions.push_back(
            {ActionKind::create, desired_.name.text() + ".rot-" + std::to_string(number)});
    }

    void make_absent() {
        if (!lifetime_is_possible()) return;
        out_.changes = creation_changes(desired_);
        // Dead keys that are recorded as ours under a former name or user would be forgotten
        // otherwise.
        for (const AccessKeyRow& each : seen().rows) {
            if (!keys_.recorded_as_ours(each)) continue;
            if (time_is_known())
                remove(each);
            else
                out_.predecessors.push_back(as_predecessor(each));
        }
        create(0);
    }

    void remove(const AccessKeyRow& each) {
        const bool known =
            std::any_of(out_.actions.begin(), out_.actions.end(), [&](const Action& action) {
                return action.id == each.id && action.kind != ActionKind::hand_over &&
                       action.kind != ActionKind::store;
            });
        if (known) return;
        out_.actions.push_back({ActionKind::remove, each.name, each.id});
        if (!keys_.dead(each) && !(out_.current && each.id == row().id))
            out_.warnings.push_back("a live access key is deleted: " + key_phrase(each));
    }

    void replace() {
        const bool dead = is_dead(out_.reason);
        // The server's time comes first: without it no key counts as dead.
        if (dead && !time_is_known() && seen().live_ids) {
            out_.refusal = Error{Code::server,
                                 key_phrase(desired_) +
                                     " seems to be dead, but the server's answers carry no "
                                     "current Date header, and this machine's clock alone is not "
                                     "enough to delete a key; look at the proxy in front of Infra",
                                 {},
                                 "no_server_time"};
            return;
        }
        for (const AccessKeyRow* each : draft_.live_family)
            if (each->name == desired_.name.text() && each->id != row().id &&
                !keys_.recorded_as_ours(*each)) {
                out_.refusal = Error{Code::conflict,
                                     key_phrase(desired_) + " " + reason_phrase(desired_, out_) +
                                         ", but the name is taken by a key that this holder has "
                                         "no claim on: " +
                                         key_phrase(*each) + "; nothing was changed",
                                     "name", "name_taken"};
                return;
            }
        if (!lifetime_is_possible()) return;
        out_.previous_id = row().id;
        for (const AccessKeyRow& each : seen().rows) {
            if (each.id == row().id || keys_.is_lost_own_key(each)) continue;
            const auto number = keys_.family_number(each);
            const bool in_the_way = number && keys_.dead(each) && (dead || *number == 0);
            if (in_the_way || keys_.recorded_as_ours(each)) remove(each);
        }
        remove(row());
        if (!dead)
            out_.warnings.push_back("a live access key is replaced: " + key_phrase(row()) +
                                    "; its secret stops working at once");
        create(0);
    }

    void rotate() {
        if (!lifetime_is_possible()) return;
        out_.rotates = true;
        out_.previous_id = row().id;
        if (draft_.lost_successor != nullptr) remove(*draft_.lost_successor);
        const std::uint32_t highest = keys_.highest_number();
        const bool renamed = !keys_.family_number(row());
        const bool free =
            std::none_of(seen().rows.begin(), seen().rows.end(), [&](const AccessKeyRow& each) {
                return keys_.family_number(each).has_value();
            });
        create(renamed && free ? 0 : highest + 1);
        for (const AccessKeyRow* older : keys_.predecessors(row()))
            out_.actions.push_back({ActionKind::retire, older->name, older->id});
        out_.predecessors = {as_predecessor(row())};
    }

    bool makes_a_key() const {
        return std::any_of(out_.actions.begin(), out_.actions.end(),
                           [](const Action& action) { return action.kind == ActionKind::create; });
    }

    /// If no key is made: decides which predecessors are deleted now.
    void retire() {
        if (!out_.current || makes_a_key() || is_dead(out_.reason)) return;
        for (const AccessKeyRow* each : keys_.predecessors(row())) {
            if (may_retire(*each))
                out_.actions.push_back({ActionKind::retire, each->name, each->id});
            else
                out_.predecessors.push_back(as_predecessor(*each));
        }
        warn_of_others();
    }

    bool may_retire(const AccessKeyRow& old) {
        if (settled_.blocked || out_.secret_state != SecretState::good) return false;
        if (keys_.dead(old)) return time_is_known();
        if (!time_is_known() || keys_.now() < retirement_time(desired_, row())) return false;
        if (desired_.retire == Retire::on_time || successor_is_used()) return true;
        const Timestamp since = old_use_counts_from();
        const bool old_is_used = old.last_used && *old.last_used > since;
        if (old_is_used)
            out_.warnings.push_back("still using the old key: " + key_phrase(old) +
                                    " stays until " +
                                    (desired_.secret_file ? "its successor is used"
                                                          : "it was not used for one overlap"));
        return !old_is_used;
    }

    /// Only uses of the old key after this time count. With secret_file it is the creation of the
    /// new key. Without it no record tells a run's own tries from real uses of the new key. So the
    /// old key must be unused for one overlap, and for at least 5 minutes.
    Timestamp old_use_counts_from() const {
        if (desired_.secret_file) return row().created;
        const std::int64_t overlap = desired_.overlap ? desired_.overlap->seconds() : 0;
        return std::max(row().created, keys_.now().plus_seconds(-std::max(overlap, fresh_seconds)));
    }

    /// A run's own tries do not count as use.
    bool successor_is_used() const {
        if (row().never_used()) return false;
        const auto& tried = held_by_record() ? seen().record->tried : seen().current.tried.at;
        return !tried || *row().last_used > tried->plus_seconds(1);
    }

    void warn_of_others() {
        if (!desired_.has_holder()) return;
        const auto ours = keys_.predecessors(row());
        for (const AccessKeyRow* each : draft_.live_family) {
            if (each->id == row().id ||
                std::find(ours.begin(), ours.end(), keys_.row(each->id)) != ours.end())
                continue;
            out_.warnings.push_back("another live key of this name is left alone: " +
                                    key_phrase(*each));
        }
    }

    void attributes() {
        if (!desired_.secret_file || settled_.handed_over || makes_a_key() || settled_.blocked ||
            out_.refusal || seen().file.kind != Copy::Kind::secret || seen().attributes.empty())
            return;
        out_.actions.push_back({ActionKind::set_attributes, desired_.name.text()});
        for (const auto& each : seen().attributes)
            out_.changes.push_back({each.attribute, each.before, each.after});
    }

    void keep_record() {
        if (!desired_.secret_file || !out_.current || makes_a_key() || settled_.blocked) return;
        if (out_.secret_state != SecretState::good) return;
        Record record = record_for(desired_, seen(), row(), seen().file.tried.at);
        if (desired_.keepers && !record.keepers) record.keepers = desired_.keepers;
        std::erase_if(record.predecessors,
                      [&](const Predecessor& each) { return keys_.row(each.id) == nullptr; });
        const bool quiet = out_.actions.empty() && !out_.refusal && desired_.named && !desired_.id;
        if (record.quiet_runs_due > 0 && quiet && record.name == desired_.name.text() &&
            record.user == desired_.user)
            --record.quiet_runs_due;
        if (!seen().record || record != *seen().record || seen().record_mended ||
            !settled_.actions.empty())
            out_.record = std::move(record);
    }

    /// Whether the plan deletes a row because it is dead and the server has not confirmed that yet.
    bool deletes_unconfirmed() const {
        if (seen().live_ids) return false;
        if (is_dead(out_.reason)) return true;
        return std::any_of(out_.actions.begin(), out_.actions.end(), [&](const Action& action) {
            if (action.kind != ActionKind::remove && action.kind != ActionKind::retire)
                return false;
            const AccessKeyRow* target = keys_.row(*action.id);
            return target != nullptr && keys_.dead(*target).has_value();
        });
    }

    void finish() {
        if (deletes_unconfirmed()) out_.need = Need::live_listing;
        for (const AccessKeyRow* each : draft_.live_family)
            out_.live.push_back(each->id);
        if (out_.current && !keys_.dead(row()) && !keys_.family_number(row()))
            out_.live.push_back(row().id);
        keep_record();
        out_.intents = settled_.blocked ? seen().intents : open_intents(keys_, !makes_a_key());
        plan_next_action();
        explain(desired_, out_, seen().rows);
    }

    void plan_next_action() {
        if (!out_.current || is_dead(out_.reason)) return;
        if (makes_a_key()) return; // it depends on the new key
        out_.next_action_at = next_action(desired_, row(), !out_.predecessors.empty(), keys_.now());
    }

    PlanDraft draft_;
    const Desired& desired_;
    const Settled& settled_;
    const ObservedKeys& keys_;
    Plan& out_;
};

} // namespace

namespace {

/// The refusal if a former name is asked for again before a renaming has settled. Then two tasks
/// take turns with one file, and each would delete the other's live key.
std::optional<Plan> shared_by_two_tasks(const Desired& desired, const Observed& seen) {
    const ObservedKeys keys(desired, seen);
    const AccessKeyRow* recorded = keys.recorded();
    if (!desired.secret_file || !desired.named || desired.id || recorded == nullptr ||
        keys.dead(*recorded) || seen.record->quiet_runs_due == 0)
        return std::nullopt;
    const FormerName wanted{desired.name.text(), desired.user};
    const auto& former = seen.record->former;
    if (std::find(former.begin(), former.end(), wanted) == former.end()) return std::nullopt;
    Plan out;
    out.reasons = {out.reason};
    out.intents = seen.intents;
    out.record = seen.record;
    out.record->quiet_runs_due = quiet_runs_after_refusal;
    out.refusal =
        Error{Code::conflict,
              "secret_file: keeps " + key_phrase(*recorded) + " since a task renamed it from " +
                  in_quotes(wanted.name) + " of user " + in_quotes(wanted.user) +
                  ", which this task asks for again: two tasks with one file would delete each "
                  "other's key in turn, so nothing was changed; give " +
                  in_quotes(wanted.name) + " and " + in_quotes(seen.record->name) + " a file each",
              "secret_file", "file_shared_by_two_tasks"};
    return out;
}

} // namespace

Plan plan_access_key(const Desired& desired, const Observed& observed) {
    Settled settled = settle(desired, observed);
    if (settled.refusal) {
        Plan out;
        out.refusal = std::move(settled.refusal);
        out.reasons = {out.reason};
        out.intents = observed.intents;
        return out;
    }
    if (desired.state == State::absent) return plan_absent(desired, observed);
    if (auto shared = shared_by_two_tasks(desired, observed)) return std::move(*shared);
    if (settled.need != Need::nothing) {
        Plan out;
        out.need = settled.need;
        out.reasons = {out.reason};
        out.intents = observed.intents;
        return out;
    }
    // A renaming ended before its record was written, so the file still holds the old key's secret.
    if (settled.handed_over)
        if (auto shared = shared_by_two_tasks(desired, settled.seen())) {
            shared->record.reset();
            shared->intents = observed.intents;
            return std::move(*shared);
        }
    return Planner(desired, settled).make_plan();
}

} // namespace infrastate::plan
