// SPDX-License-Identifier: Apache-2.0
#include "player.h"

#include "paths.h"

#include "infrastate/store/secret_file.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace infrastate::explore {
namespace {

/// In the form that a record keeps: a short word as 64 hexadecimal digits.
std::string as_digest(const std::string& word) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (char c : word) {
        out += digits[(static_cast<unsigned char>(c) >> 4U) & 15U];
        out += digits[static_cast<unsigned char>(c) & 15U];
    }
    out.resize(64, '0');
    return out;
}

/// After the horizon of each intent (infrastate::intent_grace_seconds), and a little.
constexpr Millis beyond_horizon = 155'000;

} // namespace

Player::Player(const Scenario& scenario, Mutation mutation, bool tell)
    : scenario_(scenario), mutation_(mutation), simulation_(scenario.begins),
      server_(simulation_, Random(scenario.seed).branch(1)), holders_(scenario.holders),
      identities_(scenario.holders.size()), vaults_(scenario.holders.size()),
      consumers_(scenario.holders.size()) {
    simulation_.story.listening = tell;
    server_.page_size = scenario.page_size;
    server_.before_remove = [this](const Key& key, int run) { watch_removal(key, run); };
    for (int i = 0; i < 3; ++i) {
        machines_.push_back(std::make_unique<Machine>());
        machines_.back()->number = i;
        machines_.back()->dull = scenario.dull;
        machines_.back()->clock_error = scenario.clock_errors.at(static_cast<std::size_t>(i));
    }
    for (std::size_t i = 0; i < holders_.size(); ++i) {
        simulation_.story.tell(
            [&] { return "holder " + std::to_string(i) + ": " + explore::text(holders_[i]); });
        identify(static_cast<int>(i));
    }
}

Player::~Player() = default;

/// A place on a disk is one holder, whoever asks; a caller's store is one too.
void Player::identify(int index) {
    const Holder& which = holders_.at(static_cast<std::size_t>(index));
    const auto place = std::make_pair(
        which.machine, which.path.empty() ? "#" + std::to_string(index) : which.path);
    const auto [found, is_new] = places_.emplace(place, next_identity_);
    if (is_new) ++next_identity_;
    identities_[static_cast<std::size_t>(index)] = found->second;
}

std::string Player::kept(int index) const {
    const Holder& which = holders_.at(static_cast<std::size_t>(index));
    if (which.path.empty()) return vaults_.at(static_cast<std::size_t>(index));
    const auto& disk = machines_.at(static_cast<std::size_t>(which.machine))->disk;
    return without_newline(disk.contents(which.path).value_or(""));
}

std::string Player::leftover(int index) const {
    const Holder& which = holders_.at(static_cast<std::size_t>(index));
    if (which.path.empty()) return {};
    const auto& disk = machines_.at(static_cast<std::size_t>(which.machine))->disk;
    return without_newline(disk.contents(record_of(which.path) + ".new").value_or(""));
}

bool Player::has_intents(int index) const {
    const Holder& which = holders_.at(static_cast<std::size_t>(index));
    const auto& disk = machines_.at(static_cast<std::size_t>(which.machine))->disk;
    return !which.path.empty() && disk.find(record_of(which.path) + ".intents") != nullptr;
}

std::set<std::string> Player::claims_of(int index) const {
    const Holder& which = holders_.at(static_cast<std::size_t>(index));
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
    const plan::Desired& desired = holders_.at(static_cast<std::size_t>(index)).desired;
    std::vector<const Key*> out;
    for (const Key* key : const_cast<Server&>(server_).sorted()) {
        const User* const user = server_.user(key->user_id);
        if (user != nullptr && user->name == desired.user && server_.live(*key) &&
            key->site == holders_.at(static_cast<std::size_t>(index)).site &&
            family_place(desired.name, key->name))
            out.push_back(key);
    }
    return out;
}

plan::Desired Player::desired_now(int index) const {
    const Holder& which = holders_.at(static_cast<std::size_t>(index));
    plan::Desired out = which.desired;
    out.host = host_of(which);
    out.secret_file = !which.path.empty();
    if (out.keepers) out.keepers = as_digest(*out.keepers);
    out.current_secret = plan::CurrentSecret::not_given;
    if (which.vault) {
        if (!vaults_.at(static_cast<std::size_t>(index)).empty())
            out.current_secret = plan::CurrentSecret::given;
        else if (out.current_secret_missing == plan::WhenMissing::replace)
            out.current_secret = plan::CurrentSecret::empty;
    }
    // A first run has nothing to hand in yet: such a play leaves both out.
    if (!out.has_holder()) out.overlap.reset();
    return out;
}

Caller Player::caller_of(int index) const {
    const Holder& which = holders_.at(static_cast<std::size_t>(index));
    const auto found = handed_out_.find(index);
    if (found != handed_out_.end() && found->second.site == which.site) return found->second;
    return server_.caller(which.caller, which.site);
}

/// What the run meets, and cannot change any more.
void Player::look_around(RunResult& result) {
    const Holder& which = holder(result.actor_holder);
    result.began = simulation_.now();
    result.site = which.site;
    result.rights = server_.rights(caller_of(result.actor_holder));
    result.record = recorded(result.actor_holder);
    result.kept = kept(result.actor_holder);
    result.had_intents = has_intents(result.actor_holder);
    // Without a holder rotations are nobody's business.
    for (const Key* key : server_.sorted())
        if (is_of(*key, result) && key->holder != result.identity &&
            (result.desired.has_holder() || key->name == result.desired.name.text()))
            result.family_there = true;
    const auto calm = calm_.find(result.actor_holder);
    result.calm = calm != calm_.end() && simulation_.now() - calm->second < 1000;
}

void Player::body(const Actor& actor, reconcile::Mode mode, std::uint64_t seed, RunResult& result) {
    const Holder which = holders_.at(static_cast<std::size_t>(actor.holder));
    Machine& machine = *machines_.at(static_cast<std::size_t>(which.machine));
    Process process(simulation_, machine, result.run, Random(seed), {actor.timeout}, actor.faults);
    RunFiles disk_files(process);
    disk_files.watch = [&](const std::string& path, const auto& before, const auto& after) {
        watch_file(result, path, before, after);
    };
    const Caller caller = caller_of(actor.holder);
    RunApi plain_api(process, server_, result.identity, caller);
    plain_api.on_failed_post = [&](const Error& error) {
        result.failed_post = error;
        result.failed_at = simulation_.now();
        const bool said = error.http_status == 400 || error.http_status == 403;
        result.denied = result.denied || said;
    };
    plain_api.on_own_key = [&] { result.own_key = true; };
    plain_api.on_post = [&] {
        // What it takes over is its own from here on, to be retired later.
        if (result.desired.adopt == plan::Adopt::replace)
            for (const Key* each : live_family(actor.holder))
                if (each->created <= result.first_listing.value_or(0))
                    held_[result.identity].insert(each->secret);
    };
    plain_api.on_refused = [&] {
        const auto last = std::find_if(sent_.rbegin(), sent_.rend(),
                                       [&](const Sent& sent) { return sent.run == result.run; });
        if (last != sent_.rend()) last->refused = true;
    };
    plain_api.on_listing = [&] {
        if (!result.first_listing) result.first_listing = simulation_.now();
    };
    RunHost plain_host(process);
    const auto files = mutated_files(disk_files, mutation_);
    const auto api = mutated_api(plain_api, mutation_, [&](const Secret& secret) {
        const Key* const key = server_.by_secret(secret.reveal());
        return key != nullptr && is_of(*key, result);
    });
    const auto run_host = mutated_host(
        plain_host, mutation_, [&](std::int64_t milliseconds) { process.wait(milliseconds); });
    const Secret own_token(caller.secret);
    std::optional<Secret> current;
    if (result.desired.current_secret == plan::CurrentSecret::given)
        current.emplace(vaults_.at(static_cast<std::size_t>(actor.holder)));
    look_around(result);
    result.until = process.end;
    held_[result.identity].merge(claims_of(actor.holder));
    try {
        std::unique_ptr<ports::SecretStore> store;
        if (!which.path.empty()) {
            auto opened = store::open_secret_file({which.path}, *files);
            if (opened)
                store = mutated_store(
                    std::move(*opened), mutation_, result.desired.host,
                    [&](const auto& intents) { note_intents(intents, result, process.end); });
            if (!opened) result.report.error = opened.error();
        }
        if (!result.report.error) {
            reconcile::Context context{api->with(*run_host), store.get(),
                                       current ? &*current : nullptr,
                                       caller.is_session() ? nullptr : &own_token};
            result.report = reconcile::reconcile_access_key(result.desired, mode, context);
        }
    } catch (const Died&) {
        result.died = true;
        if (process.endless) violate("run-ends", "a run makes thousands of calls");
    } catch (const std::exception& error) {
        violate("no-exception", std::string("an exception left reconcile: ") + error.what());
    }
    result.died = result.died || process.dead();
    result.ended = simulation_.now();
    judge_deadline(result);
    result.struck = process.was_struck();
    result.requests = process.requests;
    for (const ServerChange& change : server_.changes)
        if (change.run == result.run) result.changes.push_back(change);
    // A key that was made and could not be kept is deleted again: nothing changed.
    std::erase_if(result.changes, [&](const ServerChange& change) {
        return std::count_if(server_.changes.begin(), server_.changes.end(),
                             [&](const ServerChange& other) {
                                 return other.run == result.run && other.key.id == change.key.id;
                             }) == 2;
    });
    // Without a mark nobody can tell what became of a POST: a documented limit.
    if ((result.struck || result.died) && result.unmarked) disturbed_.insert(result.identity);
    simulation_.story.tell([&] { return run_text(result); });
    if (result.died || mode == reconcile::Mode::check) return;
    if (which.vault && !result.report.error && result.report.secret) {
        std::string& stored = vaults_[static_cast<std::size_t>(actor.holder)];
        // Whoever stores what an unchanged run returns was not told to.
        if (result.report.secret_changed)
            watch_text(result, stored, std::string(result.report.secret->reveal()),
                       "the caller's store");
        stored = result.report.secret->reveal();
    }
}

void Player::note_intents(const std::vector<Intent>& intents, RunResult& result, Millis end) {
    for (const Intent& intent : intents) {
        result.unmarked = result.unmarked || (!intent.recognisable && !intent.answered);
        const Millis expiry = intent.sent_expiry.nanoseconds() / 1'000'000;
        const Millis inactivity = intent.sent_inactivity_timeout.nanoseconds() / 1'000'000;
        const bool known = std::any_of(sent_.begin(), sent_.end(), [&](const Sent& sent) {
            return sent.identity == result.identity && sent.name == intent.key_name &&
                   sent.started == intent.started && sent.expiry == expiry &&
                   sent.inactivity == inactivity;
        });
        if (known) continue;
        // By the clock that the run was told; where it cannot be trusted, for longer than the run.
        const Millis from = intent.started.unix_seconds() * 1000;
        const Millis until = intent.until.unix_seconds() * 1000;
        sent_.push_back({result.identity, result.run, intent.key_name, intent.user_id, expiry,
                         inactivity, intent.started, std::min(simulation_.now(), from),
                         std::max(end, until) + beyond_horizon, false});
    }
}

std::string Player::run_text(const RunResult& result) const {
    std::string out = simulation_.clock() + " run " + std::to_string(result.run) + " of holder " +
                      std::to_string(result.actor_holder) + ": ";
    if (result.died) return out + "died";
    const reconcile::Report& report = result.report;
    out += std::string(report.changed ? "changed" : "unchanged") + ", reason " +
           std::string(plan::name(report.plan.reason)) + ", secret " +
           std::string(plan::name(report.secret_state)) + ", actions:";
    for (const plan::Action& action : report.actions)
        out += " " + std::string(plan::name(action.kind)) + " " + action.name +
               (action.id ? "(" + action.id->text() + ")" : "");
    if (report.error)
        out += "; error " + std::string(code_name(report.error->code)) + " [" +
               report.error->detail + "] " + report.error->message;
    for (const std::string& warning : report.warnings)
        out += "\n      warning: " + warning;
    return out;
}

RunResult& Player::begin_run(const Actor& actor, reconcile::Mode mode, std::uint64_t seed,
                             bool alone) {
    auto result = std::make_unique<RunResult>(RunResult{static_cast<int>(results_.size()),
                                                        actor.holder, identity_of(actor.holder),
                                                        desired_now(actor.holder)});
    RunResult& out = *result;
    results_.push_back(std::move(result));
    out.alone = alone;
    judge_neutral(out);
    if (const auto accepted = plan::check_desired(out.desired); !accepted) {
        out.skipped = true;
        out.report.error = accepted.error();
        simulation_.story.tell([&] {
            return "run " + std::to_string(out.run) +
                   ": not accepted: " + out.report.error->message;
        });
        return out;
    }
    simulation_.start(simulation_.now() + actor.delay,
                      [this, actor, mode, seed, &out] { body(actor, mode, seed, out); });
    return out;
}

/// The check must see exactly what the run sees, and leave no trace: the clock goes back after it.
bool Player::may_check_first(const Step& step) const {
    const Holder& which = holders_.at(static_cast<std::size_t>(step.actors.front().holder));
    return step.check_first && step.actors.size() == 1 && step.actors.front().faults.empty() &&
           !machines_.at(static_cast<std::size_t>(which.machine))->disk.full &&
           simulation_.quiet_for(step.actors.front().timeout);
}

const RunResult& Player::check_now(const Actor& actor, std::uint64_t seed) {
    const Millis moment = simulation_.now();
    server_.sorted();           // what is to be cleaned up is gone before
    auto keys = server_.keep(); // looking at keys may be a use of one
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
        // The same chance as the check had.
        runs.push_back(&begin_run(step.actors[i], reconcile::Mode::apply, step.seed + i,
                                  step.actors.size() == 1));
        last_run_[step.actors[i].holder] = runs.back()->run;
    }
    running_ = runs;
    simulation_.finish();
    running_.clear();
    calm_.clear();
    for (const RunResult* run : runs)
        judge_run(*run);
    if (check != nullptr) judge_check(*check, *runs.front());
}

void Player::step(const Step& step) {
    simulation_.story.tell(
        [&] { return simulation_.clock() + " --- " + explore::text(step, scenario_); });
    const auto index = static_cast<std::size_t>(step.holder);
    switch (step.kind) {
    case Step::Kind::wait:
        return simulation_.pass(step.span);
    case Step::Kind::run:
        return run_step(step);
    case Step::Kind::edit:
        holders_[index] = *step.edited;
        return identify(step.holder);
    case Step::Kind::damage:
        return damage(step);
    case Step::Kind::deed:
        return deed(step);
    case Step::Kind::reload:
        consumers_[index] = kept(step.holder);
        return;
    case Step::Kind::use:
        server_.use(consumers_[index], false);
        return;
    case Step::Kind::power: {
        Random random(step.seed);
        return machine(holders_[index].machine).lose_power(random);
    }
    case Step::Kind::full:
    case Step::Kind::roomy:
        machine(holders_[index].machine).disk.full = step.kind == Step::Kind::full;
        return;
    case Step::Kind::shut:
    case Step::Kind::bar:
        return hinder(step);
    case Step::Kind::mend:
        return mend();
    case Step::Kind::ask:
        return ask(step);
    }
}

void Player::consumers_use() {
    for (std::size_t i = 0; i < holders_.size(); ++i) {
        consumers_[i] = kept(static_cast<int>(i));
        server_.use(consumers_[i], false);
    }
}

Player::Round Player::round(std::uint64_t seed) {
    Round out;
    for (std::size_t i = 0; i < holders_.size() && !violation_; ++i) {
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
    simulation_.story.tell([&] { return simulation_.clock() + " --- the faults are over"; });
    Millis quiet = simulation_.now();
    Millis overlap = 0;
    for (const auto& result : results_)
        quiet = std::max(quiet, result->until + beyond_horizon);
    mend();
    bool always = false;
    for (const Holder& each : holders_) {
        if (each.desired.overlap)
            overlap = std::max<Millis>(overlap, each.desired.overlap->seconds() * 1000);
        if (each.desired.recreate == plan::Recreate::always) always = true;
    }
    contradiction_ = contradict();
    simulation_.pass(quiet - simulation_.now());
    consumers_use();
    simulation_.pass(10'000);
    // One after the other may have to make way.
    const std::uint64_t most = 2 + holders_.size();
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
    if (!violation_) judge_end();
    return violation_;
}

} // namespace infrastate::explore
