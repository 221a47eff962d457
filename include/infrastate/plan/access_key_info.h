// SPDX-License-Identifier: Apache-2.0
// What can be said of access keys without wanting anything of them: which are live, used, due, and
// kept by whom. Pure like the plan: rows and the server's time in, findings out.
#pragma once

#include "infrastate/types/access_key.h"
#include "infrastate/types/error.h"
#include "infrastate/types/record.h"
#include "infrastate/types/server.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::plan {

enum class Status { live, expired, inactive };

enum class Usage {
    in_use,     ///< used within InfoQuery::in_use_within
    idle,       ///< used before that
    never_used, ///< since it was made
};

std::string_view name(Status value) noexcept;
std::string_view name(Usage value) noexcept;

/// A secret file, as far as its record tells; the secret itself is never read.
struct Holder {
    std::string path;               ///< for messages
    std::optional<Record> record{}; ///< nothing where there is none
};

/// Which keys are asked for. Nothing set: all that the caller may list. A holder alone selects the
/// family that its record names.
struct InfoQuery {
    std::optional<std::string> user{};
    std::optional<KeyName> name{}; ///< the key of this name and what rotations made of it
    std::optional<Holder> holder{};
    /// The server's address. A record of another one holds nothing here, unless its key is listed.
    std::string host{};
    Duration in_use_within = Duration::from_seconds(3600);
    std::optional<Duration> fail_if_expiring_within{};

    /// The user and the name that are looked for, the holder's record considered.
    std::optional<std::string> wanted_user() const;
    std::optional<std::string> wanted_name() const;
    /// Whether user and name are the ones that the holder's record knows.
    bool selected_by_record() const noexcept;
    /// A holder without a record names nothing, so there is nothing to list.
    bool selects_nothing() const noexcept;
};

struct KeyInfo {
    AccessKeyRow row;
    Status status = Status::live;
    Usage usage = Usage::never_used;
    std::optional<std::int64_t> idle_seconds{}; ///< since the last use; nothing: never used
    std::string family;                         ///< the managed name: without a rotation's suffix
    std::uint32_t rotation = 0;                 ///< 0: the exact name
    std::optional<bool> held{};                 ///< by the holder; unset where none was asked about
    std::optional<AskedFor> asked{};            ///< where the holder's record knows it
};

struct KeysInfo {
    std::vector<KeyInfo> keys; ///< by user, family, rotation, age
    /// Live keys of the holder's family that its record does not name: nobody here has their
    /// secret.
    std::vector<ServerId> unheld{};
    ServerTime time;
    std::vector<std::string> warnings{};
    /// Families that fail_if_expiring_within complains of (code refused, detail "expiring").
    std::optional<Error> expiring{};
    /// Set where the caller may list only this user's keys: nothing is said of others.
    std::string only_of_user{};
};

/// Rows that are not asked for are left out.
KeysInfo inspect_keys(const InfoQuery& query, std::vector<AccessKeyRow> rows, ServerTime time);

} // namespace infrastate::plan
