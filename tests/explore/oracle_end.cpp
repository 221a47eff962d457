// SPDX-License-Identifier: Apache-2.0
// The rules about the end, after every late request has acted and a few more runs were made. Part
// of Player.
#include "family.h"
#include "player.h"

#include <algorithm>

namespace infrastate::explore {

using plan::Desired;
using plan::Recreate;

/// Whether somebody else, or another task, ever made a key of this family.
bool Player::is_shared(int index) const {
    const Desired& desired = tasks_.at(static_cast<std::size_t>(index)).desired;
    const std::string name = name_of(index).text();
    const int identity = identity_of(index);
    return std::any_of(
        server_.changes.begin(), server_.changes.end(), [&](const ServerChange& change) {
            const User* const user = server_.user(change.key.user_id);
            return change.made && change.key.task != identity && user != nullptr &&
                   change.key.site == tasks_.at(static_cast<std::size_t>(index)).site &&
                   user->name == desired.user && is_member(name, change.key.name);
        });
}

/// Whether a key of the family expired or became inactive since the task's last run.
bool Player::died_lately(int index) const {
    const std::string name = name_of(index).text();
    const Millis began = results_.at(static_cast<std::size_t>(last_run_.at(index)))->began;
    return std::any_of(server_.changes.begin(), server_.changes.end(),
                       [&](const ServerChange& change) {
                           const Key* const key = server_.find(change.key.id);
                           return change.made && key != nullptr && is_member(name, key->name) &&
                                  std::min(key->expires, key->deadline) >= began - 1000;
                       });
}

bool Player::was_struck(int identity) const {
    return std::any_of(results_.begin(), results_.end(), [&](const auto& each) {
        return each->identity == identity && (each->struck || each->died);
    });
}

/// Whether tasks want different things of one key. Such tasks will never agree.
bool Player::contradict() const {
    for (std::size_t i = 0; i < tasks_.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            const Task& a = tasks_[i];
            const Task& b = tasks_[j];
            const bool one_key = a.site == b.site && a.desired.user == b.desired.user &&
                                 name_of(static_cast<int>(i)) == name_of(static_cast<int>(j));
            // One file cannot hold the secrets of two keys.
            if (identities_[i] == identities_[j] && !one_key) return true;
            if (!one_key) continue;
            if (identities_[i] == identities_[j] && text(a.desired) != text(b.desired)) return true;
            if (a.desired.state != b.desired.state) return true;
            // Without a holder no task has a claim to the key.
            const bool claimless = (a.path.empty() && !a.vault) || (b.path.empty() && !b.vault);
            if (claimless && text(a.desired) != text(b.desired)) return true;
        }
    return false;
}

/// Whether the overlap was still on when the last of all runs began: then no run could retire the
/// old key.
bool Player::in_overlap(const Key& newest, const RunResult& last) const {
    const auto& overlap = last.desired.overlap;
    return overlap && newest.created + (overlap->seconds() + 2) * 1000 >= last.began;
}

/// Whether a refusal is right: the policy forbids the change, or the key is not this task's to
/// replace.
bool Player::may_refuse(int index, const RunResult& result) const {
    const Error& error = *result.report.error;
    const Desired& desired = result.desired;
    const int identity = identity_of(index);
    const bool strict = desired.recreate == Recreate::never || desired.recreate == Recreate::dead;
    const bool disturbed =
        is_shared(index) || disturbed_.contains(identity) || damaged_.contains(identity);
    if (desired.id) return true; // it only selects a key
    if (error.detail == "folder_missing") return true;
    if (!result.rights.known || result.own_key) return true;
    const Key* const own = server_.by_secret(caller_of(index).secret);
    // The key is of the family, or the file holds its secret.
    if (error.detail == "own_key")
        return own != nullptr && (is_of(*own, result) || claims_of(index).contains(own->secret));
    const User* const user = server_.user_named(desired.user, result.site);
    // Each request uses a key of the same user, so no try can tell which key a secret opens.
    const bool one_user = own != nullptr && user != nullptr && own->user_id == user->id;
    if ((one_user || (own != nullptr && error.detail == "secret_unverified")) &&
        was_struck(identity))
        return true;
    if (error.code == Code::permission)
        return user == nullptr || !result.rights.sees(user->id) || was_another_task(identity) ||
               // An access key does not tell whose it is, so the caller's own keys cannot be asked
               // for.
               (!result.rights.admin && !result.rights.session);
    if (result.denied)
        return !result.rights.creates && !result.rights.session && desired.user != "connector";
    if (error.detail == "file_of_another_server") {
        // Without a record this is about what an unfinished run left.
        if (!result.record) return was_another_task(identity) || was_struck(identity);
        // The same server under another name is recognized by the key that it lists.
        const Key* const key = server_.find(result.record->id);
        const bool listed =
            key != nullptr && key->site == result.site && server_.user(key->user_id) != nullptr;
        return result.record->host != desired.host && (!listed || damaged_.contains(identity));
    }
    // Nothing tells to which server such a text belongs; the caller has to remove it.
    if (error.detail == "secret_unverified" && !result.record)
        return disturbed || tasks_.at(static_cast<std::size_t>(index)).vault;
    if (error.detail == "file_shared_by_two_tasks" || error.detail == "secret_of_another_key")
        return disturbed || was_another_task(identity) ||
               tasks_.at(static_cast<std::size_t>(index)).vault;
    // Without a disk nothing remembers the key of a lost answer, or what a rotation left behind.
    const bool without_memory =
        std::any_of(results_.begin(), results_.end(), [&](const auto& each) {
            return each->identity == identity &&
                   (each->desired.overlap || each->desired.name != desired.name ||
                    each->desired.user != desired.user);
        });
    if (!desired.secret_file && (was_struck(identity) || without_memory)) return true;
    if (error.code == Code::refused) return strict || disturbed;
    if (error.code == Code::file) return damaged_.contains(identity) || disturbed;
    if (error.code == Code::argument && error.field == "expires_at") return true;
    return disturbed;
}

/// Whether the file or store was used with another name, user or server before.
bool Player::was_another_task(int identity) const {
    const RunResult* first = nullptr;
    for (const auto& each : results_) {
        if (each->identity != identity) continue;
        if (first == nullptr) first = each.get();
        if (each->desired.name != first->desired.name ||
            each->desired.user != first->desired.user || each->site != first->site)
            return true;
    }
    return false;
}

void Player::verify_task_at_end(int index) {
    const auto found = last_run_.find(index);
    if (found == last_run_.end()) return;
    const RunResult& result = *results_.at(static_cast<std::size_t>(found->second));
    if (result.skipped) return;
    const Task& which = tasks_.at(static_cast<std::size_t>(index));
    const Desired& desired = result.desired;
    const reconcile::Report& report = result.report;
    const int identity = identity_of(index);
    const std::string who = "task " + std::to_string(index);
    const bool shared = is_shared(index);
    const bool disturbed = disturbed_.contains(identity);
    if (contradiction_) return;
    if (report.error) {
        if (!may_refuse(index, result))
            violate("ends-well", who + " ends with an error: " + report.error->message);
        return;
    }
    if (desired.state == plan::State::absent) {
        if (desired.id) return;
        if (!live_family(index).empty() && !shared)
            violate("ends-absent",
                    who + ": " + Server::text(*live_family(index).front()) + " is left");
        return;
    }
    const auto family = live_family(index);
    if (family.empty()) {
        if (died_lately(index)) return;
        violate("one-live-key", who + ": no live key");
        return;
    }
    if (which.path.empty()) {
        const bool vault_lost = which.vault && damaged_.contains(identity);
        if (!which.vault || vault_lost || was_struck(identity) || shared || disturbed) return;
        const Key* const opened = server_.by_secret(kept(index));
        if (opened == nullptr || !server_.live(*opened))
            violate("secret-opens-at-end", who + ": the stored secret opens nothing");
        return;
    }
    // 2: the file's secret opens a live key of the family, and there is no other.
    const Key* const opened = server_.by_secret(kept(index));
    if (opened == nullptr || !server_.live(*opened)) {
        const bool died_since =
            opened != nullptr && std::min(opened->expires, opened->deadline) >= result.began - 1000;
        // Without a digest and without a try nothing is known about the copy, and the run says so.
        const bool unknown = desired.verify == plan::Verify::never && damaged_.contains(identity) &&
                             report.secret_state == plan::SecretState::unverified;
        if (died_since || unknown) return;
        violate("secret-opens-at-end", who + ": the secret file opens nothing");
        return;
    }
    // If keys are used all the time, for instance the one that authenticates, no try tells which
    // key the secret opens. Then the run says so and changes nothing.
    if (std::find(family.begin(), family.end(), opened) == family.end() &&
        report.secret_state != plan::SecretState::unverified)
        violate("secret-opens-at-end", who + ": the secret file opens " + Server::text(*opened) +
                                           ", which is not its key");
    const std::size_t most = in_overlap(*opened, result) ? 2 : 1;
    if (!shared && !disturbed && !damaged_.contains(identity) && family.size() > most)
        violate("one-live-key", who + ": " + std::to_string(family.size()) + " live keys");
    const bool steady = desired.verify != plan::Verify::always &&
                        desired.recreate != Recreate::always && !shared && !disturbed &&
                        !damaged_.contains(identity);
    if (steady && static_cast<int>(server_.sorted().size()) <= server_.page_size &&
        !report.changed && report.predecessors.empty() && !result.had_intents &&
        result.requests != 1)
        violate("one-request", who + ": a run that changes nothing makes " +
                                   std::to_string(result.requests) + " requests");
}

/// 3: every live key that a task on disk made is held, unless the task's record was damaged.
void Player::verify_orphans() {
    std::set<std::string> held;
    for (std::size_t i = 0; i < tasks_.size(); ++i)
        held.merge(claims_of(static_cast<int>(i)));
    if (contradiction_) return;
    for (const Key* key : server_.sorted()) {
        if (!server_.live(*key) || held.contains(key->secret)) continue;
        for (std::size_t i = 0; i < tasks_.size(); ++i)
            if (identities_[i] == key->task && !tasks_[i].path.empty() &&
                !damaged_.contains(key->task) && !disturbed_.contains(key->task)) {
                const auto found = last_run_.find(static_cast<int>(i));
                if (found == last_run_.end()) continue;
                const RunResult& result = *results_.at(static_cast<std::size_t>(found->second));
                if (result.report.error || result.skipped) continue;
                if (result.desired.id) continue; // it looks at one key only, and warns about others
                // A run that removes a former name leaves the rest to runs for the new name.
                const auto record = recorded(static_cast<int>(i));
                if (record && record->predecessors.contains(key->id) &&
                    result.desired.state == plan::State::absent)
                    continue;
                const Key* const newest = server_.by_secret(kept(static_cast<int>(i)));
                if (newest != nullptr && in_overlap(*newest, result)) continue;
                violate("orphan", "nobody holds the live key " + Server::text(*key) +
                                      " that task " + std::to_string(i) + " made");
            }
    }
}

void Player::verify_end() {
    for (std::size_t i = 0; i < tasks_.size() && !violation_; ++i)
        verify_task_at_end(static_cast<int>(i));
    if (!violation_) verify_orphans();
}

} // namespace infrastate::explore
