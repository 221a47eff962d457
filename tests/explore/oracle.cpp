// SPDX-License-Identifier: Apache-2.0
// The rules that must always hold. Part of Player, which checks each change when it is made (here),
// each run when it has ended (oracle_run.cpp), and the state at the end.
#include "paths.h"
#include "player.h"

#include <algorithm>
#include <cstdlib>

namespace infrastate::explore {
namespace {

using plan::Adopt;
using plan::Desired;

bool key_like(const std::string& text) {
    return looks_like_access_key(without_newline(text));
}

} // namespace

void Player::violate(const std::string& rule, const std::string& text) {
    simulation_.events.tell([&] { return "!!! " + rule + ": " + text; });
    if (!violation_) violation_ = Violation{rule, text};
}

void Player::watch_removal(const Key& key, int run) {
    RunResult& by = *results_.at(static_cast<std::size_t>(run));
    if (!server_.live(key)) return;
    const Desired& desired = by.desired;
    const User* const user = server_.user(key.user_id);
    const bool named = is_of(key, by);
    const bool own = key.task == by.identity;
    const std::string what = "run " + std::to_string(run) + " deletes the live key " +
                             Server::text(key) + " of " + (user ? user->name : "nobody");

    // 7: a rotation never leaves the file's secret dead.
    // Without a record and without a try nothing tells that the copy is good.
    const bool blind = desired.verify == plan::Verify::never && damaged_.contains(by.identity);
    if (desired.overlap && desired.state == plan::State::present && !blind &&
        without_newline(kept(by.actor_task)) == key.secret)
        violate("rotation-without-outage",
                what + ", which the kept secret opens, although it may overlap");

    watch_retirement(key, by, what);
    watch_other_tasks(key, by, what);

    // If a key is finished and its secret is beside the file, the secret must be put in place, not
    // thrown away.
    if (desired.state == plan::State::present && key.run != run &&
        without_newline(leftover(by.actor_task)) == key.secret &&
        std::min(key.expires, key.deadline) > simulation_.now() + 2000)
        violate("leftover-finished", what + ", whose secret lies beside the file");

    // 4: the key belongs to nobody else.
    if (own || held_[by.identity].contains(key.secret)) return;
    if (desired.state == plan::State::absent) {
        if (!named) violate("others-keys", what + ", which is not of the family to remove");
        return;
    }
    const bool matches_a_post = std::any_of(sent_.begin(), sent_.end(), [&](const Sent& sent) {
        // A run that got "taken" knows that the key is another one's.
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
    const bool no_task = !desired.has_holder();
    const bool asked_for_a_new_one =
        !desired.secret_file && desired.current_secret == plan::CurrentSecret::empty;
    if (desired.adopt == Adopt::replace || no_task || asked_for_a_new_one) {
        if (!named) violate("others-keys", what + ", which has not even its name");
        // Without a claim, and with adopt: replace, the run takes the key that exists.
        if (!seen_first && desired.adopt == Adopt::replace && !no_task && !asked_for_a_new_one)
            violate("others-keys", what + ", which was made after it had looked");
        return;
    }
    violate("others-keys", what + ", which is somebody else's");
}

/// A predecessor is deleted when the overlap is over, but not while only it is in use.
void Player::watch_retirement(const Key& key, const RunResult& by, const std::string& what) {
    const Desired& desired = by.desired;
    const Key* const successor = server_.by_secret(without_newline(kept(by.actor_task)));
    const bool second_rotation =
        std::any_of(server_.changes.begin(), server_.changes.end(),
                    [&](const ServerChange& each) { return each.made && each.run == by.run; });
    if (!desired.overlap || desired.state == plan::State::absent || !desired.secret_file ||
        second_rotation || successor == nullptr || successor->id == key.id ||
        damaged_.contains(by.identity) || // without its record nobody knows which key is which
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
    const Task& which = tasks_.at(static_cast<std::size_t>(result.actor_task));
    if (path != which.path && path != record_of(which.path) + ".new") return;
    watch_text(result, without_newline(before.value_or("")), without_newline(after.value_or("")),
               path);
    if (path != which.path) return;
    if (before != after) result.file_changed = true;
    if (before && !before->empty() && !key_like(*before))
        violate("foreign-file", "run " + std::to_string(result.run) + " overwrites " + path +
                                    ", which is no secret");
    // 8: a good secret is not replaced by a dead one.
    if (!before || result.desired.state == plan::State::absent) return;
    const Key* const old = server_.by_secret(without_newline(*before));
    if (old == nullptr || !server_.live(*old)) return;
    const Key* const now = after ? server_.by_secret(without_newline(*after)) : nullptr;
    const bool removed_meanwhile =
        now == nullptr && after &&
        std::any_of(server_.changes.begin(), server_.changes.end(), [&](const ServerChange& each) {
            return !each.made && each.run != result.run && each.at >= result.began &&
                   each.key.secret == without_newline(*after);
        });
    if ((now == nullptr || !server_.live(*now)) && !removed_meanwhile)
        violate("good-secret-kept", "run " + std::to_string(result.run) +
                                        " replaces the secret of " + Server::text(*old) +
                                        ", which is live, by a dead one");
}

} // namespace infrastate::explore
