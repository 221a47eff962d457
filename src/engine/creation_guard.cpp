// SPDX-License-Identifier: Apache-2.0
#include "creation_guard.h"

#include <exception>

namespace infrastate::engine {

CreationGuard::CreationGuard(ports::KeyApi& server) : server_(server) {
    made_.reserve(4); // before there is anything to lose
}

Result<ports::CreatedKey> CreationGuard::create(const ports::NewKey& key) {
    if (made_.size() == made_.capacity()) made_.reserve(2 * made_.capacity());
    tried_ = true;
    auto created = server_.create(key);
    if (created) made_.push_back(created->row.id);
    return created;
}

Result<ports::Removed> CreationGuard::remove(const ServerId& id) {
    tried_ = true;
    auto removed = server_.remove(id);
    if (removed) std::erase(made_, id);
    return removed;
}

std::vector<std::string> CreationGuard::made() const {
    std::vector<std::string> out;
    out.reserve(made_.size());
    for (const ServerId& id : made_)
        out.push_back(id.text());
    return out;
}

void CreationGuard::take_back() noexcept {
    // A short moment without memory may have passed by the next try.
    constexpr int tries = 3;
    for (int left = tries; left > 0 && !made_.empty(); --left) {
        try {
            server_.enter_cleanup();
            while (!made_.empty() && server_.remove(made_.back()))
                made_.pop_back();
        } catch (const std::exception&) { // tried again
        }
    }
}

} // namespace infrastate::engine
