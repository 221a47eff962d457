// SPDX-License-Identifier: Apache-2.0
// A disk in memory for tests of the secret store. Any step may fail or be the last one. A loss of
// power loses what was not synced; names and data are lost separately and in any order.
#pragma once

#include "infrastate/store/files.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace infrastate::test {

class FakeDisk final : public store::Files {
public:
    /// Thrown by the step at which the process dies.
    struct Crash {};

    explicit FakeDisk(std::string folder = "/keys") : folder_(std::move(folder)) {}

    // What a test sets and sees.
    int steps = 0;                      ///< done so far; write_new() is four of them
    int crash_at = 0;                   ///< the step before which the process dies; 0: none
    int fail_at = 0;                    ///< the step that fails; 0: none
    std::string fail_with = "EIO";      ///< name of the errno value
    std::function<void()> after_step{}; ///< called after each step that changed something
    std::uint32_t folder_mode = 0755;
    std::string log{};                 ///< the steps' names, one per line
    std::string sealed{};              ///< the errno value with which the folder refuses changes
    bool full = false;                 ///< no new file can be written
    std::set<std::string> immutable{}; ///< paths that nothing may replace or remove

    /// The process died; everything that it wrote is still there.
    void process_dies() {
        ++generation_;
        steps = crash_at = fail_at = 0;
    }
    /// The machine died, too: any part of what was not synced is lost.
    template <class Random>
    void power_fails(Random& random) {
        process_dies();
        const auto coin = [&] { return random() % 2 == 0; };
        for (auto& one : pending_)
            if (coin()) one(durable_);
        pending_.clear();
        names_ = durable_;
        for (auto& [name, node] : names_) {
            if (!node->data_synced) {
                const std::size_t kept = random() % (node->data.size() + 1);
                node->data.resize(kept);
                if (coin()) node->data.append(3, '\0');
                node->data_synced = true;
            }
            if (coin()) node->info = node->synced_info;
            node->synced_info = node->info;
        }
    }

    bool has(const std::string& path) const { return names_.count(path) != 0; }
    std::string text(const std::string& path) const { return names_.at(path)->data; }
    store::FileInfo info(const std::string& path) const { return info_of(*names_.at(path)); }
    /// Puts a file there, fully synced.
    void put(const std::string& path, std::string data, std::uint32_t mode = 0600,
             std::uint32_t uid = 0) {
        auto node = std::make_shared<Node>();
        node->data = std::move(data);
        node->info.mode = mode;
        node->info.uid = uid;
        node->synced_info = node->info;
        node->data_synced = true;
        names_[path] = durable_[path] = node;
    }
    std::vector<std::string> list() const {
        std::vector<std::string> out;
        for (const auto& [name, node] : names_)
            out.push_back(name);
        return out;
    }

    // The calls.
    Result<std::string> real_folder(const std::string& folder) override { return folder; }

    Result<std::optional<store::FileInfo>> look(const std::string& path) override {
        if (auto fine = step("look " + path); !fine) return std::move(fine).error();
        if (path == folder_) {
            store::FileInfo out{store::FileInfo::Kind::folder, folder_mode};
            out.immutable = immutable.contains(path);
            return std::optional(out);
        }
        const auto found = names_.find(path);
        if (found == names_.end()) return std::optional<store::FileInfo>();
        store::FileInfo out = info_of(*found->second);
        out.immutable = immutable.contains(path);
        return std::optional(out);
    }

    Result<std::optional<Secret>> read(const std::string& path, std::size_t max) override {
        if (auto fine = step("read " + path); !fine) return std::move(fine).error();
        const auto found = names_.find(path);
        if (found == names_.end()) return std::optional<Secret>();
        if (found->second->data.size() > max) return error("EFBIG");
        return std::optional<Secret>(Secret(found->second->data));
    }

    Result<void> write_new(const std::string& path, std::string_view bytes) override {
        if (auto fine = step("create " + path); !fine) return fine;
        if (has(path)) return error("EEXIST");
        if (full) return error("ENOSPC");
        if (!sealed.empty()) return error(sealed);
        auto node = std::make_shared<Node>();
        node->info.mode = node->synced_info.mode = 0600;
        set_name(path, node);
        done();
        const auto failed = [&](Result<void> result) {
            remove_name(path);
            return result;
        };
        if (auto fine = step("write half of " + path); !fine) return failed(fine);
        node->data = bytes.substr(0, bytes.size() / 2);
        done();
        if (auto fine = step("write rest of " + path); !fine) return failed(fine);
        node->data = bytes;
        done();
        if (auto fine = step("sync data of " + path); !fine) return failed(fine);
        node->data_synced = true;
        node->synced_info = node->info;
        done();
        return {};
    }

    Result<void> sync(const std::string& path) override {
        if (auto fine = step("sync " + path); !fine) return fine;
        const auto found = names_.find(path);
        if (found == names_.end()) return error("ENOENT");
        found->second->data_synced = true;
        found->second->synced_info = found->second->info;
        done();
        return {};
    }

    Result<void> rename(const std::string& from, const std::string& to) override {
        if (auto fine = step("rename " + from + " " + to); !fine) return fine;
        const auto found = names_.find(from);
        if (found == names_.end()) return error("ENOENT");
        if (!sealed.empty()) return error(sealed);
        if (immutable.contains(to)) return error("EPERM");
        const auto node = found->second;
        const auto act = [from, to, node](Names& names) {
            names.erase(from);
            names[to] = node;
        };
        act(names_);
        pending_.emplace_back(act);
        done();
        return {};
    }

    Result<bool> remove(const std::string& path) override {
        if (auto fine = step("remove " + path); !fine) return std::move(fine).error();
        if (!has(path)) return false;
        if (!sealed.empty()) return error(sealed);
        if (immutable.contains(path)) return error("EPERM");
        remove_name(path);
        done();
        return true;
    }

    Result<void> sync_folder(const std::string& folder) override {
        if (auto fine = step("sync folder"); !fine) return fine;
        if (folder != folder_) return error("ENOENT");
        pending_.clear();
        durable_ = names_;
        done();
        return {};
    }

    Result<void> set_mode(const std::string& path, std::uint32_t mode) override {
        if (auto fine = step("mode " + path); !fine) return fine;
        if (!has(path)) return error("ENOENT");
        names_.at(path)->info.mode = mode;
        done();
        return {};
    }

    Result<void> set_owner(const std::string& path, std::int64_t uid, std::int64_t gid) override {
        if (auto fine = step("owner " + path); !fine) return fine;
        if (!has(path)) return error("ENOENT");
        auto& info = names_.at(path)->info;
        if (uid >= 0) info.uid = static_cast<std::uint32_t>(uid);
        if (gid >= 0) info.gid = static_cast<std::uint32_t>(gid);
        done();
        return {};
    }

    Result<void> may_write_folder(const std::string&) override {
        if (!sealed.empty()) return error(sealed);
        return step("may write");
    }
    Result<void> may_own(std::int64_t, std::int64_t) override { return {}; }
    std::uint32_t uid() override { return 0; }

    Result<std::unique_ptr<Lock>> try_lock(const std::string& path) override {
        if (auto fine = step("lock " + path); !fine) return std::move(fine).error();
        if (!has(path) && !sealed.empty()) return error(sealed);
        if (!has(path)) put(path, "");
        const auto holder = locked_.find(path);
        if (holder != locked_.end() && holder->second == generation_)
            return std::unique_ptr<Lock>();
        locked_[path] = generation_;
        return std::unique_ptr<Lock>(std::make_unique<FakeLock>(*this, path, generation_));
    }
    void wait_a_moment() override {}

private:
    struct Node {
        std::string data{};
        bool data_synced = false;
        store::FileInfo info{}, synced_info{};
    };
    using Names = std::map<std::string, std::shared_ptr<Node>>;

    class FakeLock final : public Lock {
    public:
        FakeLock(FakeDisk& disk, std::string path, int generation)
            : disk_(disk), path_(std::move(path)), generation_(generation) {}
        ~FakeLock() override {
            const auto found = disk_.locked_.find(path_);
            if (found != disk_.locked_.end() && found->second == generation_)
                disk_.locked_.erase(found);
        }
        FakeLock(const FakeLock&) = delete;
        FakeLock& operator=(const FakeLock&) = delete;

    private:
        FakeDisk& disk_;
        std::string path_;
        int generation_;
    };

    static Error error(const std::string& name) {
        return Error{Code::file, "cannot do it (" + name + ")", {}, name};
    }
    static store::FileInfo info_of(const Node& node) {
        store::FileInfo out = node.info;
        out.size = node.data.size();
        return out;
    }
    Result<void> step(const std::string& name) {
        ++steps;
        log += name + "\n";
        if (steps == crash_at) throw Crash{};
        if (steps == fail_at) return error(fail_with);
        return {};
    }
    void done() {
        if (after_step) after_step();
    }
    void set_name(const std::string& path, const std::shared_ptr<Node>& node) {
        const auto act = [path, node](Names& names) { names[path] = node; };
        act(names_);
        pending_.emplace_back(act);
    }
    void remove_name(const std::string& path) {
        const auto act = [path](Names& names) { names.erase(path); };
        act(names_);
        pending_.emplace_back(act);
    }

    std::string folder_;
    Names names_{}, durable_{};
    std::vector<std::function<void(Names&)>> pending_{};
    std::map<std::string, int> locked_{};
    int generation_ = 0; ///< counts processes: a lock ends with its holder
};

} // namespace infrastate::test
