// SPDX-License-Identifier: Apache-2.0
// A disk that keeps only what was synced: contents of files and entries of folders separately. If a
// process dies, all its writes stay. If the machine dies, unsynced writes are lost in part.
#pragma once

#include "random.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace infrastate::explore {

struct Inode {
    std::string bytes;
    std::string synced_bytes;
    bool synced = false;
    std::uint32_t mode = 0600, uid = 0, gid = 0;
};

class Disk {
public:
    std::set<std::string> folders{"/", "/etc"};
    std::set<std::string> shut; ///< folders whose entries cannot be changed
    bool full = false;

    std::shared_ptr<Inode> find(const std::string& path) const;
    bool has_folder_of(const std::string& path) const;
    bool is_shut(const std::string& path) const;
    std::shared_ptr<Inode> create(const std::string& path);
    void rename(const std::string& from, const std::string& to);
    void unlink(const std::string& path);
    void sync_file(Inode& inode);
    void sync_folder(const std::string& folder);

    /// What a person or another program writes; it is synced at once.
    void put(const std::string& path, const std::string& bytes);
    void drop(const std::string& path);
    std::optional<std::string> contents(const std::string& path) const;
    std::vector<std::string> paths() const;

    /// Each change of a folder that was not synced happened or did not, mostly in their order.
    /// Contents that were not synced are the old ones, cut, zeros, or complete.
    void lose_power(Random& random);

private:
    /// A change in a folder: a new entry, a removed one, or both at once.
    struct Step {
        std::string from; ///< empty: none
        std::string to;   ///< empty: none
        std::shared_ptr<Inode> inode;
    };
    using Entries = std::map<std::string, std::shared_ptr<Inode>>;
    static void apply(const Step& step, Entries& entries);
    void note(Step step);

    Entries entries_, synced_;
    std::vector<Step> steps_;
};

std::string folder_of(const std::string& path);

} // namespace infrastate::explore
