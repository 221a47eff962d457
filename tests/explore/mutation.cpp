// SPDX-License-Identifier: Apache-2.0
#include "mutation.h"

#include <algorithm>
#include <array>
#include <utility>

namespace infrastate::explore {
namespace {

constexpr std::array<const char*, static_cast<std::size_t>(Mutation::count_)> names{
    "none",
    "intents_not_written",
    "folder_not_synced",
    "no_lock",
    "tried_dropped",
    "predecessors_dropped",
    "leftover_hidden",
    "conflict_unclear",
    "doubt_is_refusal",
    "time_always_exact",
    "horizon_cut",
    "unknown_is_deleted",
};

class MutatedFiles final : public store::Files {
public:
    MutatedFiles(store::Files& inner, Mutation mutation) : inner_(inner), mutation_(mutation) {}
    Result<std::string> real_folder(const std::string& folder) override {
        return inner_.real_folder(folder);
    }
    Result<void> may_own(std::int64_t uid, std::int64_t gid) override {
        return inner_.may_own(uid, gid);
    }
    Result<std::optional<store::FileInfo>> look(const std::string& path) override {
        return inner_.look(path);
    }
    Result<std::optional<Secret>> read(const std::string& path, std::size_t max) override {
        return inner_.read(path, max);
    }
    Result<void> write_new(const std::string& path, std::string_view bytes) override {
        return inner_.write_new(path, bytes);
    }
    Result<void> sync(const std::string& path) override { return inner_.sync(path); }
    Result<void> rename(const std::string& from, const std::string& to) override {
        return inner_.rename(from, to);
    }
    Result<bool> remove(const std::string& path) override { return inner_.remove(path); }
    Result<void> sync_folder(const std::string& folder) override {
        if (mutation_ == Mutation::folder_not_synced) return {};
        return inner_.sync_folder(folder);
    }
    Result<void> set_mode(const std::string& path, std::uint32_t mode) override {
        return inner_.set_mode(path, mode);
    }
    Result<void> set_owner(const std::string& path, std::int64_t uid, std::int64_t gid) override {
        return inner_.set_owner(path, uid, gid);
    }
    Result<void> may_write_folder(const std::string& folder) override {
        return inner_.may_write_folder(folder);
    }
    std::uint32_t uid() override { return inner_.uid(); }
    Result<std::unique_ptr<Lock>> try_lock(const std::string& path) override {
        return inner_.try_lock(path);
    }
    void wait_a_moment() override { inner_.wait_a_moment(); }

private:
    store::Files& inner_;
    const Mutation mutation_;
};

class MutatedStore final : public ports::SecretStore {
public:
    MutatedStore(std::unique_ptr<ports::SecretStore> inner, Mutation mutation, IntentsWatch watch)
        : inner_(std::move(inner)), mutation_(mutation), watch_(std::move(watch)) {}
    Result<void> lock(const std::function<bool()>& keep_waiting) override {
        if (mutation_ == Mutation::no_lock) return {};
        return inner_->lock(keep_waiting);
    }
    void unlock() noexcept override {
        if (mutation_ != Mutation::no_lock) inner_->unlock();
    }
    Result<ports::StoreView> look() override {
        auto view = inner_->look();
        if (view && mutation_ == Mutation::leftover_hidden) {
            view->leftover.reset();
            view->broken_leftover = false;
        }
        return view;
    }
    Result<void> prepare(bool dry) override { return inner_->prepare(dry); }
    Result<void> put_intents(const std::vector<Intent>& intents) override {
        watch_(intents);
        if (mutation_ == Mutation::intents_not_written) return {};
        if (mutation_ != Mutation::horizon_cut) return inner_->put_intents(intents);
        auto forgetful = intents;
        for (Intent& intent : forgetful)
            intent.until = intent.started.plus_seconds(-intent_grace_seconds);
        return inner_->put_intents(forgetful);
    }
    Result<void> put_new_secret(const Secret& secret) override {
        return inner_->put_new_secret(secret);
    }
    Result<void> sync_new_secret() override { return inner_->sync_new_secret(); }
    Result<void> put_record(const Record& record) override {
        Record forgetful = record;
        if (mutation_ == Mutation::tried_dropped) forgetful.tried.reset();
        if (mutation_ == Mutation::predecessors_dropped) forgetful.predecessors.clear();
        return inner_->put_record(forgetful);
    }
    Result<void> publish() override { return inner_->publish(); }
    Result<void> drop_new_secret() override { return inner_->drop_new_secret(); }
    Result<void> set_attributes() override { return inner_->set_attributes(); }
    Result<void> remove_all() override { return inner_->remove_all(); }
    std::string digest_of(const Secret& secret) const override { return inner_->digest_of(secret); }

private:
    std::unique_ptr<ports::SecretStore> inner_;
    const Mutation mutation_;
    const IntentsWatch watch_;
};

class MutatedApi final : public ports::KeyApi {
public:
    MutatedApi(ports::KeyApi& inner, Mutation mutation) : inner_(inner), mutation_(mutation) {}
    Result<ports::KeyListing> list(const ports::KeyQuery& query) override {
        auto listing = inner_.list(query);
        if (listing && mutation_ == Mutation::time_always_exact) listing->time.exact = true;
        return listing;
    }
    Result<std::optional<UserRow>> find_user(const std::string& user) override {
        return inner_.find_user(user);
    }
    Result<ServerVersion> version() override { return inner_.version(); }
    Result<ports::CreatedKey> create(const ports::NewKey& key) override {
        auto made = inner_.create(key);
        if (!made && made.error().code == Code::conflict &&
            mutation_ == Mutation::conflict_unclear) {
            made.error().code = Code::server;
            made.error().http_status = 502;
            made.error().effect = Effect::unknown;
        }
        return made;
    }
    Result<ports::Removed> remove(const ServerId& id) override {
        auto removed = inner_.remove(id);
        if (!removed && removed.error().effect == Effect::unknown &&
            mutation_ == Mutation::unknown_is_deleted)
            return ports::Removed::now;
        return removed;
    }
    Result<ports::TryAnswer> try_secret(const Secret& secret) override {
        auto answer = inner_.try_secret(secret);
        using Verdict = ports::TryAnswer::Verdict;
        if (answer && answer->verdict == Verdict::uncertain &&
            mutation_ == Mutation::doubt_is_refusal)
            answer->verdict = Verdict::refused;
        return answer;
    }
    bool may_start_change() const override { return inner_.may_start_change(); }
    void enter_cleanup() override { inner_.enter_cleanup(); }

private:
    ports::KeyApi& inner_;
    const Mutation mutation_;
};

} // namespace

std::string name(Mutation value) {
    return names.at(static_cast<std::size_t>(value));
}

std::optional<Mutation> mutation_named(const std::string& text) {
    const auto found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) return std::nullopt;
    return static_cast<Mutation>(found - names.begin());
}

std::vector<Mutation> all_mutations() {
    std::vector<Mutation> out;
    for (std::size_t i = 1; i < names.size(); ++i)
        out.push_back(static_cast<Mutation>(i));
    return out;
}

std::unique_ptr<store::Files> mutated_files(store::Files& files, Mutation mutation) {
    return std::make_unique<MutatedFiles>(files, mutation);
}

std::unique_ptr<ports::SecretStore> mutated_store(std::unique_ptr<ports::SecretStore> store,
                                                  Mutation mutation, IntentsWatch watch) {
    return std::make_unique<MutatedStore>(std::move(store), mutation, std::move(watch));
}

std::unique_ptr<ports::KeyApi> mutated_api(ports::KeyApi& api, Mutation mutation) {
    return std::make_unique<MutatedApi>(api, mutation);
}

} // namespace infrastate::explore
