// SPDX-License-Identifier: Apache-2.0
#include "scenario.h"

#include <array>
#include <variant>

namespace infrastate::explore {
namespace {

constexpr std::array<const char*, static_cast<std::size_t>(Damage::count_)> damages{
    "its secret file is removed",
    "its secret file is emptied",
    "its secret file is overwritten with a configuration file",
    "its secret file is overwritten with a wrong key",
    "its record is removed",
    "its record is damaged",
    "a member of its record is damaged",
    "the caller loses the stored secret",
    "the caller's stored secret is overwritten with a wrong key"};

constexpr std::array<const char*, static_cast<std::size_t>(Caller::Kind::count_)> callers{
    "a configured key",       "an administrator's key", "an administrator's session",
    "a plain user's session", "a connector's key",      "one of the keys"};

std::string seconds_text(Millis span) {
    return span_text(span / 1000) +
           (span % 1000 == 0 ? "" : "+" + std::to_string(span % 1000) + "ms");
}

} // namespace

std::string text(const plan::Desired& desired) {
    std::string out = "name: " + desired.name.text() + ", user: " + desired.user;
    const auto add = [&](const char* label, const std::string& value) {
        out += std::string(", ") + label + ": " + value;
    };
    if (desired.state == plan::State::absent) add("state", "absent");
    if (desired.id) add("id", desired.id->text());
    if (desired.expires_in) add("expires_in", desired.expires_in->text());
    if (desired.expires_at) add("expires_at", desired.expires_at->text());
    if (desired.inactivity_timeout) add("inactivity_timeout", desired.inactivity_timeout->text());
    if (desired.recreate != plan::Recreate::state_change)
        add("recreate", std::string(plan::name(desired.recreate)));
    if (desired.renew_before) {
        const auto* percent = std::get_if<plan::Percent>(&*desired.renew_before);
        add("renew_before", percent != nullptr ? std::to_string(percent->value) + "%"
                                               : std::get<Duration>(*desired.renew_before).text());
    }
    if (desired.renew_splay) add("renew_splay", desired.renew_splay->text());
    if (desired.overlap) add("overlap", desired.overlap->text());
    if (desired.retire == plan::Retire::on_time) add("retire", "on_time");
    if (desired.rotate_now) add("rotate_if_created_before", "now");
    if (desired.rotate_if_created_before)
        add("rotate_if_created_before", desired.rotate_if_created_before->text());
    if (desired.keepers) add("keepers", *desired.keepers);
    if (desired.adopt == plan::Adopt::replace) add("adopt", "replace");
    if (desired.verify == plan::Verify::always) add("verify_secret", "always");
    if (desired.verify == plan::Verify::never) add("verify_secret", "never");
    if (desired.current_secret_missing == plan::WhenMissing::replace)
        add("current_secret_missing", "replace");
    return out;
}

std::string text(const Task& task) {
    std::string out = "machine " + std::to_string(task.machine) + ", ";
    if (!task.path.empty()) out += "secret_file: " + task.path + ", ";
    if (task.vault) out += "current_secret from the caller's store, ";
    if (task.site != 0 || task.alias) out += "host: " + host_of(task) + ", ";
    if (task.caller != Caller::Kind::configured)
        out += std::string("as ") + callers.at(static_cast<std::size_t>(task.caller)) + ", ";
    if (task.unnamed) out += "unnamed, ";
    return out + text(task.desired);
}

std::string host_of(int site, bool alias) {
    const std::string domain = site == 0 ? "example" : "test";
    return "https://" + std::string(alias ? "keys." : "infra.") + domain;
}

std::string host_of(const Task& task) {
    return host_of(task.site, task.alias);
}

std::string text(const Step& step, const Scenario&) {
    const std::string who = "task " + std::to_string(step.task);
    switch (step.kind) {
    case Step::Kind::wait:
        return "wait " + seconds_text(step.span);
    case Step::Kind::run: {
        std::string out = step.check_first ? "check, then run" : "run";
        for (const Actor& actor : step.actors) {
            out += " task " + std::to_string(actor.task);
            if (actor.delay > 0) out += " after " + seconds_text(actor.delay);
            if (actor.timeout != Actor{}.timeout) out += ", timeout " + seconds_text(actor.timeout);
            for (const Fault& fault : actor.faults)
                out += ", " + text(fault);
            out += ";";
        }
        return out;
    }
    case Step::Kind::edit:
        return who + " becomes: " + text(*step.edited);
    case Step::Kind::damage:
        return who + ": " + damages.at(static_cast<std::size_t>(step.damage));
    case Step::Kind::deed:
        switch (step.deed) {
        case Deed::make:
            return "another tool makes " + step.name + " of " + step.user + ", for " +
                   seconds_text(step.lifetime) + ", inactivity " + seconds_text(step.inactivity);
        case Deed::remove_held:
            return "an operator deletes the key that " + who + " holds";
        case Deed::remove_name:
            return "an operator deletes " + step.name;
        case Deed::remake_user:
            return "the user " + step.user + " is deleted and made again";
        case Deed::hand_out:
            return who + " authenticates with " + step.name + " from now on";
        case Deed::give:
            return "an operator gives the secret of " + step.name + " to " + who;
        }
        break;
    case Step::Kind::reload:
        return "the consumer of " + who + " reads the secret again";
    case Step::Kind::use:
        return "the consumer of " + who + " uses its secret";
    case Step::Kind::power:
        return "the machine of " + who + " loses power";
    case Step::Kind::full:
        return "the disk of " + who + " is full";
    case Step::Kind::roomy:
        return "the disk of " + who + " has room again";
    case Step::Kind::shut:
        return "the folder of " + who + " may not be written";
    case Step::Kind::bar:
        return "a folder lies where the lock of " + who + " is to be";
    case Step::Kind::mend:
        return "the folder of " + who + " is as it should be";
    case Step::Kind::clone:
        return "the machine of " + who + " is copied to that of task " +
               std::to_string(step.target);
    case Step::Kind::ask:
        return "somebody asks for the keys of " + who;
    }
    return "?";
}

} // namespace infrastate::explore
