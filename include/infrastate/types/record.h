// SPDX-License-Identifier: Apache-2.0
// What this software remembers beside a secret file: the record of the key it keeps, and the
// intents of keys it was about to make. Plain values; no secret in them, only its digest.
// A member that was damaged on disk is as if it had never been there: an empty text, nothing, or
// what protects most. So nothing may be concluded from a member that is missing.
#pragma once

#include "infrastate/types/duration.h"
#include "infrastate/types/names.h"
#include "infrastate/types/timestamp.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace infrastate {

/// The attributes a key was asked for with, defaults filled in, without the mark.
struct AskedFor {
    std::optional<Duration> expires_in{}; ///< excludes expires_at
    std::optional<Timestamp> expires_at{};
    std::optional<Duration> inactivity_timeout{};
    bool operator==(const AskedFor&) const = default;
};

/// A key that a rotation has replaced and that still lives.
struct Predecessor {
    ServerId id;
    std::string user; ///< its user's name; empty where that was damaged
    std::string name; ///< its own name; likewise
    bool operator==(const Predecessor&) const = default;
};

/// A name that a secret file's key had before.
struct FormerName {
    std::string name, user;
    bool operator==(const FormerName&) const = default;
};

/// Beside the secret file as `.FILE.infrastate`.
struct Record {
    std::string host; ///< the server, as Endpoint::url() spells it; see same_origin()
    std::string user;
    std::string user_id;
    std::string name;     ///< the managed name that was asked for
    std::string key_name; ///< the key's own name: `name` or one of its rotations
    ServerId id;
    std::optional<Timestamp> created;
    std::optional<AskedFor> asked{};      ///< only for a key that this software made
    std::optional<std::string> keepers{}; ///< digest of the canonical keepers
    std::string secret_digest;            ///< see SecretStore::digest_of()
    std::optional<Timestamp> tried{};     ///< server time when this software last used the secret
    std::vector<Predecessor> predecessors{};
    /// Digest of the id of the machine that it was made on; empty where the machine has none, and
    /// in records of version 1.0.
    std::string machine{};
    /// Digest of the secret that this one takes the place of: the file holds it until the hand-over
    /// is done.
    std::string replaced_digest{};
    std::vector<FormerName> former{}; ///< the youngest last
    /// So many runs must change nothing before a renaming counts as settled. Records before 1.1 do
    /// not know it: theirs is.
    int quiet_runs_due = 0;
    bool operator==(const Record&) const = default;
};

inline constexpr int quiet_runs_after_renaming = 1;
/// Once another task has asked for a former name, one quiet run in between shows nothing.
inline constexpr int quiet_runs_after_refusal = 2;

/// Carries over what `before`, the record that `next` replaces, knows of names.
void inherit_names(Record& next, const Record& before);
/// The file was, or was to be, of a key of that name and user before `next`.
void add_former_name(Record& next, FormerName was);

/// A POST that was about to be sent; synced to disk before it is.
struct Intent {
    std::string host;
    std::string user;
    std::string user_id;
    std::string name;     ///< the managed name
    std::string key_name; ///< the name that is sent
    std::optional<AskedFor> asked{};
    Duration sent_expiry; ///< with the mark
    Duration sent_inactivity_timeout;
    bool recognisable = false; ///< name or mark are particular enough to know the row again
    Timestamp started;         ///< server time
    Timestamp until;           ///< server time at which the run's deadline passes
    std::set<ServerId> seen{}; ///< rows of the user that were there before
    std::vector<Predecessor> predecessors{}; ///< what the new key's record will list
    std::optional<std::string> keepers{};
    std::optional<ServerId> answered{}; ///< the id in a 201, once there was one
    std::string machine{};              ///< as in the record
    bool operator==(const Intent&) const = default;
};

/// Stands for a time in a record or an intent that was damaged, where "never" would be the wrong
/// thing to believe: `tried`, `until`. The first run that sees the server's clock sets it right.
Timestamp unknown_time() noexcept;

/// An unanswered request may still act this long after the run's deadline (seconds).
inline constexpr std::int64_t intent_grace_seconds = 150;

} // namespace infrastate
