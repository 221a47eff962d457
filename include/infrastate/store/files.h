// SPDX-License-Identifier: Apache-2.0
// The system calls on files that the secret store makes, one virtual function for each. A test can
// put a disk below them that crashes, fills up, or loses what was not synced.
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
    bool immutable = false;   ///< chattr +i or +a: it cannot be replaced by a rename
    bool mount_point = false; ///< something is mounted here: it can be written, but not replaced
};

/// Errors have code `file`, and in `detail` the name of the errno value ("ENOSPC"). Paths are
/// absolute. A symlink in the last part of a path is never followed.
class Files {
public:
    virtual ~Files() = default;

    /// realpath() of a folder: absolute, without symlinks. Errors: ENOENT, ENOTDIR, EACCES, ...
    virtual Result<std::string> real_folder(const std::string& folder) = 0;
    /// lstat(). Empty if there is no such file.
    virtual Result<std::optional<FileInfo>> look(const std::string& path) = 0;
    /// Reads a whole regular file of at most `max` bytes. Empty if there is no such file. A larger
    /// file is an error with detail "EFBIG" and is not read.
    virtual Result<std::optional<Secret>> read(const std::string& path, std::size_t max) = 0;
    /// Creates the file with mode 0600 (O_EXCL|O_NOFOLLOW), writes all bytes, syncs and closes it.
    /// After an error it tries to delete the file.
    virtual Result<void> write_new(const std::string& path, std::string_view bytes) = 0;
    virtual Result<void> sync(const std::string& path) = 0;
    virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
    /// Returns true if there was a file to delete.
    virtual Result<bool> remove(const std::string& path) = 0;
    virtual Result<void> sync_folder(const std::string& folder) = 0;
    virtual Result<void> set_mode(const std::string& path, std::uint32_t mode) = 0;
    /// -1 leaves user or group unchanged.
    virtual Result<void> set_owner(const std::string& path, std::int64_t uid, std::int64_t gid) = 0;
    /// access(2) with the effective ids: whether entries can be created and deleted in this folder.
    virtual Result<void> may_write_folder(const std::string& folder) = 0;
    /// Whether this process could give a file of its own to that user and group. Changes nothing.
    /// -1: do not check that one.
    virtual Result<void> may_own(std::int64_t uid, std::int64_t gid) = 0;
    /// The effective user of this process.
    virtual std::uint32_t uid() = 0;

    /// The number of a user or group. Empty if there is none of that name. Both ask the machine's
    /// database, which is not part of a disk; a test may replace them. Without glibc they know only
    /// /etc/passwd and /etc/group, no LDAP and no sss: names_from_all_sources().
    virtual Result<std::optional<std::uint32_t>> user_id(const std::string& name);
    virtual Result<std::optional<std::uint32_t>> group_id(const std::string& name);

    class Lock {
    public:
        virtual ~Lock() = default;
    };
    /// Takes the lock on a file, which is created if missing (0600) and never deleted. Empty if
    /// someone else has the lock; other threads of this process count too. Destruction of the
    /// object releases the lock. A child process that is forked meanwhile does not hold it.
    virtual Result<std::unique_ptr<Lock>> try_lock(const std::string& path) = 0;
    /// Whether try_lock() could open an existing lock file. Creates and locks nothing.
    virtual Result<void> may_lock(const std::string&) { return {}; }
    /// Waits less than 50 ms between two attempts to lock.
    virtual void wait_a_moment() = 0;
};

/// The machine's own files. Thread-safe.
std::unique_ptr<Files> system_files();

/// Whether user_id() and group_id() ask all sources of names that nsswitch.conf lists.
bool names_from_all_sources() noexcept;

} // namespace infrastate::store
