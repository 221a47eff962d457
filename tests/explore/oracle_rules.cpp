// SPDX-License-Identifier: Apache-2.0
// The rules about what a run may not know, not see, or not lose: whose secret the file holds, to
// which server and task it belongs, what its caller may do. Part of Player.
#include "family.h"
#include "neutral.h"
#include "paths.h"
#include "player.h"

#include <algorithm>

namespace infrastate::explore {
namespace {

using plan::Desired;
using plan::State;

bool is_of_site(const std::string& host, int site) {
    for (const bool alias : {false, true})
        if (host == host_of(site, alias)) return true;
    return false;
}

bool desired_adopts(const RunResult& result) {
    return result.desired.adopt == plan::Adopt::replace;
}

/// Whether the answer shows that the server did not act.
bool did_not_act(const Error& error) {
    return error.http_status == 429 || error.http_status == 401 ||
           (error.code == Code::transport && error.effect == Effect::none);
}

/// ... or the failure may be temporary, and intents tell what was done.
bool may_pass(const RunResult& result) {
    const Error& error = *result.failed_post;
    return did_not_act(error) || (error.http_status == 503 && result.desired.secret_file);
}

} // namespace

bool Player::is_of(const Key& key, const RunResult& result) const {
    const User* const user = server_.user(key.user_id);
    return user != nullptr && key.site == result.site && user->name == result.desired.user &&
           is_member(result.desired.name.text(), key.name);
}

/// 10: a text that opens a live key stays where it is, unless the run manages that key.
void Player::watch_text(const RunResult& result, const std::string& before,
                        const std::string& after, const std::string& where) {
    if (before.empty() || before == after) return;
    const auto copied = copied_.find(result.identity);
    const bool shown = result.copy || !damaged_.contains(result.identity);
    if (shown && copied != copied_.end() && copied->second.contains(before)) return;
    const Key* const opened = server_.by_secret(before);
    if (opened == nullptr || !server_.live(*opened)) return;
    const bool recorded = result.record && (result.record->id == opened->id ||
                                            result.record->predecessors.contains(opened->id));
    const bool manages = is_of(*opened, result) || (opened->site == result.site &&
                                                    (recorded || opened->task == result.identity));
    // Only a record tells that a text belongs to another server and not to this one. A task with
    // adopt: replace accepts the loss.
    const bool elsewhere = opened->site != result.site;
    const bool record_of_here = result.record && !is_of_site(result.record->host, opened->site);
    const bool adopted = desired_adopts(result) && where != task(result.actor_task).path;
    if (elsewhere && (record_of_here || adopted)) return;
    const std::string what = "run " + std::to_string(result.run) + " loses the secret of " +
                             Server::text(*opened) + " in " + where;
    if (!manages) violate("secret-kept", what + ", which is live, and not its key");
    if (manages && after.empty() && result.desired.state == State::absent && !result.own_key)
        violate("secret-kept", what + ", which lives on");
}

/// Of two tasks with one file neither deletes the other's key, and "absent" deletes what it names.
void Player::watch_other_tasks(const Key& key, const RunResult& by, const std::string& what) {
    const Desired& desired = by.desired;
    if (!by.record || is_of(key, by)) return;
    const bool recorded_here = by.record->id == key.id;
    const bool other_name =
        by.record->name != desired.name.text() || by.record->user != desired.user;
    if (desired.state == State::absent) {
        if (recorded_here && other_name && !desired.id)
            violate("absent-takes-its-own", what + ", which the file is of, and not what is named");
        return;
    }
    // Without its record the run does not know former names.
    if (key.task != by.identity || key.run < 0 || damaged_.contains(by.identity)) return;
    const RunResult& maker = *results_.at(static_cast<std::size_t>(key.run));
    bool former = false, settled = false;
    const auto made_a_key = [](const RunResult& each) {
        return std::any_of(each.changes.begin(), each.changes.end(),
                           [](const ServerChange& change) { return change.made; });
    };
    int renamed = -1;   // the last run that made a key for the former name
    int forgotten = -1; // the file was removed, and its record with it
    for (const auto& each : results_)
        if (each->identity == by.identity && !each->check && !each->skipped &&
            each->desired.state == State::absent && (each->died || !each->report.error))
            forgotten = std::max(forgotten, each->run);
    for (const auto& each : results_)
        if (each->identity == by.identity && !each->skipped && each->run < key.run &&
            each->desired.name == desired.name && each->desired.user == desired.user &&
            made_a_key(*each))
            renamed = std::max(renamed, each->run);
    for (const auto& each : results_) {
        if (each->identity != by.identity || each->skipped || each->check || each->run == by.run)
            continue;
        const bool same = each->desired.name == desired.name && each->desired.user == desired.user;
        const bool made = made_a_key(*each);
        if (each->run < key.run && each->run > forgotten && same && made) former = true;
        const bool makers =
            each->desired.name == maker.desired.name && each->desired.user == maker.desired.user;
        // A run that was killed may have recorded before that there was nothing to change.
        const bool quiet =
            each->died ? each->changes.empty() : !each->report.error && !each->report.changed;
        if (each->run > renamed && each->run < by.run && makers && quiet) settled = true;
    }
    // A key whose secret nobody has is a lost one.
    const bool held =
        without_newline(kept(by.actor_task)) == key.secret || leftover(by.actor_task) == key.secret;
    if (former && !settled && held)
        violate("two-tasks-in-turn", what + ", which another task with the same file just made");
}

/// 11: a run ends in time.
void Player::verify_deadline(const RunResult& result) {
    constexpr Millis grace = 500;
    if (result.ended > result.until + grace)
        violate("ends-in-time", "run " + std::to_string(result.run) + " ends " +
                                    std::to_string(result.ended - result.until) +
                                    " ms after its deadline");
}

/// "Absent" is said only about what the caller may see.
void Player::verify_visible(const RunResult& result) {
    const reconcile::Report& report = result.report;
    if (report.error || result.desired.id) return;
    const std::string run = "run " + std::to_string(result.run);
    const User* const user = server_.user_named(result.desired.user, result.site);
    if (user != nullptr && !result.rights.sees(user->id))
        violate("not-visible-is-not-absent", run +
                                                 " ends well, though its caller may not list the "
                                                 "keys of " +
                                                 user->name);
    if (!result.alone || result.struck) return;
    // If marks are equal by chance, another task's key is collected as a lost one: a documented
    // limit.
    const bool collects =
        std::any_of(report.actions.begin(), report.actions.end(), [](const plan::Action& action) {
            return action.kind == plan::ActionKind::collect;
        });
    if (report.plan.reason == plan::Reason::absent && result.family_there && !collects)
        violate("not-visible-is-not-absent", run + " says that there is no key of the name");
    if (result.desired.state != State::absent) return;
    for (const Key* key : server_.sorted())
        if (is_of(*key, result) && server_.live(*key) && key->created < result.began)
            violate("absent-is-gone", run + " ends well, but " + Server::text(*key) + " lives on");
}

/// If the server refuses something, no live key is lost by it; and the run waits for temporary
/// failures.
void Player::verify_refusals(const RunResult& result) {
    const reconcile::Report& report = result.report;
    const std::string run = "run " + std::to_string(result.run);
    const auto& held = held_[result.identity];
    const auto deleted =
        std::find_if(result.changes.begin(), result.changes.end(), [&](const ServerChange& change) {
            // A key whose secret nobody ever had is no loss.
            const bool nobodys =
                change.key.task == result.identity && !held.contains(change.key.secret);
            return !change.made && change.was_live && !nobodys;
        });
    const bool made = std::any_of(result.changes.begin(), result.changes.end(),
                                  [](const ServerChange& change) { return change.made; });
    const bool lost = deleted != result.changes.end();
    if (lost && result.denied && !made && result.desired.state == State::present)
        violate("may-it-create",
                run + " deletes " + Server::text(deleted->key) + " and may not create another");
    if (report.error && report.error->detail == "conflict_without_row" && result.alone &&
        !result.struck)
        violate("sees-who-has-the-name", run + ": " + report.error->message);
    if (!lost) return;
    if (result.own_key && result.alone)
        violate("own-key-first", run + " deletes " + Server::text(deleted->key) +
                                     " before it is told that it cannot delete its own key");
    if (made || !report.error || !result.failed_post || !may_pass(result)) return;
    // Another run, or a POST that nobody can recognize, has made the name; or the secret could not
    // be kept.
    if (!result.alone || disturbed_.contains(result.identity) || report.error->code == Code::file)
        return;
    const Millis reserve = std::min<Millis>(5000, (result.until - result.began) / 4);
    if (result.until - result.ended > reserve)
        violate("not-given-up-early",
                run + " deletes " + Server::text(deleted->key) + " and ends " +
                    std::to_string(result.until - result.ended) +
                    " ms before its deadline without a new key: " + result.failed_post->message);
}

/// A damaged member of the record changes no live key.
void Player::verify_calm(const RunResult& result) {
    if (!result.calm || result.struck || !result.alone) return;
    const auto changed =
        std::find_if(result.changes.begin(), result.changes.end(),
                     [](const ServerChange& each) { return each.made || each.was_live; });
    if (changed == result.changes.end()) return;
    violate("damage-rotates-nothing", "run " + std::to_string(result.run) + " changes " +
                                          Server::text(changed->key) +
                                          " only because a member of the record was damaged");
}

/// A neutral value counts as left out.
void Player::verify_neutral(const RunResult& result) {
    if (!task(result.actor_task).neutral) return;
    note(Situation::neutral_values);
    const auto chance =
        Random(scenario_.seed).branch(static_cast<std::uint64_t>(result.run)).next();
    if (const auto heard = heard_in_neutral_values(result.desired, chance,
                                                   mutation_ == Mutation::neutral_values_heard))
        violate("neutral-values", *heard);
}

void Player::note_situations(const RunResult& result) {
    const reconcile::Report& report = result.report;
    const Desired& desired = result.desired;
    const bool absent = desired.state == State::absent;
    if (!result.kept.empty() && absent && desired.secret_file) {
        note(result.record ? Situation::absent_with_record : Situation::absent_without_record);
        const Key* opened = server_.by_secret(result.kept);
        for (const ServerChange& change : server_.changes)
            if (opened == nullptr && change.key.secret == result.kept && change.at >= result.began)
                opened = &change.key;
        if (opened == nullptr)
            note(Situation::absent_of_unknown_secret);
        else if (std::min(opened->expires, opened->deadline) < result.began)
            note(Situation::absent_of_dead_secret);
        else if (!is_of(*opened, result))
            note(Situation::absent_of_other_key);
    }
    if (absent && desired.id) note(Situation::absent_by_id);
    if (result.record) {
        const bool other_task =
            result.record->name != desired.name.text() || result.record->user != desired.user;
        if (absent && other_task) note(Situation::absent_by_other_name);
        if (!absent && other_task) note(Situation::two_tasks);
        if (result.record->host != desired.host) {
            const Key* const key = server_.find(result.record->id);
            const bool same = key != nullptr && key->site == result.site;
            note(same ? Situation::other_host_name : Situation::other_server);
        }
        if (remade_.contains({result.site, result.record->user}) &&
            server_.user(result.record->user_id) == nullptr)
            note(Situation::user_made_anew);
    }
    const User* const user = server_.user_named(desired.user, result.site);
    if (user != nullptr && !result.rights.sees(user->id)) note(Situation::not_visible);
    if (result.denied) note(Situation::not_creatable);
    const Key* const own = server_.by_secret(caller_of(result.actor_task).secret);
    if (own != nullptr && is_of(*own, result)) note(Situation::own_key);
    if (desired.name.text().size() > 200) note(Situation::long_name);
    for (const ServerId& id : report.live_keys)
        if (const Key* key = server_.find(id.text()); key != nullptr)
            if (key->name.find(".rot-99999999") != std::string::npos)
                note(Situation::high_rotation);
    const bool made = std::any_of(result.changes.begin(), result.changes.end(),
                                  [](const ServerChange& change) { return change.made; });
    const bool deleted =
        std::any_of(result.changes.begin(), result.changes.end(),
                    [](const ServerChange& change) { return !change.made && change.was_live; });
    if (made && deleted && result.failed_post && did_not_act(*result.failed_post))
        note(Situation::kept_trying);
    const Task& which = task(result.actor_task);
    if (made && deleted && result.told_to_wait) note(Situation::told_to_wait);
    const Disk& disk = machine(which.machine).disk;
    if (which.path.empty()) return;
    if (which.unnamed && result.copy) note(Situation::copied_machine);
    if (which.unnamed && result.record && !result.copy && result.record->host != desired.host)
        note(Situation::unnamed_moved);
    if (disk.is_shut(which.path)) note(Situation::folder_shut);
    if (disk.folders.contains(record_of(which.path) + ".lock")) note(Situation::lock_barred);
}

} // namespace infrastate::explore
