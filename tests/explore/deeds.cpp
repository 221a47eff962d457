// SPDX-License-Identifier: Apache-2.0
// What others do at the servers and on the disks, besides the runs of a scenario. Part of Player.
#include "family.h"
#include "paths.h"
#include "player.h"

#include "infrastate/json/json.h"
#include "infrastate/reconcile/access_key_info.h"

#include <algorithm>
#include <utility>

namespace infrastate::explore {
namespace {

std::string wrong_key(std::uint64_t seed) {
    std::string out = "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb";
    out.replace(0, 3, std::to_string(100 + seed % 900));
    return out;
}

std::string text_of(const Value& object, std::string_view member) {
    const Value* const found = object.find(member);
    return found != nullptr && found->is_string() ? found->string() : std::string();
}

std::string digest_of(const Value& object, std::string_view member) {
    constexpr std::size_t hex_digits = 64;
    std::string out = text_of(object, member);
    return out.size() == hex_digits ? out : std::string();
}

std::set<std::string> predecessors_in(const Value& record) {
    std::set<std::string> out;
    const Value* const list = record.find("predecessors");
    if (list == nullptr || !list->is_array()) return out;
    for (const Value& each : list->items())
        if (each.is_object()) out.insert(text_of(each, "id"));
    return out;
}

/// Gives one member a value that is not well-formed.
void damage_member(Value& record, std::uint64_t seed) {
    const std::size_t at = seed / 8 % record.members().size();
    const std::string member = record.members()[at].first;
    switch (seed % 6) {
    case 0:
        return record.erase(member);
    case 1:
        record.set(member, Value());
        return;
    case 2:
        record.set(member, 5);
        return;
    case 3:
        record.set(member, member == "predecessors" ? Value("all") : Value(""));
        return;
    case 4:
        record.set(member, Value::object());
        return;
    default:
        // A user may have any name.
        record.set(member, member == "user" ? Value() : Value("!?"));
        return;
    }
}

/// Replaces an id, of the record or of a predecessor, by the id of somebody else's key.
void damage_id(Value& record, const std::string& id, std::uint64_t seed) {
    Value* known = seed % 3 == 0 ? record.find("predecessors") : nullptr;
    if (known != nullptr && known->is_array() && !known->items().empty())
        known->items().front().set("id", id);
    else
        record.set("id", id);
}

} // namespace

std::optional<Recorded> Player::recorded(int index) const {
    const Task& which = tasks_.at(static_cast<std::size_t>(index));
    if (which.path.empty()) return std::nullopt;
    const auto& disk = machines_.at(static_cast<std::size_t>(which.machine))->disk;
    const auto text = disk.contents(record_of(which.path));
    if (!text) return std::nullopt;
    const auto read = json::read(*text);
    if (!read || !read->is_object()) return std::nullopt;
    return Recorded{text_of(*read, "host"), text_of(*read, "user"), text_of(*read, "user_id"),
                    text_of(*read, "name"), text_of(*read, "id"),   digest_of(*read, "machine"),
                    predecessors_in(*read)};
}

bool Player::is_hindered(const Task& which) const {
    const Disk& disk = machines_.at(static_cast<std::size_t>(which.machine))->disk;
    return !which.path.empty() &&
           (disk.is_shut(which.path) || disk.folders.contains(record_of(which.path) + ".lock"));
}

/// What is on a copied disk belongs to the original.
std::set<std::string> Player::own_claims_of(int index) const {
    std::set<std::string> out = claims_of(index);
    const auto copied = copied_.find(identity_of(index));
    if (copied != copied_.end() && tasks_.at(static_cast<std::size_t>(index)).unnamed)
        for (const std::string& secret : copied->second)
            out.erase(secret);
    return out;
}

void Player::clone(const Step& step) {
    const Task& from = task(step.task);
    const Task& to = task(step.target);
    if (from.path.empty() || from.path != to.path || from.machine == to.machine) return;
    const int identity = identity_of(step.target);
    const Disk& source = machine(from.machine).disk;
    Disk& disk = machine(to.machine).disk;
    if (!disk.has_folder_of(to.path)) return;
    const std::string record = record_of(to.path);
    const bool has_run = std::any_of(results_.begin(), results_.end(), [&](const auto& each) {
        return each->identity == identity && !each->check && !each->skipped;
    });
    for (const std::string& path : {to.path, record, record + ".new", record + ".intents"}) {
        const auto bytes = source.contents(path);
        if (has_run && disk.contents(path) != bytes) disturbed_.insert(identity);
        disk.drop(path);
        if (bytes) disk.put(path, *bytes);
    }
    // With a name, both manage one key.
    if (!from.unnamed || !to.unnamed) {
        disturbed_.insert(identity);
        disturbed_.insert(identity_of(step.task));
    }
    for (std::set<int>* marked : {&damaged_, &disturbed_})
        if (marked->contains(identity_of(step.task))) marked->insert(identity);
    copied_[identity] = claims_of(step.target);
    held_[identity].clear();
}

void Player::deed(const Step& step) {
    const auto named = [&]() -> const Key* {
        for (const Key* key : server_.sorted())
            if (key->name == step.name && key->site == step.site) return key;
        return nullptr;
    };
    // Nobody has the secret of a POST that was not answered.
    const auto known = [&]() -> const Key* {
        const Key* const key = named();
        if (key == nullptr || key->task == somebody_else) return key;
        for (std::size_t i = 0; i < tasks_.size(); ++i)
            if (claims_of(static_cast<int>(i)).contains(key->secret)) return key;
        return nullptr;
    };
    switch (step.deed) {
    case Deed::make: {
        const User* const user = server_.user_named(step.user, step.site);
        const auto made = server_.create(user->id, step.name, step.lifetime, step.inactivity,
                                         somebody_else, -1, step.site);
        simulation_.events.tell([&] {
            return made.refusal == Server::Refusal::none ? "  made " + Server::text(made.key)
                                                         : std::string("  the name is taken");
        });
        return;
    }
    case Deed::remove_held:
        if (const Key* key = server_.by_secret(kept(step.task))) server_.remove(key->id, -1);
        return;
    case Deed::remove_name:
        if (const Key* key = named()) server_.remove(key->id, -1);
        return;
    case Deed::give: {
        const Key* const key = known();
        if (key == nullptr) return;
        disturbed_.insert(identity_of(step.task));
        const Task& which = task(step.task);
        if (which.vault) vaults_[static_cast<std::size_t>(step.task)] = key->secret;
        if (!which.vault && !which.path.empty())
            machine(which.machine).disk.put(which.path, key->secret + "\n");
        return;
    }
    case Deed::remake_user:
        remade_.insert({step.site, step.user});
        server_.remake_user(step.user, step.site);
        return;
    case Deed::hand_out:
        if (const Key* key = known())
            handed_out_[step.task] = {Caller::Kind::row, key->site, key->secret,
                                      step.seed % 2 == 0};
        return;
    }
}

void Player::damage(const Step& step) {
    const Task& which = task(step.task);
    Disk& disk = machine(which.machine).disk;
    std::string& vault = vaults_[static_cast<std::size_t>(step.task)];
    if (step.damage == Damage::record_field) return damage_field(step);
    damaged_.insert(identity_of(step.task));
    if (step.damage == Damage::vault_gone) vault.clear();
    if (step.damage == Damage::vault_wrong) vault = wrong_key(step.seed);
    if (which.path.empty() || !disk.has_folder_of(which.path)) return;
    switch (step.damage) {
    case Damage::file_gone:
        return disk.drop(which.path);
    case Damage::file_empty:
        return disk.put(which.path, "");
    case Damage::file_junk:
        return disk.put(which.path, "listen: 8080\nlog: info\n");
    case Damage::file_wrong:
        return disk.put(which.path, wrong_key(step.seed) + "\n");
    case Damage::record_gone:
        return disk.drop(record_of(which.path));
    case Damage::record_broken:
        if (disk.find(record_of(which.path))) disk.put(record_of(which.path), "{\"version\":");
        return;
    default:
        return;
    }
}

/// If the task had nothing to change right before, the damage must not make it change a key.
void Player::damage_field(const Step& step) {
    const Task& which = task(step.task);
    Disk& disk = machine(which.machine).disk;
    const auto text = which.path.empty() ? std::nullopt : disk.contents(record_of(which.path));
    if (!text) return;
    auto record = json::read(*text);
    if (!record || !record->is_object() || record->members().empty()) return;
    Step look;
    look.check_first = true;
    look.actors = {Actor{step.task}};
    if (may_check_first(look)) {
        const RunResult& before = check_now(look.actors.front(), step.seed);
        // A key that was made with a wrong clock differs from what was asked for, and the record
        // hides it. And what an earlier damage removed shows only later.
        const int identity = identity_of(step.task);
        if (!was_struck(identity) && !damaged_.contains(identity) && !before.skipped &&
            !before.report.error && !before.report.changed &&
            before.report.secret_state == plan::SecretState::good)
            calm_[step.task] = simulation_.now();
    }
    damaged_.insert(identity_of(step.task));
    // If a key is made again with the record's own name within the same second, the two cannot be
    // told apart.
    std::vector<const Key*> keys = server_.sorted();
    std::erase_if(keys, [&](const Key* key) { return key->name == text_of(*record, "key_name"); });
    constexpr std::uint64_t wrong_ids = 4; // one damage in this many
    if (step.seed % wrong_ids == 0 && !keys.empty())
        damage_id(*record, keys[step.seed / wrong_ids % keys.size()]->id, step.seed);
    else
        damage_member(*record, step.seed / wrong_ids);
    note(Situation::field_damaged);
    disk.put(record_of(which.path), json::write_pretty(*record) + "\n");
}

void Player::hinder(const Step& step) {
    const Task& which = task(step.task);
    Disk& disk = machine(which.machine).disk;
    if (which.path.empty() || !disk.has_folder_of(which.path)) return;
    if (step.kind == Step::Kind::shut) {
        disk.shut.insert(folder_of(which.path));
        return;
    }
    disk.drop(record_of(which.path) + ".lock");
    disk.folders.insert(record_of(which.path) + ".lock");
}

void Player::mend() {
    for (const auto& each : machines_) {
        each->disk.full = false;
        each->disk.shut.clear();
        std::erase_if(each->disk.folders,
                      [](const std::string& folder) { return folder.ends_with(".lock"); });
    }
}

/// A question tells only what the caller may see.
void Player::ask(const Step& step) {
    const Task& which = task(step.task);
    const Rights rights = server_.rights(caller_of(step.task));
    plan::InfoQuery query;
    if (step.seed % 4 != 0) query.user = which.desired.user;
    if (step.seed % 3 != 0) query.name = which.desired.name;
    query.host = host_of(which);
    std::optional<Result<plan::KeysInfo>> answer;
    simulation_.start(simulation_.now(), [&] {
        Process process(simulation_, machine(which.machine), -2, Random(step.seed), {}, {});
        RunApi api(process, server_, identity_of(step.task), caller_of(step.task));
        answer.emplace(reconcile::find_access_keys(query, api, api));
    });
    simulation_.finish();
    note(Situation::asked);
    const auto wanted = [&](const Key* key) {
        const User* const user = server_.user(key->user_id);
        return key->site == which.site && user != nullptr &&
               (!query.user || user->name == *query.user) &&
               (!query.name || is_member(query.name->text(), key->name));
    };
    if (!*answer) return;
    const User* const asked = query.user ? server_.user_named(*query.user, which.site) : nullptr;
    if (asked != nullptr && !rights.sees(asked->id))
        violate("not-visible-is-not-absent", "info answers a question about " + *query.user +
                                                 ", whose keys its caller may not see");
    std::size_t there = 0;
    for (const Key* key : server_.sorted())
        if (wanted(key) && (rights.admin || rights.sees(key->user_id))) ++there;
    if (rights.admin || asked != nullptr) {
        if (there != (*answer)->keys.size())
            violate("info-is-whole", "info finds " + std::to_string((*answer)->keys.size()) +
                                         " keys, and there are " + std::to_string(there));
    }
}

} // namespace infrastate::explore
