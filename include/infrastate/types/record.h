// SPDX-License-Identifier: Apache-2.0
// What this software stores beside a secret file: the record of the key in the file, and the
// intents of keys that it was about to create. They hold digests of secrets, but no secret. A
// member that was damaged on disk reads as missing: an empty text, an unset value, or the value
// that protects most. So nothing may be concluded from a missing member.
#pragma once

#include "infrastate/types/duration.h"
#include "infrastate/types/names.h"
#include "infrastate/types/timestamp.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace infrastate {

/// What a key was asked for with: defaults are filled in, the mark is not included.
struct AskedFor {
    std::optional<Duration> expires_in{}; ///< excludes expires_at
    std::optional<Timestamp> expires_at{};
    std::optional<Duration> inactivity_timeout{};
    bool operator==(const AskedFor&) const = default;
};

/// A key that a rotation has replaced and that is still alive.
struct Predecessor {
    ServerId id;
    std::string user; ///< name of its user; empty if that was damaged
    std::string name; ///< its own name; empty if that was damaged
    bool operator==(const Predecessor&) const = default;
};

/// A name that the key of a secret file had before.
struct FormerName {
    std::string name, user;
    bool operator==(const FormerName&) const = default;
};

/// The content of `.FILE.infrastate` beside the secret file.
struct Record {
    std::string host; ///< the server, as Endpoint::url() spells it; see same_origin()
    std::string user;
    std::string user_id;
    std::string name;     ///< the managed name that was asked for
    std::string key_name; ///< the key's own name: `name` or one of its rotations
    ServerId id;
    std::optional<Timestamp> created;
    std::optional<AskedFor> asked{};      ///< set only if this software made the key
    std::optional<std::string> keepers{}; ///< digest of the keepers in canonical form
    std::string secret_digest;            ///< see SecretStore::digest_of()
    std::optional<Timestamp> tried{};     ///< server time at which a run last tried the secret
    std::vector<Predecessor> predecessors{};
    /// Digest of the id of the machine on which the record was made. Empty if the machine has no
    /// id, and in records of version 1.0.
    std::string machine{};
    /// Digest of the secret that this one replaces. The file holds the old secret until the new one
    /// is put in place.
    std::string replaced_digest{};
    std::vector<FormerName> former{}; ///< former names, the latest one last
    /// How many more runs must change nothing before a renaming counts as settled. 0 in records
    /// older than 1.1, which do not have this member.
    int quiet_runs_due = 0;
    bool operator==(const Record&) const = default;
};

inline constexpr int quiet_runs_after_renaming = 1;
/// The value of quiet_runs_due after a run refused a former name. Two tasks may be taking turns
/// with the file. Then one of them changes nothing, so one run without a change proves nothing.
inline constexpr int quiet_runs_after_refusal = 2;

/// Copies into `next` what `before`, the record that it replaces, knows about names.
void inherit_names(Record& next, const Record& before);
/// Adds a name and user that the file's key had, or was about to get, before `next`.
void add_former_name(Record& next, FormerName was);

/// A POST that is about to be sent. It is synced to disk before the POST.
struct Intent {
    std::string host;
    std::string user;
    std::string user_id;
    std::string name;     ///< the managed name
    std::string key_name; ///< the name that is sent
    std::optional<AskedFor> asked{};
    Duration sent_expiry; ///< includes the mark
    Duration sent_inactivity_timeout;
    bool recognisable = false; ///< name or mark are unusual enough to recognize the row by
    Timestamp started;         ///< server time
    Timestamp until;           ///< server time of the run's deadline
    std::set<ServerId> seen{}; ///< rows of the user that were listed before
    std::vector<Predecessor> predecessors{}; ///< the predecessors in the new key's record
    std::optional<std::string> keepers{};
    std::optional<ServerId> answered{}; ///< the id in the answer, if a 201 came
    std::string machine{};              ///< as in the record
    bool operator==(const Intent&) const = default;
};

/// Stands for a damaged time in a record or an intent (`tried`, `until`) where "never" would be a
/// wrong conclusion. The first run that knows the server's time replaces it.
Timestamp unknown_time() noexcept;

/// How long after the run's deadline an unanswered request may still take effect, in seconds.
inline constexpr std::int64_t intent_grace_seconds = 150;

} // namespace infrastate
