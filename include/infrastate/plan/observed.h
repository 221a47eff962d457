// SPDX-License-Identifier: Apache-2.0
// What is: the server's rows, its time, and what the holders of the secret show. Filled step by
// step: where the plan needs to know more, it says what, and is asked again.
#pragma once

#include "infrastate/types/access_key.h"
#include "infrastate/types/record.h"
#include "infrastate/types/server.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace infrastate::plan {

/// What trying a kept secret showed.
struct Tried {
    enum class Verdict {
        not_tried,
        accepted,   ///< it opens `row`
        refused,    ///< twice, with a successful request between
        unverified, ///< anything else: nothing may be concluded from it
    };
    Verdict verdict = Verdict::not_tried;
    std::optional<ServerId> row{}; ///< accepted: the one row whose use it was
    std::string user{};            ///< accepted or opened: whose key it is
    std::optional<Timestamp> at{}; ///< server time of the (last) try
    bool expired = false;          ///< refused as a secret that this server knows, of a dead key
    /// Unverified, but the server took it at least once: of which row is not certain.
    bool opened = false;
    std::set<ServerId> among{}; ///< opened: of one of these rows; empty: nothing is known
};

/// A copy of a secret that a run can see.
struct Copy {
    enum class Kind { none, empty, secret };
    Kind kind = Kind::none;
    bool recorded = false;     ///< its digest is the recorded one
    bool is_own_token = false; ///< it is the key that authenticates this run
    Tried tried{};
    bool replaced = false; ///< its digest is that of the secret before the recorded one
};

struct Observed {
    /// Every row that may matter, dead ones too: the family of the wanted name and user, recorded
    /// rows, rows of intents.
    std::vector<AccessKeyRow> rows;
    ServerTime time;
    /// Identifiers in a listing without dead keys, once one was made; it settles who is dead.
    std::optional<std::set<ServerId>> live_ids{};
    /// Rows that this run has deleted: what opened one of them opens nothing now.
    std::set<ServerId> deleted{};
    /// This run has deleted the key that it replaces: its successor is still to be made.
    bool replacing = false;
    /// Rows of this run's first listing; unset: `rows` are the first.
    std::optional<std::set<ServerId>> first_ids{};
    /// The server's time at that listing; unset: `time`.
    std::optional<Timestamp> first_time{};

    std::optional<Record> record{};
    std::vector<Intent> intents{};
    bool intents_complete = true; ///< false: more requests may have been made than these
    Copy file{};
    Copy current{};
    Copy leftover{};
    bool broken_leftover = false;
    /// Mode, owner or group of the secret file that are not as asked, ready for a diff.
    struct FileAttribute {
        std::string attribute, before, after;
    };
    std::vector<FileAttribute> attributes{};
    bool may_try = true; ///< false in check mode
    /// The record was corrected by what the server lists: it is worth writing.
    bool record_mended = false;
    /// Of the user that keys are for, where it had to be looked up.
    std::optional<ServerId> user_id{};
    std::vector<std::string> warnings{}; ///< what was found beside the file, for a person
};

} // namespace infrastate::plan
