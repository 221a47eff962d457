// SPDX-License-Identifier: Apache-2.0
// The secret store on disk. At any time, also after a crash, the secret file holds either the whole
// old or the whole new secret. It can never be read by more users than were asked for.
#pragma once

#include "record_json.h"

#include "infrastate/ports/secret_store.h"
#include "infrastate/store/files.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace infrastate::store {

/// A user or group that was asked for.
struct Account {
    std::uint32_t id = 0;
    std::string text{}; ///< as the caller wrote it
};

/// The checked settings of a secret file.
struct Wanted {
    std::optional<std::uint32_t> mode{};
    std::optional<Account> owner{};
    std::optional<Account> group{};
};

/// The names beside FILE in its folder. Every other file is written under a temporary name of its
/// own. These names are fixed, because the lock lets only one run write at a time. So a later run
/// finds and deletes what a crash left behind.
struct Paths {
    explicit Paths(const std::string& canonical);
    std::string folder;
    std::string file;
    std::string record;
    std::string record_temp;
    std::string intents;
    std::string intents_temp;
    std::string fresh; ///< the new secret (leftover), until it is put in place
    std::string lock;
};

/// Longer than any secret. A larger file is refused without being read.
inline constexpr std::size_t max_secret_bytes = 4096;
/// By how many bytes the longest of those names is longer than FILE.
inline constexpr std::size_t longest_addition = sizeof("..infrastate.intents.tmp") - 1;

/// In a folder with this bit others may write, but only a file's owner, the folder's owner and root
/// can delete the file.
inline constexpr std::uint32_t sticky = 01000;

class DiskStore final : public ports::SecretStore {
public:
    /// `path` is canonical. `files` is borrowed.
    DiskStore(const std::string& path, Wanted wanted, Files& files);

    Result<void> lock(const std::function<bool()>& keep_waiting) override;
    void unlock() noexcept override;
    Result<void> may_lock() override;
    Result<ports::StoreView> look() override;
    Result<void> prepare(bool dry) override;
    Result<void> prepare_removal() override;
    Result<void> put_intents(const std::vector<Intent>& intents) override;
    Result<void> put_new_secret(const Secret& secret) override;
    Result<void> sync_new_secret() override;
    Result<void> put_record(const Record& record) override;
    Result<void> publish() override;
    Result<void> drop_new_secret() override;
    Result<void> set_attributes() override;
    Result<void> remove_all() override;
    std::string digest_of(const Secret& secret) const override;

private:
    /// Mode, owner and group that a file is to get. -1 leaves owner or group unchanged.
    struct Target {
        std::uint32_t mode = 0600;
        std::int64_t uid = -1, gid = -1;
    };
    /// Whose a file may be in a folder with the sticky bit. Elsewhere it may be anybody's; but
    /// where others write, a `trusted` one must be this user's or root's.
    enum class Owner { mine, mine_or_asked, trusted };

    Result<FileInfo> folder();
    Result<std::optional<FileInfo>> inspect(const std::string& path, const FileInfo& folder,
                                            Owner owner);
    Result<std::optional<FileInfo>> inspect(const std::string& path, Owner owner);
    Result<ReadRecord> stored_record(const FileInfo& folder);
    Result<ReadIntents> stored_intents(const FileInfo& folder);
    bool is_ours(std::string_view contents, const std::optional<Record>& record) const;
    Result<Secret> contents_that_may_go(const std::optional<Record>& record);
    Result<void> check_file_is_removable();
    Result<void> look_at_secret(const FileInfo& folder, ports::StoreView& view);
    Result<void> look_at_leftover(const FileInfo& folder, ports::StoreView& view);
    std::vector<ports::FileAttributeChange> differences(const FileInfo& info) const;

    Target target_of_new(const std::optional<FileInfo>& existing) const;
    Target target_of_existing(const FileInfo& info) const;
    enum class Purpose { writing, removal };
    Result<FileInfo> usable_folder(Purpose purpose);
    Result<void> check_may_give_away(const FileInfo& folder,
                                     const std::optional<FileInfo>& existing);
    Result<void> check_may_be_replaced(const std::string& path, const FileInfo& folder,
                                       Owner owner);
    Result<void> try_the_disk(const Target& target);
    /// Never widens the access on the way. An error after the first step has effect `changed`.
    Result<void> apply(const std::string& path, const FileInfo& info, const Target& target);
    Result<void> replace(const std::string& path, const std::string& temp, std::string_view bytes);
    Result<void> keep_owner(const std::string& temp);
    Result<bool> remove_temps();
    Result<void> clear_litter();
    Result<bool> is_litter(const std::string& temp);
    Error blamed(Error error, std::string_view field = "secret_file") const;

    Paths paths_;
    Wanted wanted_;
    Files& files_;
    std::unique_ptr<Files::Lock> lock_{};
    /// the digest of the secret that look() accepted in the file; is_ours() accepts it even if the
    /// record was replaced since
    std::string accepted_digest_{};
};

} // namespace infrastate::store
