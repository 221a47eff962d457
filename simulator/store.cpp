// SPDX-License-Identifier: Apache-2.0
#include "store.h"

#include "digest.h"

#include <algorithm>

namespace infrastate::simulator {

namespace {

constexpr Micros ten_years = 3652LL * 24 * 3600 * micros_per_second;

template <class Item>
std::vector<const Item*> sorted_by_name(const std::map<Id, Item>& items) {
    std::vector<const Item*> list;
    list.reserve(items.size());
    for (const auto& [id, item] : items)
        list.push_back(&item);
    std::stable_sort(list.begin(), list.end(),
                     [](const Item* a, const Item* b) { return a->name < b->name; });
    return list;
}

} // namespace

std::string new_token() {
    return random_text(10) + "." + random_text(24);
}

bool Key::has_scope(std::string_view scope) const {
    return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

void Store::reset(const std::vector<UserSeed>& users, Clock& clock) {
    users_.clear();
    former_users_.clear();
    keys_.clear();
    grants_.clear();
    destinations_.clear();
    provider_ = new_id(clock.now());
    User& connector = add_user(std::string(connector_name), "connector", clock);
    connector.in_provider = false;
    connector_ = connector.id;
    for (const UserSeed& seed : users) {
        User& user = add_user(seed.name, seed.role, clock);
        user.password_digest = sha256_hex(seed.password);
        if (seed.access_key.empty()) continue;
        Key key;
        key.id = new_id(clock.now());
        key.name = seed.name + "-" + id_text(key.id);
        key.owner = user.id;
        key.created = key.updated = clock.now();
        key.expires = key.created + ten_years;
        key.scopes = {std::string(scope_create_key)};
        add_key(std::move(key), seed.access_key);
    }
}

const User* Store::user(Id id) const {
    const auto found = users_.find(id);
    return found == users_.end() ? nullptr : &found->second;
}

User* Store::user(Id id) {
    const auto found = users_.find(id);
    return found == users_.end() ? nullptr : &found->second;
}

User* Store::user_by_name(std::string_view name) {
    for (auto& [id, user] : users_)
        if (user.name == name) return &user;
    return nullptr;
}

std::vector<const User*> Store::users() const {
    return sorted_by_name(users_);
}

std::string Store::free_login_name(std::string_view user_name) const {
    std::string name;
    for (const char upper : user_name.substr(0, user_name.find('@'))) {
        const char c = upper >= 'A' && upper <= 'Z' ? static_cast<char>(upper - 'A' + 'a') : upper;
        const bool letter = c >= 'a' && c <= 'z';
        if (name.empty() && !letter) name = "u";
        if (letter || (c >= '0' && c <= '9') || c == '-' || c == '_') name += c;
    }
    name.resize(std::min<std::size_t>(name.size(), 28));
    const auto taken = [this](const std::string& text) {
        return std::any_of(users_.begin(), users_.end(),
                           [&](const auto& entry) { return entry.second.ssh_login_name == text; });
    };
    // A short name gets three digits, and so does one that is taken.
    std::string free = name;
    for (int number = 100 + static_cast<int>(users_.size()); name.size() < 4 || taken(free);
         ++number) {
        free = name + std::to_string(number);
        if (!taken(free)) break;
    }
    return free;
}

User& Store::add_user(std::string name, std::string role, Clock& clock) {
    User user;
    user.id = new_id(clock.now());
    user.ssh_login_name = free_login_name(name);
    user.name = std::move(name);
    user.role = role;
    user.created = user.updated = clock.now();
    if (!role.empty())
        grants_.push_back({new_id(user.created), user.id, std::move(role), user.created});
    return users_.insert_or_assign(user.id, std::move(user)).first->second;
}

void Store::remove_user(Id id) {
    if (users_.erase(id) > 0) former_users_.insert(id);
    std::erase_if(keys_, [id](const auto& entry) { return entry.second.owner == id; });
    std::erase_if(grants_, [id](const Grant& grant) { return grant.user == id; });
}

Destination* Store::destination(Id id) {
    for (Destination& each : destinations_)
        if (each.id == id) return &each;
    return nullptr;
}

Destination& Store::add_destination(Destination made) {
    const Id id = made.id;
    destinations_.push_back(std::move(made));
    sort_destinations();
    return *destination(id);
}

void Store::sort_destinations() {
    std::sort(destinations_.begin(), destinations_.end(),
              [](const Destination& a, const Destination& b) { return a.name < b.name; });
}

bool Store::remove_destination(Id id) {
    return std::erase_if(destinations_, [id](const Destination& each) { return each.id == id; }) >
           0;
}

Key* Store::key(Id id) {
    const auto found = keys_.find(id);
    return found == keys_.end() ? nullptr : &found->second;
}

Key* Store::key_by_token_id(std::string_view token_id) {
    for (auto& [id, key] : keys_)
        if (key.token_id == token_id) return &key;
    return nullptr;
}

std::vector<const Key*> Store::keys() const {
    return sorted_by_name(keys_);
}

bool Store::name_taken(Id owner, std::string_view name) const {
    return std::any_of(keys_.begin(), keys_.end(), [&](const auto& entry) {
        return entry.second.owner == owner && entry.second.name == name;
    });
}

Key& Store::add_key(Key key, std::string_view token) {
    const std::size_t dot = token.find('.');
    key.token_id = token.substr(0, dot);
    key.secret_digest = sha256_hex(token.substr(dot + 1));
    key.token_digest = sha256_hex(token);
    return keys_.insert_or_assign(key.id, std::move(key)).first->second;
}

void Store::remove_key(Id id) {
    keys_.erase(id);
}

} // namespace infrastate::simulator
