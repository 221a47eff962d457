// SPDX-License-Identifier: Apache-2.0
#include "server.h"

#include <algorithm>
#include <utility>

namespace infrastate::explore {
namespace {

/// The server keeps milliseconds and shows whole seconds.
Timestamp shown(Millis time) {
    return Timestamp::from_unix(time / 1000);
}

} // namespace

Server::Server(Simulation& simulation, Random random)
    : users{{"uConnector", "connector"},    {"uDev", "dev@example.com"},    {"uAdmin", "admin"},
            {"vConnector", "connector", 1}, {"vDev", "dev@example.com", 1}, {"vAdmin", "admin", 1}},
      simulation_(simulation), random_(random) {
    for (int site = 0; site < sites; ++site)
        for (int kind = 0; kind < static_cast<int>(Caller::Kind::row); ++kind)
            callers_.push_back({static_cast<Caller::Kind>(kind), site, new_secret()});
}

Caller Server::caller(Caller::Kind kind, int site) const {
    for (const Caller& each : callers_)
        if (each.kind == kind && each.site == site) return each;
    return {kind, site, "none"};
}

Rights Server::rights(const Caller& caller) const {
    using Kind = Caller::Kind;
    Rights out;
    out.session = caller.is_session();
    out.user_name = "admin";
    out.admin = out.creates = true;
    switch (caller.kind) {
    case Kind::configured:
    case Kind::admin_session:
    case Kind::count_:
        break;
    case Kind::admin_key:
        out.creates = false;
        break;
    case Kind::user_session:
        out.user_name = "dev@example.com";
        out.admin = false;
        break;
    case Kind::connector_key:
        out.user_name = "connector";
        out.admin = out.creates = false;
        break;
    case Kind::row: {
        const Key* const key = by_secret(caller.secret);
        const User* const owner = key == nullptr ? nullptr : user(key->user_id);
        if (owner == nullptr || key->site != caller.site || !live(*key)) return {.known = false};
        out.user_name = owner->name;
        out.admin = owner->name == "admin";
        out.creates = caller.creates;
        break;
    }
    }
    if (const User* const self = user_named(out.user_name, caller.site)) out.user_id = self->id;
    return out;
}

void Server::authenticate(const Caller& caller) {
    if (caller.kind == Caller::Kind::row) use(caller.secret, true, caller.site);
}

std::string Server::new_secret() {
    constexpr std::string_view letters =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    std::string out;
    for (int i = 0; i < 35; ++i)
        out += i == 10 ? '.' : letters[static_cast<std::size_t>(random_.below(62))];
    return out;
}

bool Server::live(const Key& key) const noexcept {
    return simulation_.now() <= key.expires && simulation_.now() <= key.deadline &&
           user(key.user_id) != nullptr;
}

const Key* Server::find(std::string_view id) const {
    const auto found =
        std::find_if(keys_.begin(), keys_.end(), [&](const Key& each) { return each.id == id; });
    return found == keys_.end() ? nullptr : &*found;
}

const Key* Server::by_secret(std::string_view secret) const {
    const auto found = std::find_if(keys_.begin(), keys_.end(),
                                    [&](const Key& each) { return each.secret == secret; });
    return found == keys_.end() ? nullptr : &*found;
}

std::vector<const Key*> Server::sorted() {
    purge();
    std::vector<const Key*> out;
    for (const Key& key : keys_)
        out.push_back(&key);
    std::stable_sort(out.begin(), out.end(),
                     [](const Key* a, const Key* b) { return a->name < b->name; });
    return out;
}

const User* Server::user(std::string_view id) const {
    const auto found =
        std::find_if(users.begin(), users.end(), [&](const User& each) { return each.id == id; });
    return found == users.end() ? nullptr : &*found;
}

const User* Server::user_named(std::string_view name, int site) const {
    const auto found = std::find_if(users.begin(), users.end(), [&](const User& each) {
        return each.name == name && each.site == site;
    });
    return found == users.end() ? nullptr : &*found;
}

void Server::remake_user(const std::string& name, int site) {
    const User* const old = user_named(name, site);
    if (old == nullptr) return;
    const std::string gone = old->id;
    for (const Key& key : std::vector<Key>(keys_))
        if (key.user_id == gone) remove(key.id, -1);
    for (User& each : users)
        if (each.id == gone) each.id += std::to_string(++user_serial_);
}

/// The server's own clean-up: expired keys are removed every twelve hours, inactive ones never.
void Server::purge() {
    const Millis latest = simulation_.now() / purge_each * purge_each;
    if (latest <= purged_) return;
    purged_ = latest;
    std::erase_if(keys_, [&](const Key& key) { return key.expires < latest; });
}

Server::Made Server::create(const std::string& user_id, const std::string& name, Millis expiry,
                            Millis inactivity, int task, int run, int site) {
    purge();
    if (name.size() > 256) return {Refusal::bad_name};
    const bool taken = std::any_of(keys_.begin(), keys_.end(), [&](const Key& key) {
        return key.user_id == user_id && key.name == name;
    });
    if (taken) return {Refusal::taken};
    Key key;
    key.id = "k" + std::to_string(++serial_);
    key.name = name;
    key.user_id = user_id;
    key.site = site;
    // The clock is read three times, so whole seconds may differ by one.
    key.expires = simulation_.now() + expiry;
    key.extension = inactivity;
    key.deadline = simulation_.now() + random_.below(2) + inactivity;
    key.created = simulation_.now() + random_.between(1, 5);
    key.last_used = key.updated = key.created;
    key.secret = new_secret();
    key.task = task;
    key.run = run;
    keys_.push_back(key);
    changes.push_back({simulation_.now(), run, true, false, key});
    return {Refusal::none, key};
}

Server::Made Server::create_as(const Caller& caller, const std::string& user_id,
                               const std::string& name, Millis expiry, Millis inactivity, int task,
                               int run) {
    const Rights who = rights(caller);
    const User* const target = user(user_id);
    if (!who.admin && who.user_id != user_id) return {Refusal::not_allowed};
    // The server refuses this before it checks the name.
    if (!who.session && !who.creates && (target == nullptr || target->name != "connector"))
        return {Refusal::not_with_a_key};
    return create(user_id, name, expiry, inactivity, task, run, caller.site);
}

bool Server::remove(std::string_view id, int run) {
    purge();
    const Key* const found = find(id);
    if (found == nullptr) return false;
    if (before_remove && run >= 0) before_remove(*found, run);
    changes.push_back({simulation_.now(), run, false, live(*found), *found});
    std::erase_if(keys_, [&](const Key& key) { return key.id == id; });
    return true;
}

const Key* Server::use(std::string_view secret, bool by_run) {
    const Key* const key = by_secret(secret);
    return key == nullptr ? nullptr : use(secret, by_run, key->site);
}

const Key* Server::use(std::string_view secret, bool by_run, int site) {
    const auto found = std::find_if(keys_.begin(), keys_.end(), [&](const Key& each) {
        return each.secret == secret && each.site == site;
    });
    if (found == keys_.end() || !live(*found)) return nullptr;
    if (!by_run) found->in_use = true;
    const Millis now = simulation_.now();
    const Millis written = now + random_.below(4);
    if (written - found->updated >= use_recorded_each) {
        found->deadline = now + found->extension;
        found->last_used = found->updated = written;
    }
    return &*found;
}

AccessKeyRow Server::row(const Key& key) const {
    const User* const owner = user(key.user_id);
    return AccessKeyRow{ServerId::parse(key.id).value(),
                        key.name,
                        owner == nullptr ? "" : owner->name,
                        key.user_id,
                        shown(key.created),
                        shown(key.last_used),
                        shown(key.expires),
                        shown(key.deadline)};
}

std::string Server::text(const Key& key) {
    return key.name + " (" + key.id + ")";
}

} // namespace infrastate::explore
