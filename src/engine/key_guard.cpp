// SPDX-License-Identifier: Apache-2.0
#include "key_guard.h"

#include <exception>

namespace infrastate::engine {

KeyGuard::KeyGuard(const ports::Ports& ports) : server_(ports) {
    made_.reserve(4); // while nothing can be lost yet
}

Result<ports::CreatedKey> KeyGuard::create(const ports::NewKey& key) {
    if (made_.size() == made_.capacity()) made_.reserve(2 * made_.capacity());
    auto created = server_.keys.create(key);
    if (created) made_.push_back(created->row.id);
    return created;
}

Result<ports::Removed> KeyGuard::remove(const ServerId& id) {
    auto removed = server_.keys.remove(id);
    if (removed) std::erase(made_, id);
    return removed;
}

std::vector<std::string> KeyGuard::made() const {
    std::vector<std::string> out;
    out.reserve(made_.size());
    for (const ServerId& id : made_)
        out.push_back(id.text());
    return out;
}

void KeyGuard::take_back() noexcept {
    // A short lack of memory may be over by the next try.
    constexpr int tries = 3;
    for (int left = tries; left > 0 && !made_.empty(); --left) {
        try {
            server_.control.enter_cleanup();
            while (!made_.empty() && server_.keys.remove(made_.back()))
                made_.pop_back();
        } catch (const std::exception&) { // try again
        }
    }
}

} // namespace infrastate::engine
