// SPDX-License-Identifier: Apache-2.0
#include "disk.h"

#include <algorithm>
#include <utility>

namespace infrastate::explore {

std::string folder_of(const std::string& path) {
    const auto cut = path.rfind('/');
    return cut == std::string::npos || cut == 0 ? "/" : path.substr(0, cut);
}

std::shared_ptr<Inode> Disk::find(const std::string& path) const {
    const auto found = entries_.find(path);
    return found == entries_.end() ? nullptr : found->second;
}

bool Disk::has_folder_of(const std::string& path) const {
    return folders.contains(folder_of(path));
}

bool Disk::is_shut(const std::string& path) const {
    return shut.contains(folder_of(path));
}

void Disk::apply(const Step& step, Entries& entries) {
    if (!step.from.empty()) entries.erase(step.from);
    if (!step.to.empty()) entries[step.to] = step.inode;
}

void Disk::note(Step step) {
    apply(step, entries_);
    steps_.push_back(std::move(step));
}

std::shared_ptr<Inode> Disk::create(const std::string& path) {
    auto inode = std::make_shared<Inode>();
    note({{}, path, inode});
    return inode;
}

void Disk::rename(const std::string& from, const std::string& to) {
    note({from, to, find(from)});
}

void Disk::unlink(const std::string& path) {
    note({path, {}, nullptr});
}

void Disk::sync_file(Inode& inode) {
    inode.synced_bytes = inode.bytes;
    inode.synced = true;
}

void Disk::sync_folder(const std::string& folder) {
    std::vector<Step> others;
    for (Step& step : steps_) {
        if (folder_of(step.to.empty() ? step.from : step.to) == folder)
            apply(step, synced_);
        else
            others.push_back(std::move(step));
    }
    steps_ = std::move(others);
}

void Disk::put(const std::string& path, const std::string& bytes) {
    drop(path);
    auto inode = std::make_shared<Inode>();
    inode->bytes = bytes;
    sync_file(*inode);
    entries_[path] = inode;
    synced_[path] = inode;
}

void Disk::drop(const std::string& path) {
    entries_.erase(path);
    synced_.erase(path);
    std::erase_if(steps_, [&](const Step& step) { return step.from == path || step.to == path; });
}

std::optional<std::string> Disk::contents(const std::string& path) const {
    const auto inode = find(path);
    if (!inode) return std::nullopt;
    return inode->bytes;
}

std::vector<std::string> Disk::paths() const {
    std::vector<std::string> out;
    for (const auto& entry : entries_)
        out.push_back(entry.first);
    return out;
}

void Disk::lose_power(Random& random) {
    // A journal keeps the order, but not every file system has one.
    const bool in_order = random.chance(75);
    const auto kept =
        static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(steps_.size())));
    for (std::size_t i = 0; i < steps_.size(); ++i)
        if (in_order ? i < kept : random.chance(50)) apply(steps_[i], synced_);
    steps_.clear();
    entries_ = synced_;
    for (auto& [path, inode] : entries_) {
        if (inode->synced && inode->bytes == inode->synced_bytes) continue;
        const auto size = static_cast<std::int64_t>(inode->bytes.size());
        switch (random.below(4)) {
        case 0:
            inode->bytes = inode->synced_bytes;
            break;
        case 1:
            inode->bytes.resize(static_cast<std::size_t>(random.between(0, size)));
            break;
        case 2:
            inode->bytes.assign(inode->bytes.size(), '\0');
            break;
        default:
            break;
        }
        sync_file(*inode);
    }
}

} // namespace infrastate::explore
