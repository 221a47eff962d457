// SPDX-License-Identifier: Apache-2.0
// Reports on access keys without changing them: which are live, which are used, which expire soon,
// and which the holder keeps. Pure like the plan: rows and the server's time in, findings out.
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
    idle,       ///< last used before that time
    never_used, ///< not used since it was created
};

std::string_view name(Status value) noexcept;
std::string_view name(Usage value) noexcept;

/// A secret file and its record. The secret itself is never read.
struct RecordedFile {
    std::string path;               ///< used in messages
    std::optional<Record> record{}; ///< empty if there is no record
};

/// Which keys are asked for. If nothing is set, all keys that the caller may list. A holder without
/// user and name selects the family that its record names.
struct InfoQuery {
    std::optional<std::string> user{};
    std::optional<KeyName> name{}; ///< the key of this name and its rotations
    std::optional<RecordedFile> holder{};
    /// The server's address. A record of another server counts only if its key is listed here.
    std::string host{};
    Duration in_use_within = Duration::from_seconds(3600);
    std::optional<Duration> fail_if_expiring_within{};

    /// The user and the name to look for. Without user and name in the query, the holder's record
    /// supplies them.
    std::optional<std::string> wanted_user() const;
    std::optional<std::string> wanted_name() const;
    /// Whether user and name come from the holder's record.
    bool selected_by_record() const noexcept;
    /// Whether the query has only a holder, and that holder has no record: then no key is selected.
    bool selects_nothing() const noexcept;
};

struct KeyInfo {
    AccessKeyRow row;
    Status status = Status::live;
    Usage usage = Usage::never_used;
    std::optional<std::int64_t> idle_seconds{}; ///< since the last use; empty if it was never used
    std::string family;                         ///< the managed name, without a rotation's suffix
    std::uint32_t rotation = 0;                 ///< 0 for the exact name
    /// whether the holder keeps its secret; unset without a holder
    std::optional<bool> held{};
    std::optional<AskedFor> asked{}; ///< set if the holder's record knows it
};

struct KeysInfo {
    std::vector<KeyInfo> keys; ///< sorted by user, family, rotation, age
    /// Live keys of the holder's family that its record does not name. Nobody here has their
    /// secret.
    std::vector<ServerId> unheld{};
    ServerTime time;
    std::vector<std::string> warnings{};
    /// Families about which fail_if_expiring_within complains (code refused, detail "expiring").
    std::optional<Error> expiring{};
    /// Set if the caller may list only this user's keys: the result then says nothing about other
    /// users.
    std::string only_of_user{};
};

/// Leaves out rows that the query does not ask for.
KeysInfo inspect_keys(const InfoQuery& query, std::vector<AccessKeyRow> rows, ServerTime time);

} // namespace infrastate::plan
