// SPDX-License-Identifier: Apache-2.0
// What a run has found: the server's rows and time, and what the holders of the secret contain. A
// run fills it step by step: if the plan needs more, it names what is missing, and the run plans
// again.
#pragma once

#include "infrastate/types/access_key.h"
#include "infrastate/types/record.h"
#include "infrastate/types/server.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace infrastate::plan {

/// The outcome of trying a kept secret.
struct Tried {
    enum class Verdict {
        not_tried,
        accepted,   ///< it opens `row`
        refused,    ///< twice, with a successful request between
        unverified, ///< anything else: nothing follows from it
    };
    Verdict verdict = Verdict::not_tried;
    std::optional<ServerId> row{}; ///< if accepted: the one row whose last use shows this try
    std::string user{};            ///< if accepted or opened: the user whose key it is
    std::optional<Timestamp> at{}; ///< the server's time of the last try
    /// if refused: the server's words say that it was the secret of a dead key
    bool expired = false;
    /// The server accepted it at least once. If unverified: it is not certain for which row. If
    /// refused: its key was deleted afterwards.
    bool opened = false;
    /// If unverified: it opens one of these rows. Empty: nothing is known.
    std::set<ServerId> among{};
};

/// One copy of a secret that the run can read.
struct Copy {
    enum class Kind { none, empty, secret };
    Kind kind = Kind::none;
    bool recorded = false;     ///< its digest is the one in the record
    bool is_own_token = false; ///< it is the key that authenticates this run
    Tried tried{};
    bool replaced = false; ///< its digest is the record's digest of the previous secret
};

struct Observed {
    /// Every row that may matter, including dead ones: the family of the wanted name and user,
    /// recorded rows, and rows that intents name.
    std::vector<AccessKeyRow> rows;
    ServerTime time;
    /// The ids in a listing without dead keys, if the run made one. It decides which keys are dead.
    std::optional<std::set<ServerId>> live_ids{};
    /// Rows that this run has deleted. A secret that opened one of them now opens nothing.
    std::set<ServerId> deleted{};
    /// This run has deleted the key that it replaces and has not created the successor yet.
    bool replacing = false;
    /// The rows of this run's first listing. Unset: `rows` is the first listing.
    std::optional<std::set<ServerId>> first_ids{};
    /// The server's time at that listing. Unset: `time`.
    std::optional<Timestamp> first_time{};

    std::optional<Record> record{};
    std::vector<Intent> intents{};
    bool intents_complete = true; ///< false: the list was damaged, and intents may be missing
    Copy file{};
    Copy current{};
    Copy leftover{};
    bool broken_leftover = false;
    /// Mode, owner or group of the secret file that differ from what was asked, as text for a diff.
    struct FileAttribute {
        std::string attribute, before, after;
    };
    std::vector<FileAttribute> attributes{};
    bool may_try = true; ///< false in check mode
    /// The server's listing corrected the record, so the record should be written.
    bool record_mended = false;
    /// The id of the user that the key is for, if it had to be looked up.
    std::optional<ServerId> user_id{};
    /// what a person should know about the files beside the secret file
    std::vector<std::string> warnings{};
};

} // namespace infrastate::plan
