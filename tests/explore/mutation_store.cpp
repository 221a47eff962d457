// SPDX-License-Identifier: Apache-2.0
// Mutations of what is on disk: of the calls on files, and of the store that uses them.
#include "mutation.h"

#include <utility>

namespace infrastate::explore {
namespace {

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
    MutatedStore(std::unique_ptr<ports::SecretStore> inner, Mutation mutation,
                 const plan::Desired& desired, IntentsWatch watch)
        : inner_(std::move(inner)), mutation_(mutation), desired_(desired),
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
        if (!view) return view;
        if (mutation_ == Mutation::leftover_hidden) {
            view->leftover.reset();
            view->broken_leftover = false;
        }
        if (mutation_ == Mutation::machine_ignored)
            for (Intent& intent : view->intents)
                intent.machine = desired_.machine;
        if (view->record) misread(*view->record, !view->warnings.empty());
        return view;
    }
    Result<void> may_lock() override {
        if (mutation_ == Mutation::lock_not_looked_at) return {};
        return inner_->may_lock();
    }
    Result<void> prepare_removal() override {
        if (mutation_ == Mutation::removal_unprepared) return {};
        return inner_->prepare_removal();
    }
    Result<void> prepare(bool dry) override { return inner_->prepare(dry); }
    Result<void> put_intents(const std::vector<Intent>& intents) override {
        watch_(intents);
        if (mutation_ == Mutation::intents_not_written) return {};
        if (mutation_ != Mutation::horizon_cut && mutation_ != Mutation::machine_dropped)
            return inner_->put_intents(intents);
        auto forgetful = intents;
        for (Intent& intent : forgetful) {
            if (mutation_ == Mutation::machine_dropped)
                intent.machine.clear();
            else
                intent.until = intent.started.plus_seconds(-intent_grace_seconds);
        }
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
        if (mutation_ == Mutation::settled_at_once) forgetful.quiet_runs_due = 0;
        if (mutation_ == Mutation::never_settled && !forgetful.former.empty())
            forgetful.quiet_runs_due = quiet_runs_after_refusal;
        if (mutation_ == Mutation::mark_is_shown) forgetful.asked.reset();
        if (mutation_ == Mutation::machine_dropped) forgetful.machine.clear();
        return inner_->put_record(forgetful);
    }
    Result<void> publish() override { return inner_->publish(); }
    Result<void> drop_new_secret() override { return inner_->drop_new_secret(); }
    Result<void> set_attributes() override { return inner_->set_attributes(); }
    Result<void> remove_all() override { return inner_->remove_all(); }
    std::string digest_of(const Secret& secret) const override {
        constexpr std::size_t hex_digits = 64;
        if (mutation_ == Mutation::digests_alike) return std::string(hex_digits, 'd');
        return inner_->digest_of(secret);
    }

private:
    void misread(Record& record, bool damaged) const {
        if (mutation_ == Mutation::host_ignored) record.host = desired_.host;
        if (mutation_ == Mutation::listed_id_ignored && record.host != desired_.host)
            record.id = ServerId::parse("unlisted").value();
        if (mutation_ == Mutation::name_ignored && !desired_.derived) {
            record.name = desired_.name.text();
            record.user = desired_.user;
        }
        if (mutation_ == Mutation::derived_name_wins && desired_.derived)
            record.name = desired_.name.text();
        if (mutation_ == Mutation::machine_ignored) record.machine = desired_.machine;
        if (mutation_ == Mutation::damage_passed_on && damaged)
            record.keepers =
                std::string(64, '0'); // a well-formed value, but not what was asked for
        if (mutation_ == Mutation::ids_alone) {
            record.name.clear();
            record.key_name.clear();
            record.user.clear();
            record.user_id.clear();
            record.created.reset();
        }
    }

    std::unique_ptr<ports::SecretStore> inner_;
    const Mutation mutation_;
    const plan::Desired desired_;
    const IntentsWatch watch_;
};

} // namespace

std::unique_ptr<store::Files> mutated_files(store::Files& files, Mutation mutation) {
    return std::make_unique<MutatedFiles>(files, mutation);
}

std::unique_ptr<ports::SecretStore> mutated_store(std::unique_ptr<ports::SecretStore> store,
                                                  Mutation mutation, const plan::Desired& desired,
                                                  IntentsWatch watch) {
    return std::make_unique<MutatedStore>(std::move(store), mutation, desired, std::move(watch));
}

} // namespace infrastate::explore
