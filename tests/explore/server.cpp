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
    : users{{"uConnector", "connector"}, {"uDev", "dev@example.com"}, {"uAdmin", "admin"}},
      simulation_(simulation), random_(random) {
    own_token = new_secret();
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
    return simulation_.now() <= key.expires && simulation_.now() <= key.deadline;
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

const User* Server::user_named(std::string_view name) const {
    const auto found = std::find_if(users.begin(), users.end(),
                                    [&](const User& each) { return each.name == name; });
    return found == users.end() ? nullptr : &*found;
}

/// The server's own clean-up: expired keys go each twelve hours, inactive ones never.
void Server::purge() {
    const Millis latest = simulation_.now() / purge_each * purge_each;
    if (latest <= purged_) return;
    purged_ = latest;
    std::erase_if(keys_, [&](const Key& key) { return key.expires < latest; });
}

Server::Made Server::create(const std::string& user_id, const std::string& name, Millis expiry,
                            Millis inactivity, int holder, int run) {
    purge();
    const bool taken = std::any_of(keys_.begin(), keys_.end(), [&](const Key& key) {
        return key.user_id == user_id && key.name == name;
    });
    if (taken) return {Refusal::taken};
    Key key;
    key.id = "k" + std::to_string(++serial_);
    key.name = name;
    key.user_id = user_id;
    // Three looks at the clock, so that whole seconds may differ by one.
    key.expires = simulation_.now() + expiry;
    key.extension = inactivity;
    key.deadline = simulation_.now() + random_.below(2) + inactivity;
    key.created = simulation_.now() + random_.between(1, 5);
    key.last_used = key.updated = key.created;
    key.secret = new_secret();
    key.holder = holder;
    key.run = run;
    keys_.push_back(key);
    changes.push_back({simulation_.now(), run, true, false, key});
    return {Refusal::none, key};
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
    const auto found = std::find_if(keys_.begin(), keys_.end(),
                                    [&](const Key& each) { return each.secret == secret; });
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
