// SPDX-License-Identifier: Apache-2.0
#include "words.h"

#include "observed_keys.h"

#include "infrastate/types/text.h"

#include <algorithm>

namespace infrastate::plan {
namespace {

std::string change_phrase(const std::vector<Change>& changes) {
    std::string out;
    for (const Change& change : changes) {
        if (!out.empty()) out += ", ";
        out += change.attribute + " is " + change.before.value_or("not limited") +
               " and should be " + change.after.value_or("not limited");
    }
    return out;
}

/// The parameter that would allow what the policy forbids.
std::string remedy(const Desired& desired, Reason reason) {
    if (reason == Reason::expired || reason == Reason::inactive) return "set recreate: dead";
    if (reason != Reason::unheld) return "set recreate: state_change";
    std::string out = "give its secret in ";
    out += desired.secret_file ? "secret_file or current_secret" : "current_secret";
    out += ", choose another name, or set adopt: replace";
    if (desired.recreate == Recreate::never || desired.recreate == Recreate::dead)
        out += " with recreate: state_change";
    return out + " (its secret stops working then)";
}

bool has(const Plan& plan, ActionKind kind) {
    return std::any_of(plan.actions.begin(), plan.actions.end(),
                       [kind](const Action& action) { return action.kind == kind; });
}

std::string id_phrase(const Desired& desired) {
    return "the access key with id " + desired.id->text() + " of user " + in_quotes(desired.user);
}

struct Tense {
    std::string to_do, done;
};

/// The keys that actions of these kinds delete, as the server lists them.
std::vector<std::string> deleted_keys(const Plan& plan, const std::vector<AccessKeyRow>& rows,
                                      std::initializer_list<ActionKind> kinds) {
    std::vector<std::string> out;
    for (const Action& action : plan.actions) {
        if (std::find(kinds.begin(), kinds.end(), action.kind) == kinds.end()) continue;
        for (const AccessKeyRow& row : rows)
            if (action.id == row.id) out.push_back(key_phrase(row));
    }
    return out;
}

Tense absent_clause(const Desired& desired, const Plan& plan,
                    const std::vector<AccessKeyRow>& rows) {
    const auto gone = deleted_keys(plan, rows, {ActionKind::remove, ActionKind::collect});
    if (gone.empty()) {
        const std::string same = (desired.id ? id_phrase(desired) : key_phrase(desired)) +
                                 " does not exist, as described";
        return {same, same};
    }
    const std::string count = std::to_string(gone.size()) + " access keys ";
    if (gone.size() > 1)
        return {count + "exist and are to be deleted: " + joined(gone),
                count + "existed and were deleted: " + joined(gone)};
    return {"access key " + gone.front() + " exists and is to be deleted",
            "access key " + gone.front() + " existed and was deleted"};
}

Tense main_clause(const Desired& desired, const Plan& plan, const std::vector<AccessKeyRow>& rows) {
    if (desired.state == State::absent) return absent_clause(desired, plan, rows);
    std::string key = key_phrase(desired);
    if (!has(plan, ActionKind::create)) {
        std::string same = std::move(key);
        same.append(" ").append(reason_phrase(desired, plan));
        return {same, same};
    }
    if (plan.reason == Reason::absent)
        return {key + " does not exist and is to be created",
                key + " did not exist and was created"};
    if (plan.reason == Reason::ok)
        return {key + " is to be replaced in every run (recreate: always)",
                key + " was replaced, as in every run (recreate: always)"};
    const std::string why = key + " " + reason_phrase(desired, plan);
    if (plan.rotates)
        return {why + ": a new key is to be made beside it",
                why + ": a new key was made beside it"};
    return {why + ": it is to be replaced", why + ": it was replaced"};
}

void add(Tense& sentence, const Plan& plan, ActionKind kind, std::string_view to_do,
         std::string_view done) {
    if (!has(plan, kind)) return;
    sentence.to_do += "; " + std::string(to_do);
    sentence.done += "; " + std::string(done);
}

/// The same for an action that deletes keys: the keys are named.
void add_deleted(Tense& sentence, const Plan& plan, const std::vector<AccessKeyRow>& rows,
                 ActionKind kind, std::string_view to_do, std::string_view done) {
    if (!has(plan, kind)) return;
    const std::string keys = joined(deleted_keys(plan, rows, {kind}));
    add(sentence, plan, kind, std::string(to_do) + ": " + keys, std::string(done) + ": " + keys);
}

/// What the plan's actions will do, and the same in the past tense.
Tense sentence(const Desired& desired, const Plan& plan, const std::vector<AccessKeyRow>& rows) {
    Tense out = main_clause(desired, plan, rows);
    if (plan.actions.empty()) return out;
    add(out, plan, ActionKind::hand_over,
        "the new secret of an unfinished run is to be put in place",
        "the new secret of an unfinished run was put in place");
    add(out, plan, ActionKind::store, "current_secret is to be stored in secret_file",
        "current_secret was stored in secret_file");
    if (desired.state == State::present) {
        add_deleted(out, plan, rows, ActionKind::remove, "to be deleted", "deleted");
        add_deleted(out, plan, rows, ActionKind::collect,
                    "a key that an unfinished run made is to be deleted",
                    "a key that an unfinished run made was deleted");
        add_deleted(out, plan, rows, ActionKind::retire, "a predecessor is to be deleted",
                    "a predecessor was deleted");
    }
    add(out, plan, ActionKind::set_attributes, "mode, owner or group of secret_file are to be set",
        "mode, owner or group of secret_file were set");
    add(out, plan, ActionKind::remove_file, "secret_file is to be deleted",
        "secret_file was deleted");
    return out;
}

/// The plan's actions as an imperative: "replace ... and set ...".
std::string order(const Desired& desired, const Plan& plan) {
    if (plan.actions.empty()) return {};
    const std::string key = key_phrase(desired);
    std::vector<std::string> orders;
    const auto add_order = [&](ActionKind kind, const std::string& text) {
        if (has(plan, kind)) orders.push_back(text);
    };
    const auto deleted =
        std::count_if(plan.actions.begin(), plan.actions.end(), [](const Action& action) {
            return action.kind == ActionKind::remove || action.kind == ActionKind::collect;
        });
    const bool is_absent = desired.state == State::absent;
    if (is_absent && deleted > 1)
        orders.push_back("delete " + std::to_string(deleted) + " keys of " + key);
    else if (is_absent && deleted == 1)
        orders.push_back("delete " + key);
    if (has(plan, ActionKind::create))
        orders.push_back((plan.rotates                    ? "rotate "
                          : has(plan, ActionKind::remove) ? "replace "
                                                          : "create ") +
                         key);
    add_order(ActionKind::hand_over, "put the new secret of " + key + " in place");
    add_order(ActionKind::store, "store the secret of " + key);
    if (!is_absent) {
        if (!has(plan, ActionKind::create))
            add_order(ActionKind::remove, "delete dead keys of " + key);
        add_order(ActionKind::collect, "delete what an unfinished run made of " + key);
        add_order(ActionKind::retire, "delete the predecessor of " + key);
    }
    add_order(ActionKind::set_attributes, "set mode, owner or group of secret_file");
    add_order(ActionKind::remove_file, "delete secret_file");
    std::string out;
    for (std::size_t i = 0; i < orders.size(); ++i)
        out += (i == 0 ? "" : i + 1 == orders.size() ? " and " : ", ") + orders[i];
    return out;
}

} // namespace

std::string key_phrase(const Desired& desired) {
    if (!desired.named) return id_phrase(desired);
    std::string out;
    out.reserve(80); // the sentence goes on
    out.append("access key ").append(in_quotes(desired.name.text()));
    return out.append(" of user ").append(in_quotes(desired.user));
}

std::string key_phrase(const AccessKeyRow& row) {
    return in_quotes(row.name) + " of user " + in_quotes(row.user_name) + " (" + row_phrase(row) +
           ")";
}

std::string some_of(const std::vector<std::string>& complaints) {
    constexpr std::size_t most_named = 5;
    std::string out;
    for (std::size_t i = 0; i < std::min(complaints.size(), most_named); ++i)
        out += (i == 0 ? "" : "; ") + complaints[i];
    if (complaints.size() > most_named)
        out += "; and " + std::to_string(complaints.size() - most_named) + " more";
    return out;
}

std::string row_phrase(const AccessKeyRow& row) {
    const std::string used =
        row.never_used() ? std::string("never used") : "last used " + row.last_used->text();
    return "id " + row.id.text() + ", created " + row.created.text() + ", " + used;
}

std::string reason_phrase(const Desired& desired, const Plan& plan) {
    const AccessKeyRow* row = plan.current ? &*plan.current : nullptr;
    switch (plan.reason) {
    case Reason::expired:
        return "expired at " + row->expires->text();
    case Reason::inactive:
        return "was not used before its inactivity deadline " + row->inactivity_deadline->text();
    case Reason::drifted:
        return "differs: " + change_phrase(plan.changes);
    case Reason::absent:
        return "does not exist";
    case Reason::unheld:
        return desired.secret_file
                   ? "lives, but its secret is not in secret_file and nothing beside that file "
                     "says that it was made from here"
                   : "lives, but current_secret is not its secret";
    case Reason::secret_rejected:
        return "lives, but the server does not accept the secret in secret_file";
    case Reason::secret_missing:
        return desired.secret_file ? "lives, but its secret is not in secret_file any more"
                                   : "lives, but its secret is not in current_secret";
    case Reason::rotation_due:
        return "is due for rotation: " + change_phrase(plan.changes);
    case Reason::expiring:
        return "expires at " + row->expires->text() + ", which is within renew_before";
    case Reason::ok:
        break;
    }
    return "is as described";
}

Error policy_refusal(const Desired& desired, const Plan& plan) {
    const std::string stopped = plan.reason == Reason::unheld
                                    ? std::string("adopt: never")
                                    : "recreate: " + std::string(name(desired.recreate));
    return Error{
        Code::refused,
        key_phrase(desired) + " " + reason_phrase(desired, plan) + " (" +
            row_phrase(*plan.current) + "), and " + stopped + " does not allow replacing it; " +
            remedy(desired, plan.reason) + (plan.reason == Reason::unheld ? "" : " to allow it"),
        plan.reason == Reason::unheld ? "adopt" : "recreate", std::string(name(plan.reason))};
}

void explain(const Desired& desired, Plan& plan, const std::vector<AccessKeyRow>& rows) {
    plan.summary = order(desired, plan);
    plan.explanation = sentence(desired, plan, rows).to_do;
}

std::string told(const Desired& desired, const Plan& plan, const std::vector<Action>& done,
                 const std::vector<AccessKeyRow>& rows) {
    Plan carried_out = plan;
    carried_out.actions = done;
    return sentence(desired, carried_out, rows).done;
}

} // namespace infrastate::plan
