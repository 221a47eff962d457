// SPDX-License-Identifier: Apache-2.0
// One run of a task, from what it finds to its result. Part of Player.
#include "family.h"
#include "paths.h"
#include "player.h"

#include "infrastate/store/secret_file.h"
#include "infrastate/wire/access_key.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace infrastate::explore {
namespace {

/// The form in which a record keeps it: a short word as 64 hexadecimal digits.
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

std::string machine_id(int number) {
    return "machine-" + std::to_string(number);
}

std::string derived_name(const Task& which, const std::string& host, const std::string& user) {
    return wire::name_derived_at(
        {.machine_id = machine_id(which.machine), .secret_file = which.path}, host, user);
}

} // namespace

plan::Desired Player::desired_now(int index) const {
    const Task& which = tasks_.at(static_cast<std::size_t>(index));
    plan::Desired out = which.desired;
    out.host = host_of(which);
    out.secret_file = !which.path.empty();
    out.machine = as_digest(machine_id(which.machine));
    if (which.unnamed && out.secret_file) {
        out.name = KeyName::parse(derived_name(which, out.host, out.user)).value();
        out.derived = true;
        out.id.reset();
    }
    if (out.keepers) out.keepers = as_digest(*out.keepers);
    out.current_secret = plan::CurrentSecret::not_given;
    if (which.vault) {
        if (!vaults_.at(static_cast<std::size_t>(index)).empty())
            out.current_secret = plan::CurrentSecret::given;
        else if (out.current_secret_missing == plan::WhenMissing::replace)
            out.current_secret = plan::CurrentSecret::empty;
    }
    // A first run has no secret to give: such a play leaves both out.
    if (!out.has_holder()) out.overlap.reset();
    return out;
}

KeyName Player::name_of(int index) const {
    const Task& which = tasks_.at(static_cast<std::size_t>(index));
    if (!which.unnamed || which.path.empty()) return which.desired.name;
    std::string name = derived_name(which, host_of(which), which.desired.user);
    if (const auto record = recorded(index)) {
        const bool here = record->machine.empty()
                              ? record->name == derived_name(which, record->host, record->user)
                              : record->machine == as_digest(machine_id(which.machine));
        const Key* const key = server_.find(record->id);
        if (here && KeyName::parse(record->name))
            name = record->name;
        else if (here && key != nullptr) // the name was damaged
            name = managed_part(key->name);
    }
    return KeyName::parse(name).value();
}

bool Player::is_copy(int index) const {
    const Task& which = tasks_.at(static_cast<std::size_t>(index));
    const auto record = recorded(index);
    if (!which.unnamed || which.path.empty()) return false;
    const std::string here = as_digest(machine_id(which.machine));
    if (record) return !record->machine.empty() && record->machine != here;
    const auto& disk = machines_.at(static_cast<std::size_t>(which.machine))->disk;
    const auto intents = disk.contents(record_of(which.path) + ".intents");
    return intents && intents->find(here) == std::string::npos;
}

Caller Player::caller_of(int index) const {
    const Task& which = tasks_.at(static_cast<std::size_t>(index));
    const auto found = handed_out_.find(index);
    if (found != handed_out_.end() && found->second.site == which.site) return found->second;
    return server_.caller(which.caller, which.site);
}

void Player::look_at_disk(RunResult& result) const {
    result.record = recorded(result.actor_task);
    result.kept = kept(result.actor_task);
    result.had_intents = has_intents(result.actor_task);
    result.copy = is_copy(result.actor_task);
    result.desired.name = name_of(result.actor_task);
}

/// Notes what the run finds and can no longer change.
void Player::look_around(RunResult& result) {
    const Task& which = task(result.actor_task);
    result.began = simulation_.now();
    result.site = which.site;
    result.rights = server_.rights(caller_of(result.actor_task));
    result.hindered = is_hindered(which);
    result.full = machine(which.machine).disk.full;
    look_at_disk(result);
    // Without a holder nobody owns the rotations.
    for (const Key* key : server_.sorted())
        if (is_of(*key, result) && key->task != result.identity &&
            (result.desired.has_holder() || key->name == result.desired.name.text()))
            result.family_there = true;
    const auto calm = calm_.find(result.actor_task);
    result.calm = calm != calm_.end() && simulation_.now() - calm->second < 1000;
}

void Player::body(const Actor& actor, reconcile::Mode mode, std::uint64_t seed, RunResult& result) {
    const Task which = tasks_.at(static_cast<std::size_t>(actor.task));
    Machine& machine = *machines_.at(static_cast<std::size_t>(which.machine));
    Process process(simulation_, machine, result.run, Random(seed), {actor.timeout}, actor.faults);
    RunFiles disk_files(process);
    disk_files.watch = [&](const std::string& path, const auto& before, const auto& after) {
        watch_file(result, path, before, after);
    };
    const Caller caller = caller_of(actor.task);
    RunApi plain_api(process, server_, result.identity, caller);
    plain_api.on_failed_post = [&](const Error& error) {
        result.failed_post = error;
        result.failed_at = simulation_.now();
        const bool said = error.http_status == 400 || error.http_status == 403;
        result.denied = result.denied || said;
        result.told_to_wait = result.told_to_wait || plain_api.completion().asked_ms > 0;
    };
    plain_api.on_hasty = [&](Millis early) { result.hasty = early; };
    plain_api.on_bad_name = [&] { result.bad_name = true; };
    plain_api.on_own_key = [&] { result.own_key = true; };
    plain_api.on_post = [&] {
        // The run owns what it takes over from here on, and retires it later.
        if (result.desired.adopt == plan::Adopt::replace)
            for (const Key* each : live_family(actor.task))
                if (each->created <= result.first_listing.value_or(0))
                    held_[result.identity].insert(each->secret);
    };
    plain_api.on_refused = [&] {
        const auto last = std::find_if(sent_.rbegin(), sent_.rend(),
                                       [&](const Sent& sent) { return sent.run == result.run; });
        if (last != sent_.rend()) last->refused = true;
        result.failed_post.reset(); // another run made the key
    };
    plain_api.on_listing = [&](const ServerTime& time) {
        if (result.first_listing) return;
        // Another run may have worked while this one waited for the lock.
        if (!result.alone) look_at_disk(result);
        result.first_listing = simulation_.now();
        result.first_date = time.now.unix_seconds();
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
    const plan::Desired told =
        mutated_desired(result.desired, mutation_,
                        Timestamp::from_unix(simulation_.seconds() + machine.clock_error));
    std::optional<Secret> current;
    if (result.desired.current_secret == plan::CurrentSecret::given)
        current.emplace(vaults_.at(static_cast<std::size_t>(actor.task)));
    look_around(result);
    result.until = process.end;
    held_[result.identity].merge(own_claims_of(actor.task));
    try {
        std::unique_ptr<ports::SecretStore> store;
        if (!which.path.empty()) {
            auto opened = store::open_secret_file({which.path}, *files);
            if (opened)
                store =
                    mutated_store(std::move(*opened), mutation_, told, [&](const auto& intents) {
                        note_intents(intents, result, process.end);
                    });
            if (!opened) result.report.error = opened.error();
        }
        if (!result.report.error) {
            reconcile::Context context{api->with(*run_host), store.get(),
                                       current ? &*current : nullptr,
                                       caller.is_session() ? nullptr : &own_token};
            if (which.unnamed)
                context.derived_name = [&](std::string_view host, std::string_view user) {
                    return derived_name(which, std::string(host), std::string(user));
                };
            result.report = reconcile::reconcile_access_key(told, mode, context);
            mutate_report(result.report, mutation_, result.desired);
        }
    } catch (const Died&) {
        result.died = true;
        if (process.endless) violate("run-ends", "a run makes thousands of calls");
    } catch (const std::exception& error) {
        violate("no-exception", std::string("an exception left reconcile: ") + error.what());
    }
    result.died = result.died || process.dead();
    result.ended = simulation_.now();
    verify_deadline(result);
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
    // Without a mark nobody can tell what a POST has done: a documented limit.
    if ((result.struck || result.died) && result.unmarked) disturbed_.insert(result.identity);
    simulation_.events.tell([&] { return run_text(result); });
    if (result.died || mode == reconcile::Mode::check) return;
    if (which.vault && !result.report.error && result.report.secret) {
        std::string& stored = vaults_[static_cast<std::size_t>(actor.task)];
        // The run is responsible only if it says that the secret changed: only then was the caller
        // told to store it.
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
        // By the clock that the run used. If that clock cannot be trusted, a longer time than the
        // run's.
        const Millis from = intent.started.unix_seconds() * 1000;
        const Millis until = intent.until.unix_seconds() * 1000;
        sent_.push_back({result.identity, result.run, intent.key_name, intent.user_id, expiry,
                         inactivity, intent.started, std::min(simulation_.now(), from),
                         std::max(end, until) + beyond_horizon, false});
    }
}

std::string Player::run_text(const RunResult& result) const {
    std::string out = simulation_.clock() + " run " + std::to_string(result.run) + " of task " +
                      std::to_string(result.actor_task) + ": ";
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
    auto result =
        std::make_unique<RunResult>(RunResult{static_cast<int>(results_.size()), actor.task,
                                              identity_of(actor.task), desired_now(actor.task)});
    RunResult& out = *result;
    results_.push_back(std::move(result));
    out.alone = alone;
    out.check = mode == reconcile::Mode::check;
    verify_neutral(out);
    if (const auto accepted = mutated_check(out.desired, mutation_); !accepted) {
        out.skipped = true;
        out.report.error = accepted.error();
        simulation_.events.tell([&] {
            return "run " + std::to_string(out.run) +
                   ": not accepted: " + out.report.error->message;
        });
        return out;
    }
    simulation_.start(simulation_.now() + actor.delay,
                      [this, actor, mode, seed, &out] { body(actor, mode, seed, out); });
    return out;
}

} // namespace infrastate::explore
