// SPDX-License-Identifier: Apache-2.0
// The port to the place on disk that keeps a key's secret: the secret file with its record,
// intents, leftover and lock. Every write is synced (file and folder) before the call returns.
#pragma once

#include "infrastate/types/error.h"
#include "infrastate/types/record.h"
#include "infrastate/types/secret.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace infrastate::ports {

/// Mode, owner or group of the secret file, if it differs from what was asked.
struct FileAttributeChange {
    std::string attribute; ///< "mode", "owner" or "group"
    std::string before;
    std::string after;
};

/// What is on disk. Anything that must be refused is an error of look() instead.
struct StoreView {
    enum class File { missing, empty, secret };
    File file = File::missing;
    std::optional<Secret> secret{};   ///< set if file == secret
    std::optional<Secret> leftover{}; ///< a new secret that was not put in place
    /// there is a leftover, but it is not a key (a crash while it was written)
    bool broken_leftover = false;
    std::optional<Record> record{};
    bool record_damaged = false; ///< some members are missing, so it should be written again
    std::vector<Intent> intents{};
    bool intents_complete = true; ///< false if the list was damaged and intents may be missing
    std::vector<FileAttributeChange> attributes{};
    std::vector<std::string> warnings{}; ///< for instance about a damaged record
};

/// Not thread-safe. Two stores of the same path exclude each other by lock(). Errors have code
/// `file` and name the path; `field` is secret_file, mode, owner or group.
class SecretStore {
public:
    virtual ~SecretStore() = default;

    /// Takes the lock against other processes and threads. Waits while `keep_waiting` returns true;
    /// it is asked at least every 50 ms. Error: detail "locked", retryable. Destruction and
    /// unlock() release the lock.
    virtual Result<void> lock(const std::function<bool()>& keep_waiting) = 0;
    virtual void unlock() noexcept = 0;
    /// Whether this user could take the lock, judged by the file in its place and by permissions.
    /// Creates and locks nothing. It is no error if another run holds the lock now.
    virtual Result<void> may_lock() = 0;

    /// Reads everything and changes nothing. Refuses a symlink, a folder, another user's file in a
    /// sticky folder, and contents that are neither empty, nor a key, nor recorded as ours. A
    /// damaged member of the record or the intents is a warning, and it is missing in the view.
    virtual Result<StoreView> look() = 0;

    /// Checks everything that can be checked before a key is deleted on the server: folder, disk
    /// space, mode, owner and group. For the space it writes the new file at full size, syncs it
    /// and deletes it. With `dry` (check mode) it writes nothing and only looks at folder and
    /// permissions.
    virtual Result<void> prepare(bool dry) = 0;

    /// Checks whether remove_all() is possible: folder, permissions, and what must not be deleted.
    /// A deletion needs no space, so this writes nothing.
    virtual Result<void> prepare_removal() = 0;

    virtual Result<void> put_intents(const std::vector<Intent>& intents) = 0;
    /// Writes the new secret as the leftover, beside the file. Replaces an older leftover.
    virtual Result<void> put_new_secret(const Secret& secret) = 0;
    /// Syncs the leftover of an earlier run, which may have ended before it synced it.
    virtual Result<void> sync_new_secret() = 0;
    virtual Result<void> put_record(const Record& record) = 0;
    /// Sets mode, owner and group of the leftover, then renames it to the secret file.
    virtual Result<void> publish() = 0;
    virtual Result<void> drop_new_secret() = 0;
    /// Sets mode, owner and group of the secret file as asked.
    virtual Result<void> set_attributes() = 0;
    /// Deletes secret file, leftover and record. Intents stay unless the list is empty.
    virtual Result<void> remove_all() = 0;

    /// HMAC-SHA-256 with the secret as key, in hex. It is equal for equal secrets and reveals
    /// nothing else.
    virtual std::string digest_of(const Secret& secret) const = 0;
};

} // namespace infrastate::ports
