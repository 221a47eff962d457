// SPDX-License-Identifier: Apache-2.0
#include "drift.h"

#include "infrastate/plan/access_key.h"

#include <algorithm>

namespace infrastate::plan {
namespace {

std::string quoted(const std::string& text) {
    return "'" + text + "'";
}

std::string key_phrase(const Desired& desired) {
    return "access key " + quoted(desired.name.text()) + " of user " + quoted(desired.user);
}

std::string used_phrase(const AccessKeyRow& row) {
    if (!row.last_used || *row.last_used <= row.created) return "never used";
    return "last used " + row.last_used->text();
}

/// "id 2vc1Eb8jQ27, created 2026-11-23T01:56:35Z, never used"
std::string row_phrase(const AccessKeyRow& row) {
    return "id " + row.id.text() + ", created " + row.created.text() + ", " + used_phrase(row);
}

std::string change_phrase(const std::vector<Change>& changes) {
    std::string out;
    for (const Change& change : changes) {
        if (!out.empty()) out += ", ";
        out += change.attribute + " is " + change.before.value_or("not limited") +
               " and should be " + change.after.value_or("not limited");
    }
    return out;
}

/// Why the row is not good enough, as the second half of a sentence.
std::string reason_phrase(Reason reason, const AccessKeyRow& row,
                          const std::vector<Change>& changes) {
    switch (reason) {
    case Reason::expired:
        return "expired at " + row.expires->text();
    case Reason::inactive:
        return "was not used before its inactivity deadline " + row.inactivity_deadline->text();
    case Reason::drifted:
        return "differs: " + change_phrase(changes);
    case Reason::absent:
        return "does not exist";
    case Reason::ok:
        break;
    }
    return "is as described";
}

std::vector<Change> creation_changes(const Desired& desired) {
    std::vector<Change> out;
    out.push_back({"state", "absent", "present"});
    out.push_back({"name", std::nullopt, desired.name.text()});
    out.push_back({"user", std::nullopt, desired.user});
    if (desired.expires_at)
        out.push_back({"expires_at", std::nullopt, desired.expires_at->text()});
    else
        out.push_back(
            {"expires_in", std::nullopt, desired.expires_in.value_or(default_expires_in()).text()});
    out.push_back({"inactivity_timeout", std::nullopt,
                   desired.inactivity_timeout.value_or(default_inactivity_timeout()).text()});
    return out;
}

/// The parameter that would allow what the policy forbids.
std::string_view remedy(Reason reason) noexcept {
    return reason == Reason::drifted ? "recreate: state_change" : "recreate: dead";
}

Error refusal(const Desired& desired, const Plan& plan) {
    const AccessKeyRow& row = *plan.current;
    return Error{Code::refused,
                 key_phrase(desired) + " " + reason_phrase(plan.reason, row, plan.changes) + " (" +
                     row_phrase(row) + "), and recreate: " + std::string(name(desired.recreate)) +
                     " does not allow replacing it; set " + std::string(remedy(plan.reason)) +
                     " to allow it",
                 "recreate", std::string(name(plan.reason))};
}

/// Who is dead once the server had its say; `unsettled` where it still must be asked.
struct Verdict {
    std::optional<Reason> dead;
    bool unsettled = false;
};

Verdict verdict(const AccessKeyRow& row, const Observed& observed) {
    const auto by_clock = dead_by_clock(row, observed.time.now);
    if (!by_clock) return {};
    if (!observed.live_ids) return {by_clock, true};
    if (observed.live_ids->contains(row.id)) return {};
    return {by_clock, false};
}

const AccessKeyRow* exact_row(const Desired& desired, const Observed& observed) {
    for (const AccessKeyRow& row : observed.rows)
        if (row.name == desired.name.text()) return &row;
    return nullptr;
}

Plan plan_absent(const Desired& desired, const Observed& observed) {
    Plan out;
    std::size_t live = 0;
    for (const AccessKeyRow& row : observed.rows) {
        out.actions.push_back({ActionKind::remove, row.name, row.id});
        if (dead_by_clock(row, observed.time.now)) continue;
        ++live;
        out.warnings.push_back("a live access key is deleted: " + quoted(row.name) + " of user " +
                               quoted(desired.user) + " (" + row_phrase(row) + ")");
    }
    if (observed.rows.empty()) {
        out.reason = Reason::absent;
        out.explanation = key_phrase(desired) + " does not exist, as described";
    } else {
        const AccessKeyRow* exact = exact_row(desired, observed);
        out.current = exact != nullptr ? *exact : observed.rows.front();
        out.reason = dead_by_clock(*out.current, observed.time.now).value_or(Reason::ok);
        out.changes.push_back({"state", "present", "absent"});
        out.explanation = key_phrase(desired) +
                          " exists and is to be deleted: " + std::to_string(live) + " live and " +
                          std::to_string(observed.rows.size() - live) + " dead";
    }
    out.reasons = {out.reason};
    return out;
}

void plan_replacement(const Desired& desired, Plan& out) {
    const AccessKeyRow& row = *out.current;
    const bool live = out.reason != Reason::expired && out.reason != Reason::inactive;
    if (live)
        out.warnings.push_back("a live access key is replaced: " + quoted(row.name) + " of user " +
                               quoted(desired.user) + " (" + row_phrase(row) +
                               "); its secret stops working at once");
    out.actions.push_back({ActionKind::remove, row.name, row.id});
    out.actions.push_back({ActionKind::create, desired.name.text()});
    const std::string why =
        out.reason == Reason::ok
            ? "is to be replaced in every run (recreate: always)"
            : reason_phrase(out.reason, row, out.changes) + ": it is to be replaced";
    out.explanation = key_phrase(desired) + " " + why;
}

} // namespace

Duration default_expires_in() {
    return Duration::from_seconds(8766 * 3600);
}
Duration default_inactivity_timeout() {
    return Duration::from_seconds(72 * 3600);
}

std::optional<Reason> dead_by_clock(const AccessKeyRow& row, Timestamp now) noexcept {
    if (row.expires && now >= *row.expires) return Reason::expired;
    if (row.inactivity_deadline && now >= *row.inactivity_deadline) return Reason::inactive;
    return std::nullopt;
}

Result<Lifetime> lifetime_to_ask(const Desired& desired, Timestamp now) {
    const Duration inactivity = desired.inactivity_timeout.value_or(default_inactivity_timeout());
    if (!desired.expires_at)
        return Lifetime{desired.expires_in.value_or(default_expires_in()), inactivity};
    const std::int64_t seconds = desired.expires_at->seconds_since(now);
    if (seconds <= 0)
        return argument_error("expires_at", "expires_at: " + desired.expires_at->text() +
                                                " is not in the future (the server's time is " +
                                                now.text() +
                                                "), so no access key can be made with it");
    constexpr std::int64_t most_seconds = 9'223'372'036;
    if (seconds > most_seconds)
        return argument_error("expires_at", "expires_at: " + desired.expires_at->text() +
                                                " is more than 292 years ahead, which Infra cannot "
                                                "keep");
    return Lifetime{Duration::from_seconds(seconds), inactivity};
}

Plan plan_access_key(const Desired& desired, const Observed& observed) {
    if (desired.state == State::absent) return plan_absent(desired, observed);

    Plan out;
    const AccessKeyRow* row = exact_row(desired, observed);
    if (row == nullptr) {
        out.reason = Reason::absent;
        out.reasons = {Reason::absent};
    } else {
        out.current = *row;
        const Verdict judged = verdict(*row, observed);
        out.needs_confirmation = judged.unsettled;
        if (judged.dead) out.reasons.push_back(*judged.dead);
        out.changes = drift(desired, *row);
        if (!out.changes.empty()) out.reasons.push_back(Reason::drifted);
        if (out.reasons.empty()) out.reasons.push_back(Reason::ok);
        out.reason = out.reasons.front();
        if (judged.dead && !judged.unsettled && !observed.time.exact) {
            out.refusal = Error{Code::server,
                                key_phrase(desired) +
                                    " seems to be dead, but the server's answers carry no "
                                    "current Date header, and no key is deleted on the word of "
                                    "this machine's clock; look at the proxy in front of Infra",
                                {},
                                "no_server_time"};
            return out;
        }
    }

    switch (decide(desired.recreate, out.reason)) {
    case Decision::none:
        out.explanation = key_phrase(desired) + " is as described";
        break;
    case Decision::create:
        out.changes = creation_changes(desired);
        out.actions.push_back({ActionKind::create, desired.name.text()});
        out.explanation = key_phrase(desired) + " does not exist and is to be created";
        break;
    case Decision::replace:
        plan_replacement(desired, out);
        break;
    case Decision::fail:
        out.refusal = refusal(desired, out);
        break;
    }
    if (out.actions.empty() || out.refusal) return out;

    // What would be asked for must be possible before anything is deleted.
    const auto lifetime = lifetime_to_ask(desired, observed.time.now);
    if (!lifetime) {
        out.refusal = lifetime.error();
        out.actions.clear();
    }
    return out;
}

} // namespace infrastate::plan
