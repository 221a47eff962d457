// SPDX-License-Identifier: Apache-2.0
// The system calls on files that the secret store makes, one virtual function each, so that a test
// can put a disk beneath it that crashes, fills up, or loses what was not synced.
#pragma once

#include "infrastate/types/error.h"
#include "infrastate/types/secret.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace infrastate::store {

struct FileInfo {
    enum class Kind { regular, folder, symlink, other };
    Kind kind = Kind::regular;
    std::uint32_t mode = 0; ///< permission bits, 07777
    std::uint32_t uid = 0, gid = 0;
    std::uint64_t size = 0;
    bool immutable = false;   ///< chattr +i or +a: nothing may be renamed over it
    bool mount_point = false; ///< mounted onto this name: it can be written, but not replaced
};

/// An error carries code `file` and, in `detail`, the name of the errno value ("ENOSPC").
/// Paths are absolute. Symlinks in the last part are never followed.
class Files {
public:
    virtual ~Files() = default;

    /// realpath() of a folder: absolute, without symlinks. Errors: ENOENT, ENOTDIR, EACCES, ...
    virtual Result<std::string> real_folder(const std::string& folder) = 0;
    /// lstat(); nothing where there is no such file.
    virtual Result<std::optional<FileInfo>> look(const std::string& path) = 0;
    /// The whole of a regular file, at most `max` bytes (more: error, detail "EFBIG", found out
    /// without reading it); nothing where missing.
    virtual Result<std::optional<Secret>> read(const std::string& path, std::size_t max) = 0;
    /// Creates the file with mode 0600 (O_EXCL|O_NOFOLLOW), writes all bytes, syncs, closes. On
    /// error the file is removed again where that can be done.
    virtual Result<void> write_new(const std::string& path, std::string_view bytes) = 0;
    virtual Result<void> sync(const std::string& path) = 0;
    virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
    /// True if there was a file to remove.
    virtual Result<bool> remove(const std::string& path) = 0;
    virtual Result<void> sync_folder(const std::string& folder) = 0;
    virtual Result<void> set_mode(const std::string& path, std::uint32_t mode) = 0;
    /// -1 leaves the one or the other as it is.
    virtual Result<void> set_owner(const std::string& path, std::int64_t uid, std::int64_t gid) = 0;
    /// access(2) with the effective ids: may entries be made and removed in this folder?
    virtual Result<void> may_write_folder(const std::string& folder) = 0;
    /// Could this process give a file of its own to them? Nothing is tried. -1: not asked about.
    virtual Result<void> may_own(std::int64_t uid, std::int64_t gid) = 0;
    /// Effective user of this process.
    virtual std::uint32_t uid() = 0;

    /// The number of a user or group, or nothing if there is none of that name. These two ask the
    /// machine's database, which is no part of a disk; a test may replace them.
    virtual Result<std::optional<std::uint32_t>> user_id(const std::string& name);
    virtual Result<std::optional<std::uint32_t>> group_id(const std::string& name);

    class Lock {
    public:
        virtual ~Lock() = default;
    };
    /// The lock on a file that is made if missing (0600) and never removed; nothing while somebody
    /// else, another thread of this process included, has it. Let go when the object goes. A child
    /// process that is forked meanwhile does not hold it.
    virtual Result<std::unique_ptr<Lock>> try_lock(const std::string& path) = 0;
    /// Whether try_lock() could open a lock file that is there; makes and locks nothing.
    virtual Result<void> may_lock(const std::string&) { return {}; }
    /// Waits a little (less than 50 ms) between two tries of a lock.
    virtual void wait_a_moment() = 0;
};

/// The machine's own files. Thread-safe.
std::unique_ptr<Files> system_files();

} // namespace infrastate::store
