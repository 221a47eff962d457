// SPDX-License-Identifier: Apache-2.0
// The plan for an access key. plan_access_key() compares what is wanted (Desired) with what was
// found (Observed) and returns a Plan. It does no I/O, reads no clock and uses no Poco. Check mode,
// diff and the real run all call it, so the same Desired and Observed always give the same Plan.
#pragma once

#include "infrastate/plan/desired.h"
#include "infrastate/plan/observed.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::plan {

/// Why a run acts. The order is the precedence: the first reason that holds becomes `reason`.
enum class Reason {
    absent,          ///< the family has no row, and no live row is recorded as ours
    expired,         ///< `expires` has passed, and the server does not list the row as live
    inactive,        ///< the same for the inactivity deadline
    unheld,          ///< the row is live, but this holder has no claim on it
    secret_rejected, ///< this holder has a claim on the live row; the server refuses its secret
    secret_missing,  ///< this holder has a claim on the live row; its secret is gone
    drifted,         ///< an attribute that the caller set differs
    rotation_due,    ///< keepers, rotate_if_created_before, or another name or user than recorded
    expiring,        ///< less than renew_before is left
    ok,              ///< nothing of the above
};
inline constexpr Reason all_reasons[] = {Reason::absent,          Reason::expired,
                                         Reason::inactive,        Reason::unheld,
                                         Reason::secret_rejected, Reason::secret_missing,
                                         Reason::drifted,         Reason::rotation_due,
                                         Reason::expiring,        Reason::ok};

enum class Decision {
    none,      ///< leave the key as it is
    create,    ///< POST
    replace,   ///< make a new key in place of the old one, by replacing or rotating
    take_over, ///< replace under adopt: replace, otherwise fail
    warn,      ///< leave the key as it is and warn
    fail,      ///< the policy forbids the change that would be needed
};

std::string_view name(Reason value) noexcept;

/// Looks up the policy table: a row for each value of `recreate`, a column for each kind of reason.
Decision decide(Recreate policy, Reason reason) noexcept;

enum class ActionKind {
    collect,        ///< DELETE a lost key of this holder
    hand_over,      ///< put a leftover in place: record, then secret file
    store,          ///< write the accepted current_secret into the secret file
    remove,         ///< DELETE by id
    create,         ///< POST, and put the secret in place if a file keeps it
    retire,         ///< DELETE a predecessor
    set_attributes, ///< set mode, owner and group of the secret file
    remove_file,    ///< delete secret file, record and leftover
};

struct Action {
    ActionKind kind;
    std::string name;             ///< the key's name; a rotation's random suffix is added later
    std::optional<ServerId> id{}; ///< the row to delete, or the row whose leftover is put in place
    bool operator==(const Action&) const = default;
};

/// One attribute that differs, both sides as text. A side without a value is empty.
struct Change {
    std::string attribute;
    std::optional<std::string> before;
    std::optional<std::string> after;
};

/// What the run must find out before the plan can decide. The run finds out each of these once.
enum class Need {
    nothing,
    live_listing, ///< list without dead keys, to learn which keys are dead
    try_leftover, ///< try the leftover, to learn which key it opens
    try_file,     ///< try the secret in the file, to learn which key it opens
    try_current,  ///< try current_secret, to learn which key it opens
};

/// What is known of the secret that the holder keeps.
enum class SecretState {
    not_kept,   ///< there is no holder
    good,       ///< it opens the managed key
    missing,    ///< the holder does not keep the key's secret
    rejected,   ///< the server refuses it
    unverified, ///< unknown: it could not be tried, or this run may not try it
};
std::string_view name(SecretState value) noexcept;
std::string_view name(ActionKind value) noexcept;

struct Plan {
    Need need = Need::nothing; ///< if set, the rest is provisional: find this out and plan again
    Reason reason = Reason::ok;
    std::vector<Reason> reasons; ///< all that hold, in order
    std::vector<Action> actions; ///< in the order in which the run does them
    std::vector<Change> changes; ///< the difference that the actions remove
    std::optional<AccessKeyRow> current;
    /// What `current` was asked for with, if the record knows it.
    std::optional<AskedFor> asked{};
    std::optional<AskedFor> asks{}; ///< what the key to be created is asked for with
    /// The actions as an imperative: "replace access key 'x' of user 'y'". Empty without actions.
    std::string summary{};
    std::string explanation{}; ///< what is to be done, as one sentence for a person
    std::vector<std::string> warnings;
    std::optional<Error> refusal; ///< if set, the run does `actions`, then fails with it

    SecretState secret_state = SecretState::not_kept;
    std::optional<ServerId> previous_id{}; ///< the key that the actions replace
    /// the predecessors that are left once the actions are done
    std::vector<Predecessor> predecessors{};
    std::vector<ServerId> live{};              ///< live rows of the family, as observed
    std::optional<Timestamp> next_action_at{}; ///< when these arguments may next cause a change
    bool rotates = false;                      ///< the new key is made beside the old one
    std::uint32_t rotation = 0;                ///< in the new key's name; 0: the exact name
    /// The new key's whole name. Unset if a rotation's random suffix is still to be added.
    std::optional<std::string> new_name{};
    bool drop_leftover = false; ///< the leftover opens no key
    /// The record as it should be from now on, if the server is not changed: after a try, or after
    /// a predecessor disappeared. Unset: the record stays as it is.
    std::optional<Record> record{};
    /// What hand_over or store writes as record. The code that has the secret fills in the digest.
    std::optional<Record> settled_record{};
    /// Intents that stay open. The others can be closed: they were answered, or their time has
    /// passed.
    std::vector<Intent> intents{};
};

/// `desired` must have passed check_desired(). Throws only std::bad_alloc.
Plan plan_access_key(const Desired& desired, const Observed& observed);

/// Says in one sentence what a run has done, and names each key that it deleted. `plan` gave the
/// reason for the run. `done` are the actions that the run carried out, from this plan and from
/// later plans of the run. `rows` are the keys that the run saw.
std::string told(const Desired& desired, const Plan& plan, const std::vector<Action>& done,
                 const std::vector<AccessKeyRow>& rows);

/// The next time at which a run with these parameters may change something about the live key
/// `row`. `overlapped`: an old key is still alive beside it. Empty if there is no such time.
std::optional<Timestamp> next_action(const Desired& desired, const AccessKeyRow& row,
                                     bool overlapped, Timestamp now);

/// The durations to send for a new key. Error: argument (field expires_at) if `expires_at` is not
/// after `now`, or more than 292 years ahead.
struct Lifetime {
    Duration expiry;
    Duration inactivity_timeout;
};
Result<Lifetime> lifetime_to_ask(const Desired& desired, Timestamp now);

/// How far two spans of about `span_seconds` may differ and still count as equal: 0.1 %, at least 2
/// s and at most 60 s. This covers the server's whole seconds and the time that a request takes.
std::int64_t tolerance_seconds(std::int64_t span_seconds) noexcept;

/// How long a use keeps the row alive: its inactivity deadline minus its last use, in seconds.
/// Empty if the row has no deadline.
std::optional<std::int64_t> inactivity_extension(const AccessKeyRow& row) noexcept;

/// Whether the row is dead at `now`, judged by time alone. Expired comes before inactive. Empty:
/// live.
std::optional<Reason> dead_by_clock(const AccessKeyRow& row, Timestamp now) noexcept;

} // namespace infrastate::plan
