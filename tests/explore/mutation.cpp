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
    "hidden_is_absent",
    "others_key_refused",
    "every_401_is_proof",
    "host_ignored",
    "user_id_unchecked",
    "damage_passed_on",
    "denial_is_conflict",
    "too_many_is_final",
    "uses_hidden",
    "heedless_pause",
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
    MutatedStore(std::unique_ptr<ports::SecretStore> inner, Mutation mutation, std::string host,
                 IntentsWatch watch)
        : inner_(std::move(inner)), mutation_(mutation), host_(std::move(host)),
          watch_(std::move(watch)) {}
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
        if (view && view->record && mutation_ == Mutation::host_ignored) view->record->host = host_;
        if (view && view->record && !view->warnings.empty() &&
            mutation_ == Mutation::damage_passed_on)
            view->record->keepers = std::string(64, '0'); // no damaged form, and not what was asked
        return view;
    }
    Result<void> may_lock() override { return inner_->may_lock(); }
    Result<void> prepare_removal() override { return inner_->prepare_removal(); }
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
    const std::string host_;
    const IntentsWatch watch_;
};

class MutatedApi final : public test::ServerPorts {
public:
    MutatedApi(test::ServerPorts& inner, Mutation mutation, Managed managed)
        : inner_(inner), mutation_(mutation), managed_(std::move(managed)) {}
    Result<ports::KeyListing> list(const ports::KeyQuery& query) override {
        auto listing = inner_.list(query);
        if (!listing && listing.error().code == Code::permission &&
            mutation_ == Mutation::hidden_is_absent)
            return ports::KeyListing{{}, last_time_, true, 1, {}};
        if (!listing) return listing;
        last_time_ = listing->time;
        if (mutation_ == Mutation::user_id_unchecked) {
            // Whoever asked by the user's id is done with it.
            if (query.user_id && listing->rows.empty()) blind_ = true;
            if (query.name && blind_) listing->rows.clear();
        }
        if (mutation_ == Mutation::uses_hidden)
            for (AccessKeyRow& row : listing->rows)
                row.last_used = row.created;
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
        if (made) return made;
        Error& error = made.error();
        if (error.http_status == 400 && mutation_ == Mutation::denial_is_conflict) {
            error.code = Code::conflict;
            error.http_status = 409;
        }
        if (error.http_status == 429 && mutation_ == Mutation::too_many_is_final) {
            error.code = Code::argument;
            error.http_status = 422;
            error.retryable = false;
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
        if (answer && answer->verdict == Verdict::refused &&
            mutation_ == Mutation::every_401_is_proof)
            answer->expired = true;
        if (answer && answer->verdict == Verdict::accepted && !managed_(secret) &&
            mutation_ == Mutation::others_key_refused)
            return ports::TryAnswer{Verdict::refused};
        return answer;
    }
    bool may_start_change() const override { return inner_.may_start_change(); }
    void enter_completion() override { inner_.enter_completion(); }
    ports::Completion completion() const override { return inner_.completion(); }
    void enter_cleanup() override { inner_.enter_cleanup(); }

private:
    test::ServerPorts& inner_;
    const Mutation mutation_;
    const Managed managed_;
    ServerTime last_time_{Timestamp::from_unix(1'800'000'000), true};
    bool blind_ = false;
};

class MutatedHost final : public ports::Host {
public:
    MutatedHost(ports::Host& inner, Mutation mutation, Sleep sleep)
        : inner_(inner), mutation_(mutation), sleep_(std::move(sleep)) {}
    Result<void> pause(std::int64_t milliseconds) override {
        auto paused = inner_.pause(milliseconds);
        if (paused || paused.error().code != Code::deadline ||
            mutation_ != Mutation::heedless_pause)
            return paused;
        sleep_(milliseconds);
        return {};
    }
    std::uint32_t random() override { return inner_.random(); }
    std::int64_t seconds_left() override { return inner_.seconds_left(); }
    bool may_go_on() override { return inner_.may_go_on(); }

private:
    ports::Host& inner_;
    const Mutation mutation_;
    const Sleep sleep_;
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
                                                  Mutation mutation, const std::string& host,
                                                  IntentsWatch watch) {
    return std::make_unique<MutatedStore>(std::move(store), mutation, host, std::move(watch));
}

std::unique_ptr<test::ServerPorts> mutated_api(test::ServerPorts& api, Mutation mutation,
                                               Managed managed) {
    return std::make_unique<MutatedApi>(api, mutation, std::move(managed));
}

std::unique_ptr<ports::Host> mutated_host(ports::Host& host, Mutation mutation, Sleep sleep) {
    return std::make_unique<MutatedHost>(host, mutation, std::move(sleep));
}

} // namespace infrastate::explore
