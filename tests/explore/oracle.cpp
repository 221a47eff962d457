// SPDX-License-Identifier: Apache-2.0
// The rules that must hold, whatever happened: part of Player, which shows it each change as it is
// made, each run when it is over, and the world at the end.
#include "player.h"

#include <algorithm>
#include <cstdlib>

namespace infrastate::explore {
namespace {

using plan::Adopt;
using plan::Desired;
using plan::Reason;
using plan::Recreate;

bool key_like(std::string text) {
    if (!text.empty() && text.back() == '\n') text.pop_back();
    return looks_like_access_key(text);
}

std::string trimmed(std::string text) {
    if (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

/// Of a rotation's name, only what is known before it is made.
std::string known_part(const std::string& name) {
    const auto at = name.rfind(".rot-");
    if (at == std::string::npos) return name;
    const auto dash = name.find('-', at + 5);
    return dash == std::string::npos ? name : name.substr(0, dash);
}

std::string actions_text(const std::vector<plan::Action>& actions) {
    std::string out;
    for (const plan::Action& action : actions)
        out += std::string(plan::name(action.kind)) + " " + known_part(action.name) +
               (action.id ? "(" + action.id->text() + ") " : " ");
    return out;
}

} // namespace

void Player::violate(const std::string& rule, const std::string& text) {
    simulation_.story.tell([&] { return "!!! " + rule + ": " + text; });
    if (!violation_) violation_ = Violation{rule, text};
}

void Player::watch_removal(const Key& key, int run) {
    const RunResult& by = *results_.at(static_cast<std::size_t>(run));
    if (!server_.live(key)) return;
    const Desired& desired = by.desired;
    const User* const user = server_.user(key.user_id);
    const bool named = user != nullptr && user->name == desired.user &&
                       family_place(desired.name, key.name).has_value();
    const bool own = key.holder == by.identity;
    const std::string what = "run " + std::to_string(run) + " deletes the live key " +
                             Server::text(key) + " of " + (user ? user->name : "nobody");

    // 7: a rotation never leaves the file's secret dead.
    // Without record and without a try nothing tells that the copy is good.
    const bool blind = desired.verify == plan::Verify::never && damaged_.contains(by.identity);
    if (desired.overlap && desired.state == plan::State::present && !blind &&
        trimmed(kept(by.actor_holder)) == key.secret)
        violate("rotation-without-outage",
                what + ", which the kept secret opens, although it may overlap");

    watch_retirement(key, by, what);

    // A finished key whose secret lies beside the file is put in place, not thrown away.
    if (desired.state == plan::State::present && key.run != run &&
        trimmed(leftover(by.actor_holder)) == key.secret &&
        std::min(key.expires, key.deadline) > simulation_.now() + 2000)
        violate("leftover-finished", what + ", whose secret lies beside the file");

    // 4: what is nobody else's.
    if (own || held_[by.identity].contains(key.secret)) return;
    if (desired.state == plan::State::absent) {
        if (!named) violate("others-keys", what + ", which is not of the family to remove");
        return;
    }
    const bool matches_a_post = std::any_of(sent_.begin(), sent_.end(), [&](const Sent& sent) {
        // Who was told "taken" knows that the key is another's.
        const bool knew = sent.refused && !results_.at(static_cast<std::size_t>(sent.run))->died;
        const auto equal = [](Millis a, Millis b) { return std::abs(a - b) <= 1500; };
        return !knew && sent.identity == by.identity && sent.name == key.name &&
               sent.user_id == key.user_id && equal(sent.expiry, key.expires - key.created) &&
               equal(sent.inactivity, key.extension) && key.created >= sent.at - 2000 &&
               key.created <= sent.until;
    });
    if (matches_a_post) {
        ++limits_met_;
        return;
    }
    // With current_secret alone, a younger key that was never used counts as a lost successor.
    const bool unused = key.last_used == key.created || key.last_used >= by.began;
    const bool taken_for_lost = !desired.secret_file && desired.overlap && named && unused &&
                                simulation_.now() - key.created > 300'000;
    if (taken_for_lost) {
        ++limits_met_;
        return;
    }
    const bool seen_first = by.first_listing && key.created <= *by.first_listing;
    const bool no_holder = !desired.has_holder();
    const bool asked_for_a_new_one =
        !desired.secret_file && desired.current_secret == plan::CurrentSecret::empty;
    if (desired.adopt == Adopt::replace || no_holder || asked_for_a_new_one) {
        if (!named) violate("others-keys", what + ", which has not even its name");
        // Without a claim of its own, and by order, the key goes that is there.
        if (!seen_first && desired.adopt == Adopt::replace && !no_holder && !asked_for_a_new_one)
            violate("others-keys", what + ", which was made after it had looked");
        return;
    }
    violate("others-keys", what + ", which is somebody else's");
}

/// A predecessor goes when the overlap is over, and not while it alone is in use.
void Player::watch_retirement(const Key& key, const RunResult& by, const std::string& what) {
    const Desired& desired = by.desired;
    const Key* const successor = server_.by_secret(trimmed(kept(by.actor_holder)));
    const bool second_rotation =
        std::any_of(server_.changes.begin(), server_.changes.end(),
                    [&](const ServerChange& each) { return each.made && each.run == by.run; });
    if (!desired.overlap || desired.state == plan::State::absent || !desired.secret_file ||
        second_rotation || successor == nullptr || successor->id == key.id ||
        !held_[by.identity].contains(key.secret))
        return;
    if (simulation_.now() < successor->created + desired.overlap->seconds() * 1000 - 1000)
        violate("overlap-kept", what + " before its overlap is over");
    const bool used_since = key.in_use && key.last_used / 1000 > successor->created / 1000;
    if (desired.retire == plan::Retire::when_replaced_in_use && used_since && !successor->in_use &&
        key.last_used + 1000 < by.began)
        violate("retired-in-use", what + ", which is in use, while nobody uses its successor");
}

void Player::watch_file(RunResult& result, const std::string& path,
                        const std::optional<std::string>& before,
                        const std::optional<std::string>& after) {
    const Holder& which = holders_.at(static_cast<std::size_t>(result.actor_holder));
    if (path != which.path) return;
    if (before != after) result.file_changed = true;
    if (before && !before->empty() && !key_like(*before))
        violate("foreign-file", "run " + std::to_string(result.run) + " overwrites " + path +
                                    ", which is no secret");
    // 8: a good secret is not replaced by a dead one.
    if (!before || result.desired.state == plan::State::absent) return;
    const Key* const old = server_.by_secret(trimmed(*before));
    if (old == nullptr || !server_.live(*old)) return;
    const Key* const now = after ? server_.by_secret(trimmed(*after)) : nullptr;
    const bool removed_meanwhile =
        now == nullptr && after &&
        std::any_of(server_.changes.begin(), server_.changes.end(), [&](const ServerChange& each) {
            return !each.made && each.run != result.run && each.at >= result.began &&
                   each.key.secret == trimmed(*after);
        });
    if ((now == nullptr || !server_.live(*now)) && !removed_meanwhile)
        violate("good-secret-kept", "run " + std::to_string(result.run) +
                                        " replaces the secret of " + Server::text(*old) +
                                        ", which is live, by a dead one");
}

void Player::judge_run(const RunResult& result) {
    if (result.died || result.skipped || violation_) return;
    const reconcile::Report& report = result.report;
    const std::string run = "run " + std::to_string(result.run);
    // 9: `changed` is honest.
    const bool did = !result.changes.empty() || result.file_changed;
    if (!report.changed && did && !(report.error && report.outcome == Effect::unknown))
        violate("honest-changed",
                run + " says \"unchanged\", but " +
                    (result.file_changed
                         ? std::string("changed the secret file")
                         : Server::text(result.changes.front().key) +
                               (result.changes.front().made ? " was made" : " was deleted")));
    const bool only_attributes =
        std::any_of(report.actions.begin(), report.actions.end(), [](const plan::Action& action) {
            return action.kind == plan::ActionKind::set_attributes ||
                   action.kind == plan::ActionKind::remove_file ||
                   action.kind == plan::ActionKind::hand_over;
        });
    if (report.changed && !did && !only_attributes && !result.struck && result.alone)
        violate("honest-changed", run + " says \"changed\", but did nothing");
    if (report.error && report.error->code == Code::internal)
        violate("no-internal-error", run + ": " + report.error->message);
    if (report.error || result.desired.state == plan::State::absent) return;

    // What is handed to the caller opens the key that the result describes.
    if (!report.secret || report.secret_state != plan::SecretState::good || !result.alone) return;
    const Key* const opened = server_.by_secret(report.secret->reveal());
    const bool late_loss = opened == nullptr || !server_.live(*opened);
    const bool of_age =
        opened != nullptr && std::min(opened->expires, opened->deadline) >= result.began;
    if (late_loss && !of_age && !result.struck)
        violate("secret-opens", run + " hands over a secret that opens nothing");
    if (!late_loss && report.key && report.key->id.text() != opened->id)
        violate("secret-opens", run + " hands over the secret of " + Server::text(*opened) +
                                    " for the key " + report.key->id.text());
    if (result.desired.secret_file && kept(result.actor_holder) != report.secret->reveal())
        violate("secret-opens", run + " hands over another secret than the file holds");
}

void Player::judge_check(const RunResult& check, const RunResult& real) {
    if (violation_ || check.skipped) return;
    // The clock went on between two looks: a key may have died in one of both.
    const auto died_meanwhile = [&](const Key& key) {
        const Millis death = std::min(key.expires, key.deadline);
        return death >= check.began - 1000 && death <= simulation_.now();
    };
    for (const Key* key : server_.sorted())
        if (died_meanwhile(*key)) return;
    for (const ServerChange& change : real.changes)
        if (!change.made && died_meanwhile(change.key)) return;
    // The server's clean-up is not undone with the clock.
    if (server_.purged_at() >= check.began - 1000) return;
    if (check.report.secret_state == plan::SecretState::unverified) return; // the one exception
    const std::string run = "run " + std::to_string(real.run);
    const auto error_of = [](const RunResult& result) {
        return result.report.error ? std::string(code_name(result.report.error->code)) + " " +
                                         result.report.error->detail
                                   : std::string("none");
    };
    if (error_of(check) != error_of(real))
        violate("check-equals-run",
                run + " ends with error " + error_of(real) + ", its check with " + error_of(check));
    if (check.report.plan.reason != real.report.plan.reason)
        violate("check-equals-run",
                run + " has reason " + std::string(plan::name(real.report.plan.reason)) +
                    ", its check " + std::string(plan::name(check.report.plan.reason)));
    if (check.report.error || real.report.error) return;
    if (check.report.changed != real.report.changed)
        violate("check-equals-run", run + " and its check differ in `changed`");
    if (actions_text(check.report.actions) != actions_text(real.report.actions))
        violate("check-equals-run", run + " does " + actions_text(real.report.actions) +
                                        "and its check says " + actions_text(check.report.actions));
}

/// Somebody else, or another holder, ever made a key of this family.
bool Player::is_shared(int index) const {
    const Desired& desired = holders_.at(static_cast<std::size_t>(index)).desired;
    const int identity = identity_of(index);
    return std::any_of(
        server_.changes.begin(), server_.changes.end(), [&](const ServerChange& change) {
            const User* const user = server_.user(change.key.user_id);
            return change.made && change.key.holder != identity && user != nullptr &&
                   user->name == desired.user && family_place(desired.name, change.key.name);
        });
}

/// A key of the family died of age since the holder's last run.
bool Player::died_lately(int index) const {
    const Desired& desired = holders_.at(static_cast<std::size_t>(index)).desired;
    const Millis began = results_.at(static_cast<std::size_t>(last_run_.at(index)))->began;
    return std::any_of(
        server_.changes.begin(), server_.changes.end(), [&](const ServerChange& change) {
            const Key* const key = server_.find(change.key.id);
            return change.made && key != nullptr && family_place(desired.name, key->name) &&
                   std::min(key->expires, key->deadline) >= began - 1000;
        });
}

bool Player::was_struck(int identity) const {
    return std::any_of(results_.begin(), results_.end(), [&](const auto& each) {
        return each->identity == identity && (each->struck || each->died);
    });
}

/// Tasks that want one key to be different things will never agree.
bool Player::contradict() const {
    for (std::size_t i = 0; i < holders_.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            const Holder& a = holders_[i];
            const Holder& b = holders_[j];
            if (a.desired.user != b.desired.user || a.desired.name != b.desired.name) continue;
            if (a.desired.state != b.desired.state) return true;
            // Without a holder, or with one that shows no claim, nothing is anybody's.
            const bool claimless = (a.path.empty() && !a.vault) || (b.path.empty() && !b.vault);
            if (claimless && text(a.desired) != text(b.desired)) return true;
        }
    return false;
}

/// When the last run of all began: later none could retire the old key.
bool Player::in_overlap(const Key& newest, const RunResult& last) const {
    const auto& overlap = last.desired.overlap;
    return overlap && newest.created + (overlap->seconds() + 2) * 1000 >= last.began;
}

/// A refusal that is right: the policy forbids, or the key is not this holder's to replace.
bool Player::may_refuse(int index, const RunResult& result) const {
    const Error& error = *result.report.error;
    const Desired& desired = result.desired;
    const int identity = identity_of(index);
    const bool strict = desired.recreate == Recreate::never || desired.recreate == Recreate::dead;
    const bool disturbed =
        is_shared(index) || disturbed_.contains(identity) || damaged_.contains(identity);
    if (desired.id) return true; // it only selects
    if (error.detail == "folder_missing") return true;
    // Without a disk nothing remembers what a lost answer made, or what a rotation left behind.
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

void Player::judge_holder_at_end(int index) {
    const auto found = last_run_.find(index);
    if (found == last_run_.end()) return;
    const RunResult& result = *results_.at(static_cast<std::size_t>(found->second));
    if (result.skipped) return;
    const Holder& which = holders_.at(static_cast<std::size_t>(index));
    const Desired& desired = result.desired;
    const reconcile::Report& report = result.report;
    const int identity = identity_of(index);
    const std::string who = "holder " + std::to_string(index);
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
        violate("secret-opens-at-end", who + ": the secret file opens nothing");
        return;
    }
    if (std::find(family.begin(), family.end(), opened) == family.end())
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

/// 3: every live key that a holder on disk made is held, unless its memory was damaged.
void Player::judge_orphans() {
    std::set<std::string> held;
    for (std::size_t i = 0; i < holders_.size(); ++i)
        held.merge(claims_of(static_cast<int>(i)));
    if (contradiction_) return;
    for (const Key* key : server_.sorted()) {
        if (!server_.live(*key) || held.contains(key->secret)) continue;
        for (std::size_t i = 0; i < holders_.size(); ++i)
            if (identities_[i] == key->holder && !holders_[i].path.empty() &&
                !damaged_.contains(key->holder) && !disturbed_.contains(key->holder)) {
                const auto found = last_run_.find(static_cast<int>(i));
                if (found == last_run_.end()) continue;
                const RunResult& result = *results_.at(static_cast<std::size_t>(found->second));
                if (result.report.error || result.skipped) continue;
                const Key* const newest = server_.by_secret(kept(static_cast<int>(i)));
                if (newest != nullptr && in_overlap(*newest, result)) continue;
                violate("orphan", "nobody holds the live key " + Server::text(*key) +
                                      " that holder " + std::to_string(i) + " made");
            }
    }
}

void Player::judge_end() {
    for (std::size_t i = 0; i < holders_.size() && !violation_; ++i)
        judge_holder_at_end(static_cast<int>(i));
    if (!violation_) judge_orphans();
}

} // namespace infrastate::explore
