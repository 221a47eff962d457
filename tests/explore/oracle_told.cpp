// SPDX-License-Identifier: Apache-2.0
// The rules about what a run learns from its task, the record and the server, and what it shows of
// it. Part of Player.
#include "family.h"
#include "player.h"

#include "infrastate/wire/access_key.h"

#include <algorithm>
#include <utility>

namespace infrastate::explore {
namespace {

using plan::Desired;
using plan::State;

/// The result as a caller gets it, without the secret.
Value result_of(const reconcile::Report& report) {
    reconcile::Report out;
    out.plan = report.plan;
    out.actions = report.actions;
    out.changed = report.changed;
    out.key = report.key;
    out.asked = report.asked;
    out.time = report.time;
    return wire::access_key_result(std::move(out));
}

std::string shown(const Value& result, const char* where, const char* side, const char* member) {
    const Value* found = result.find(where);
    if (side != nullptr && found != nullptr && found->is_object()) found = found->find(side);
    if (found != nullptr && found->is_object()) found = found->find(member);
    return found != nullptr && found->is_string() ? found->string() : "nothing";
}

} // namespace

/// The result names the keys that the run has deleted.
void Player::verify_words(const RunResult& result) {
    const reconcile::Report& report = result.report;
    std::string words = report.explanation + (report.error ? report.error->message : "");
    for (const std::string& warning : report.warnings)
        words += " " + warning;
    for (const ServerChange& change : result.changes) {
        constexpr std::size_t shown_whole = 60;
        if (change.made || !change.was_live || change.key.name.size() > shown_whole) continue;
        const bool lost = std::any_of(report.actions.begin(), report.actions.end(),
                                      [&](const plan::Action& action) {
                                          return action.kind == plan::ActionKind::collect &&
                                                 action.id && action.id->text() == change.key.id;
                                      });
        if (lost || words.find("'" + change.key.name + "'") != std::string::npos) continue;
        violate("says-what-it-deletes", "run " + std::to_string(result.run) + " deletes " +
                                            Server::text(change.key) + " and says \"" + words +
                                            "\"");
    }
}

/// The result shows what a key was asked for, as long as the record names the key.
void Player::verify_asked(const RunResult& result) {
    const Desired& desired = result.desired;
    const reconcile::Report& report = result.report;
    auto known = asked_.find(result.identity);
    const bool named = known != asked_.end() && result.record &&
                       result.record->id == known->second.first && result.alone &&
                       !damaged_.contains(result.identity);
    if (known != asked_.end() && !named) known = asked_.erase(known), known = asked_.end();
    std::optional<Value> value; // made only when it is needed
    const auto oracle = [&](const AskedFor& asked, const char* where, const char* side,
                            const std::string& what) {
        if (!value) value = result_of(report);
        const auto wanted = [&](const char* member, const std::optional<Duration>& span) {
            const std::string found = shown(*value, where, side, member);
            if (span && found != span->text())
                violate("shows-what-was-asked", "run " + std::to_string(result.run) + " shows " +
                                                    member + " " + found + " of " + what +
                                                    ", and " + span->text() + " was asked for");
        };
        wanted("expires_in", asked.expires_in);
        wanted("inactivity_timeout", asked.inactivity_timeout);
    };
    const bool old_one = known != asked_.end() && report.plan.current &&
                         report.plan.current->id.text() == known->second.first;
    if (old_one && !report.error && desired.state == State::present) {
        note(Situation::asked_as_shown);
        oracle(known->second.second, "diff", "before", "the key that is there");
        if (report.key && report.key->id.text() == known->second.first)
            oracle(known->second.second, "resource", nullptr, "the key that is there");
    }
    for (const ServerChange& change : result.changes) {
        if (!change.made || !report.key || report.key->id.text() != change.key.id) continue;
        AskedFor asked;
        if (!desired.expires_at)
            asked.expires_in = desired.expires_in.value_or(plan::default_expires_in());
        asked.inactivity_timeout =
            desired.inactivity_timeout.value_or(plan::default_inactivity_timeout());
        if (!report.error) {
            oracle(asked, "resource", nullptr, "the new key");
            oracle(asked, "diff", "after", "the new key");
        }
        if (desired.secret_file) asked_[result.identity] = {change.key.id, asked};
    }
}

/// "now" is the server's time of the run's first listing, and an older key is replaced.
void Player::verify_now(const RunResult& result) {
    const Desired& desired = result.desired;
    const reconcile::Report& report = result.report;
    if (!desired.rotate_now || desired.state == State::absent || report.error || result.struck ||
        !result.alone || desired.id || !result.first_listing || !report.key)
        return;
    const bool allowed = desired.recreate == plan::Recreate::state_change ||
                         desired.recreate == plan::Recreate::always;
    if (!allowed || report.secret_state == plan::SecretState::unverified) return;
    // A caller's store may be getting a successor's secret just now.
    if (!desired.secret_file && desired.overlap) return;
    note(Situation::rotated_now);
    const Key* const key = server_.find(report.key->id.text());
    if (key != nullptr && key->created / 1000 < result.first_date)
        violate("rotates-now", "run " + std::to_string(result.run) +
                                   " is to rotate what is older than now, and leaves " +
                                   Server::text(*key));
}

/// A task without a name manages the key that its machine's record names, or else the key of its
/// place.
void Player::verify_unnamed(const RunResult& result) {
    if (!task(result.actor_task).unnamed || !result.desired.secret_file || !result.alone ||
        damaged_.contains(result.identity) || !result.report.key)
        return;
    const std::string managed = managed_part(result.report.key->name);
    if (managed != result.desired.name.text() && !result.report.error)
        violate("unnamed-keeps-its-key", "run " + std::to_string(result.run) + " manages " +
                                             managed + " and not " + result.desired.name.text());
}

/// The error that two tasks share a file must be right: it must not come after the new name has
/// settled.
void Player::verify_shared(const RunResult& result) {
    if (!result.record || damaged_.contains(result.identity)) return;
    const bool refused =
        result.report.error && result.report.error->detail == "file_shared_by_two_tasks";
    const bool renames = result.record->name != result.desired.name.text() ||
                         result.record->user != result.desired.user;
    if (!refused && !(renames && result.report.changed)) return;
    int quiet = 0, due = quiet_runs_after_renaming;
    const RunResult* maker = nullptr;
    for (const auto& each : results_) {
        if (each->identity != result.identity || each->skipped || each->check ||
            each->run >= result.run)
            continue;
        const reconcile::Report& report = each->report;
        const bool of_record = each->desired.name.text() == result.record->name &&
                               each->desired.user == result.record->user;
        const bool told = each->died ? !of_record
                                     : report.error.has_value() &&
                                           report.error->detail == "file_shared_by_two_tasks";
        if (told) {
            quiet = 0;
            due = quiet_runs_after_refusal;
        } else if (std::any_of(each->changes.begin(), each->changes.end(),
                               [](const ServerChange& change) { return change.made; })) {
            const bool renamed = maker == nullptr || maker->desired.name != each->desired.name ||
                                 maker->desired.user != each->desired.user;
            if (renamed) quiet = 0, due = quiet_runs_after_renaming;
            maker = each.get();
        } else if (!of_record && report.error) {
            quiet = 0; // the run may have begun to rename
            due = std::max(due, quiet_runs_after_renaming);
        } else if (of_record && !each->died && !each->struck && each->alone && !report.error &&
                   !report.changed && !each->hindered && !each->full && !each->desired.id &&
                   report.secret_state == plan::SecretState::good) {
            ++quiet;
        }
    }
    if (quiet < due) return;
    note(Situation::renamed_back);
    if (refused)
        violate("settled-may-go-back", "run " + std::to_string(result.run) +
                                           " is refused, though the renaming had settled");
}

/// The rules about what is sent to the server, and when.
void Player::verify_posts(const RunResult& result) {
    const std::string run = "run " + std::to_string(result.run);
    if (result.bad_name) violate("names-fit", run + " asks for a name that Infra does not take");
    if (result.hasty)
        violate("waits-as-told", run + " sends a change " + std::to_string(*result.hasty) +
                                     " ms before the time that the server named");
    const auto deleted =
        std::find_if(result.changes.begin(), result.changes.end(),
                     [](const ServerChange& change) { return !change.made && change.was_live; });
    if (result.hindered && !result.struck && deleted != result.changes.end() &&
        result.report.error && result.report.error->code == Code::file)
        violate("folder-first",
                run + " deletes " + Server::text(deleted->key) +
                    " before it finds that it cannot write: " + result.report.error->message);
}

} // namespace infrastate::explore
