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

/// A difference between the asked and the found mode, owner or group of the secret file.
struct FileAttributeChange {
    std::string attribute; ///< "mode", "owner" or "group"
    std::string before;
    std::string after;
};

/// What lies on disk. Whatever would have to be refused is an error of look() instead.
struct StoreView {
    enum class File { missing, empty, secret };
    File file = File::missing;
    std::optional<Secret> secret{};   ///< set where file == secret
    std::optional<Secret> leftover{}; ///< a new secret that was not handed over
    bool broken_leftover = false;     ///< it is there, but is no key (a crash while writing it)
    std::optional<Record> record{};
    bool record_damaged = false; ///< members of it are missing: it is worth writing anew
    std::vector<Intent> intents{};
    bool intents_complete = true; ///< false where the list was damaged: entries may be missing
    std::vector<FileAttributeChange> attributes{};
    std::vector<std::string> warnings{}; ///< a damaged record, for instance
};

/// Not thread-safe; two stores of one path exclude each other by lock().
/// Errors have code `file` and name the path; `field` is secret_file, mode, owner or group.
class SecretStore {
public:
    virtual ~SecretStore() = default;

    /// Waits while `keep_waiting` answers true (asked at least each 50 ms). Excludes processes and
    /// threads. Error: detail "locked", retryable. Released when this object goes, or by unlock().
    virtual Result<void> lock(const std::function<bool()>& keep_waiting) = 0;
    virtual void unlock() noexcept = 0;
    /// Whether this user could take the lock: what lies in its place, and rights. Makes and takes
    /// nothing; that another run holds it just now is no error.
    virtual Result<void> may_lock() = 0;

    /// Reads everything; changes nothing. Refuses: a symlink, a folder, another's file in a sticky
    /// folder, contents that are neither empty, nor a key, nor recorded as ours. What is damaged
    /// in record or intents is a warning, no failure, and is missing in the view.
    virtual Result<StoreView> look() = 0;

    /// Finds out what can be found out before anything is deleted on the server: folder, space (the
    /// new file is written at full size, synced and removed again), mode, owner, group. With
    /// `dry` nothing is written: folder and permissions are only looked at (check mode).
    virtual Result<void> prepare(bool dry) = 0;

    /// Finds out whether remove_all() can be done: folder, permissions, what must not be removed.
    /// That needs no space, so nothing is written.
    virtual Result<void> prepare_removal() = 0;

    virtual Result<void> put_intents(const std::vector<Intent>& intents) = 0;
    /// The new secret, beside the file, not yet in its place. Replaces an older leftover.
    virtual Result<void> put_new_secret(const Secret& secret) = 0;
    /// Syncs a leftover of an earlier run, which may have died before it did.
    virtual Result<void> sync_new_secret() = 0;
    virtual Result<void> put_record(const Record& record) = 0;
    /// The new secret takes the file's place, with mode, owner and group set before.
    virtual Result<void> publish() = 0;
    virtual Result<void> drop_new_secret() = 0;
    /// Sets mode, owner and group of the secret file as asked.
    virtual Result<void> set_attributes() = 0;
    /// Removes secret file, leftover and record; intents stay unless the list is empty.
    virtual Result<void> remove_all() = 0;

    /// HMAC-SHA-256 keyed by the secret, as hex: equal for equal secrets, and tells nothing else.
    virtual std::string digest_of(const Secret& secret) const = 0;
};

} // namespace infrastate::ports
