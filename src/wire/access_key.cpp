// SPDX-License-Identifier: Apache-2.0
#include "infrastate/wire/access_key.h"

#include "key_value.h"

#include "infrastate/wire/result.h"

#include <algorithm>
#include <utility>

namespace infrastate::wire {
namespace {

using plan::ActionKind;

template <class Items, class ToValue>
Value list_of(const Items& items, const ToValue& to_value) {
    Value out = Value::array();
    for (const auto& each : items)
        out.push(Value(to_value(each)));
    return out;
}

Value predecessor_list(const std::vector<Predecessor>& predecessors) {
    return list_of(predecessors, [](const Predecessor& each) {
        return Value::object({{"id", each.id.text()}, {"name", each.name}, {"user", each.user}});
    });
}

/// A key in a diff: its id, and the attributes that a caller can describe.
Value described(const AccessKeyRow& row, const std::optional<AskedFor>& asked) {
    return Value::object({{"state", "present"},
                          {"name", row.name},
                          {"user", row.user_name},
                          {"id", row.id.text()},
                          {"expires_at", time_or_null(row.expires)},
                          {"expires_in", lifetime_or_null(row, asked)},
                          {"inactivity_timeout", extension_or_null(row, asked)}});
}

const plan::Action* find_action(const plan::Plan& plan, ActionKind kind) {
    const auto at = std::find_if(plan.actions.begin(), plan.actions.end(),
                                 [&](const plan::Action& action) { return action.kind == kind; });
    return at == plan.actions.end() ? nullptr : &*at;
}

/// Both sides of a diff. They are made from the plan alone, so check mode and the real run show the
/// same.
class Diff {
public:
    explicit Diff(const plan::Plan& plan) : plan_(plan) {}

    Value value() {
        before_ = plan_.current ? described(*plan_.current, plan_.asked)
                                : Value::object({{"state", "absent"}});
        after_ = before_;
        if (const plan::Action* create = find_action(plan_, ActionKind::create))
            show_new_key(*create);
        else if (find_action(plan_, ActionKind::remove) != nullptr)
            after_ = Value::object({{"state", "absent"}});
        show_changes();
        show_secret();
        show_other_keys();
        return Value::object({{"before", std::move(before_)}, {"after", std::move(after_)}});
    }

private:
    /// Leaves out what the server chooses, because it is not known yet.
    void show_new_key(const plan::Action& create) {
        after_.set("state", "present");
        after_.set("name", create.name);
        after_.erase("id");
        after_.erase("expires_in");
        after_.erase("expires_at");
        if (!plan_.asks) return;
        if (plan_.asks->expires_in) after_.set("expires_in", plan_.asks->expires_in->text());
        if (plan_.asks->expires_at) after_.set("expires_at", plan_.asks->expires_at->text());
        if (plan_.asks->inactivity_timeout)
            after_.set("inactivity_timeout", plan_.asks->inactivity_timeout->text());
    }

    void show_changes() {
        for (const plan::Change& change : plan_.changes) {
            // Attributes that a listed key does not have, like a file's mode, stand only in the
            // change.
            if (before_.find(change.attribute) == nullptr && change.before)
                before_.set(change.attribute, *change.before);
            after_.set(change.attribute, change.after ? Value(*change.after) : Value());
        }
        if (find_action(plan_, ActionKind::remove_file) != nullptr) {
            before_.set("secret_file", "present");
            after_.set("secret_file", "absent");
        }
    }

    void show_secret() {
        if (plan_.secret_state == plan::SecretState::not_kept) return;
        const bool stored = find_action(plan_, ActionKind::create) != nullptr ||
                            find_action(plan_, ActionKind::hand_over) != nullptr ||
                            find_action(plan_, ActionKind::store) != nullptr;
        const std::string_view was = plan::name(plan_.secret_state);
        before_.set("secret_state", was);
        after_.set("secret_state", stored ? plan::name(plan::SecretState::good) : was);
    }

    /// Whether the action deletes another key than the described one: an old key of an overlap, or
    /// a lost key.
    bool deletes_another(const plan::Action& action) const {
        const bool deletes = action.kind == ActionKind::remove ||
                             action.kind == ActionKind::retire ||
                             action.kind == ActionKind::collect;
        return deletes && action.id && !(plan_.current && *action.id == plan_.current->id);
    }

    void show_other_keys() {
        Value gone = Value::array();
        for (const plan::Action& action : plan_.actions)
            if (deletes_another(action)) gone.push(action.name + " (id " + action.id->text() + ")");
        if (gone.items().empty()) return;
        before_.set("other_keys", std::move(gone));
        after_.set("other_keys", Value::array());
    }

    const plan::Plan& plan_;
    Value before_, after_;
};

} // namespace

Value access_key_result(reconcile::Report report) {
    if (report.error && report.plan.reasons.empty()) {
        // Nothing was planned, so there is neither a reason nor a difference.
        Value out = failed_result(*report.error, *schema::find_resource("access_key"));
        *out.find("warnings") = text_list(report.warnings);
        return out;
    }
    // A run that failed before it changed anything shows no difference.
    const bool failed_early = report.error && !report.changed;
    const plan::Plan& plan = report.plan;
    Value out = Value::object(
        {{"ok", !report.error.has_value()},
         {"code", code_name(report.error ? report.error->code : Code::ok)},
         {"outcome", outcome_name(report.outcome)},
         {"changed", report.changed},
         {"reason", plan::name(plan.reason)},
         {"reasons", list_of(plan.reasons, [](plan::Reason each) { return plan::name(each); })},
         // Plain words, so that a play can test `'create' in result.actions`.
         {"actions",
          list_of(report.actions, [](const plan::Action& each) { return plan::name(each.kind); })},
         {"summary", plan.summary.empty() ? Value() : Value(plan.summary)},
         {"explanation", report.explanation.empty() ? Value() : Value(report.explanation)},
         {"resource", report.key ? key_value(*report.key, report.asked, report.time) : Value()},
         {"secret", report.secret ? Value(report.secret->reveal()) : Value()},
         {"secret_known", report.secret.has_value()},
         {"secret_state", plan::name(report.secret_state)},
         {"secret_changed", report.secret_changed},
         {"previous_id", id_or_null(report.previous_id)},
         {"next_action_at", time_or_null(report.next_action_at)},
         {"predecessors", predecessor_list(report.predecessors)},
         {"live_keys", list_of(report.live_keys, [](const ServerId& id) { return id.text(); })},
         {"diff", failed_early ? Value() : Diff(plan).value()},
         {"warnings", text_list(report.warnings)}});
    if (report.error) out.set("error", error_value(*report.error));
    return out;
}

} // namespace infrastate::wire
