// SPDX-License-Identifier: Apache-2.0
#include "player.h"

#include "family.h"
#include "paths.h"

#include <algorithm>
#include <utility>

namespace infrastate::explore {

Player::Player(const Scenario& scenario, Mutation mutation, bool tell)
    : scenario_(scenario), mutation_(mutation), simulation_(scenario.begins),
      server_(simulation_, Random(scenario.seed).branch(1)), tasks_(scenario.tasks),
      identities_(scenario.tasks.size()), vaults_(scenario.tasks.size()),
      consumers_(scenario.tasks.size()) {
    simulation_.events.listening = tell;
    server_.page_size = scenario.page_size;
    server_.before_remove = [this](const Key& key, int run) { watch_removal(key, run); };
    for (int i = 0; i < 3; ++i) {
        machines_.push_back(std::make_unique<Machine>());
        machines_.back()->number = i;
        machines_.back()->dull = scenario.dull;
        machines_.back()->clock_error = scenario.clock_errors.at(static_cast<std::size_t>(i));
    }
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
        simulation_.events.tell(
            [&] { return "task " + std::to_string(i) + ": " + explore::text(tasks_[i]); });
        identify(static_cast<int>(i));
    }
}

Player::~Player() = default;

/// A file on a disk is one identity, whichever task uses it; so is a caller's store.
void Player::identify(int index) {
    const Task& which = tasks_.at(static_cast<std::size_t>(index));
    const auto place = std::make_pair(
        which.machine, which.path.empty() ? "#" + std::to_string(index) : which.path);
    const auto [found, is_new] = places_.emplace(place, next_identity_);
    if (is_new) ++next_identity_;
    identities_[static_cast<std::size_t>(index)] = found->second;
}

std::string Player::kept(int index) const {
    const Task& which = tasks_.at(static_cast<std::size_t>(index));
    if (which.path.empty()) return vaults_.at(static_cast<std::size_t>(index));
    const auto& disk = machines_.at(static_cast<std::size_t>(which.machine))->disk;
    return without_newline(disk.contents(which.path).value_or(""));
}

std::string Player::leftover(int index) const {
    const Task& which = tasks_.at(static_cast<std::size_t>(index));
    if (which.path.empty()) return {};
    const auto& disk = machines_.at(static_cast<std::size_t>(which.machine))->disk;
    return without_newline(disk.contents(record_of(which.path) + ".new").value_or(""));
}

bool Player::has_intents(int index) const {
    const Task& which = tasks_.at(static_cast<std::size_t>(index));
    const auto& disk = machines_.at(static_cast<std::size_t>(which.machine))->disk;
    return !which.path.empty() && disk.find(record_of(which.path) + ".intents") != nullptr;
}

std::set<std::string> Player::claims_of(int index) const {
    const Task& which = tasks_.at(static_cast<std::size_t>(index));
    std::set<std::string> out;
    if (which.vault) out.insert(vaults_.at(static_cast<std::size_t>(index)));
    if (!which.path.empty()) {
        const auto& disk = machines_.at(static_cast<std::size_t>(which.machine))->disk;
        out.insert(without_newline(disk.contents(which.path).value_or("")));
        out.insert(leftover(index));
    }
    out.erase("");
    return out;
}

std::vector<const Key*> Player::live_family(int index) const {
    const plan::Desired& desired = tasks_.at(static_cast<std::size_t>(index)).desired;
    const std::string name = name_of(index).text();
    std::vector<const Key*> out;
    for (const Key* key : const_cast<Server&>(server_).sorted()) {
        const User* const user = server_.user(key->user_id);
        if (user != nullptr && user->name == desired.user && server_.live(*key) &&
            key->site == tasks_.at(static_cast<std::size_t>(index)).site &&
            is_member(name, key->name))
            out.push_back(key);
    }
    return out;
}

/// Whether a check can run first. It must see exactly what the run sees, and leave no trace: the
/// clock is set back after it.
bool Player::may_check_first(const Step& step) const {
    const Task& which = tasks_.at(static_cast<std::size_t>(step.actors.front().task));
    return step.check_first && step.actors.size() == 1 && step.actors.front().faults.empty() &&
           !machines_.at(static_cast<std::size_t>(which.machine))->disk.full &&
           simulation_.quiet_for(step.actors.front().timeout);
}

const RunResult& Player::check_now(const Actor& actor, std::uint64_t seed) {
    const Millis moment = simulation_.now();
    server_.sorted();           // so that what must be cleaned up is removed before
    auto keys = server_.keep(); // listing keys may count as a use of one
    const RunResult& check = begin_run(actor, reconcile::Mode::check, seed, true);
    simulation_.finish();
    simulation_.rewind(moment);
    if (!check.changes.empty()) violate("check-changes-nothing", "check mode changed keys");
    if (server_.purged_at() <= moment) server_.restore(std::move(keys));
    return check;
}

void Player::run_step(const Step& step) {
    const RunResult* check = nullptr;
    if (may_check_first(step)) check = &check_now(step.actors.front(), step.seed);
    std::vector<RunResult*> runs;
    for (std::size_t i = 0; i < step.actors.size(); ++i) {
        // The same random numbers as in the check.
        runs.push_back(&begin_run(step.actors[i], reconcile::Mode::apply, step.seed + i,
                                  step.actors.size() == 1));
        last_run_[step.actors[i].task] = runs.back()->run;
    }
    running_ = runs;
    simulation_.finish();
    running_.clear();
    calm_.clear();
    for (const RunResult* run : runs)
        verify_run(*run);
    if (check != nullptr) verify_check(*check, *runs.front());
}

void Player::step(const Step& step) {
    simulation_.events.tell(
        [&] { return simulation_.clock() + " --- " + explore::text(step, scenario_); });
    const bool goes_on = step.kind == Step::Kind::run || step.kind == Step::Kind::wait;
    if (!goes_on) calm_.clear();
    const auto index = static_cast<std::size_t>(step.task);
    switch (step.kind) {
    case Step::Kind::wait:
        return simulation_.pass(step.span);
    case Step::Kind::run:
        return run_step(step);
    case Step::Kind::edit:
        tasks_[index] = *step.edited;
        return identify(step.task);
    case Step::Kind::damage:
        return damage(step);
    case Step::Kind::deed:
        return deed(step);
    case Step::Kind::reload:
        consumers_[index] = kept(step.task);
        return;
    case Step::Kind::use:
        server_.use(consumers_[index], false);
        return;
    case Step::Kind::power: {
        Random random(step.seed);
        return machine(tasks_[index].machine).lose_power(random);
    }
    case Step::Kind::full:
    case Step::Kind::roomy:
        machine(tasks_[index].machine).disk.full = step.kind == Step::Kind::full;
        return;
    case Step::Kind::shut:
    case Step::Kind::bar:
        return hinder(step);
    case Step::Kind::mend:
        return mend();
    case Step::Kind::clone:
        return clone(step);
    case Step::Kind::ask:
        return ask(step);
    }
}

void Player::consumers_use() {
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
        consumers_[i] = kept(static_cast<int>(i));
        server_.use(consumers_[i], false);
    }
}

Player::Round Player::round(std::uint64_t seed) {
    Round out;
    for (std::size_t i = 0; i < tasks_.size() && !violation_; ++i) {
        Step run;
        run.kind = Step::Kind::run;
        run.seed = Random(scenario_.seed).branch(seed * 100 + i).next();
        run.check_first = true;
        run.actors = {Actor{static_cast<int>(i)}};
        step(run);
        simulation_.pass(3000);
        const RunResult& result = last();
        if (!result.report.changed) continue;
        out.quiet = false;
        for (const plan::Action& action : result.report.actions)
            if (action.kind != plan::ActionKind::retire && action.kind != plan::ActionKind::collect)
                out.settled = false;
    }
    return out;
}

void Player::settle() {
    simulation_.events.tell([&] { return simulation_.clock() + " --- the faults are over"; });
    Millis quiet = simulation_.now();
    Millis overlap = 0;
    for (const auto& result : results_)
        quiet = std::max(quiet, result->until + beyond_horizon);
    mend();
    bool always = false;
    for (const Task& each : tasks_) {
        if (each.desired.overlap)
            overlap = std::max<Millis>(overlap, each.desired.overlap->seconds() * 1000);
        if (each.desired.recreate == plan::Recreate::always || each.desired.rotate_now)
            always = true;
    }
    contradiction_ = contradict();
    simulation_.pass(quiet - simulation_.now());
    consumers_use();
    simulation_.pass(10'000);
    // One run after the other may have to wait for others.
    const std::uint64_t most = 2 + tasks_.size();
    for (std::uint64_t i = 1; i <= most && !violation_; ++i) {
        const Round now = round(i);
        if (now.quiet) break;
        if (i == most && !now.settled && !always && !contradiction_)
            violate("settles", "the first runs do not reach \"no change\"");
    }
    simulation_.pass(overlap + 20'000);
    consumers_use();
    simulation_.pass(10'000);
    for (std::uint64_t i = 11; i <= 14 && !violation_; ++i) {
        const Round now = round(i);
        if (now.quiet && i >= 12) break;
        if (i == 14 && !now.settled && !always && !contradiction_)
            violate("settles", "runs at the end, seconds apart, do not reach \"no change\"");
        consumers_use();
        simulation_.pass(10'000);
    }
}

std::optional<Violation> Player::play() {
    for (const Step& each : scenario_.steps) {
        if (violation_) return violation_;
        step(each);
    }
    if (!violation_) settle();
    if (!violation_) verify_end();
    return violation_;
}

} // namespace infrastate::explore
