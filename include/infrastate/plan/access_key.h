// SPDX-License-Identifier: Apache-2.0
// What should be (Desired), what is (Observed), and the pure step between them: plan_access_key().
// No I/O, no clock, no Poco. Check mode, diff and the real run all use this one function, so the
// same Desired and Observed always give the same Plan.
#pragma once

#include "infrastate/plan/desired.h"
#include "infrastate/plan/observed.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::plan {

/// Why a run does what it does, in order of precedence: the first that holds is `reason`.
enum class Reason {
    absent,          ///< no row of the family, and no live row that is recorded as ours
    expired,         ///< the expiry has passed, and the server no longer lists the row as live
    inactive,        ///< likewise for the inactivity deadline
    unheld,          ///< the row is live, but the asked holder has no claim on it
    secret_rejected, ///< the kept secret is not the live row's
    secret_missing,  ///< the row is ours, its secret is gone
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
    none,      ///< leave it
    create,    ///< POST
    replace,   ///< a new key for the old one, by replace or by rotation
    take_over, ///< replace under adopt: replace, else fail
    warn,      ///< leave it, and say so
    fail,      ///< the policy forbids what would be needed
};

std::string_view name(Reason value) noexcept;

/// The policy, one row a value of `recreate`, one column a reason.
Decision decide(Recreate policy, Reason reason) noexcept;

enum class ActionKind {
    collect,        ///< DELETE a row that a lost POST of ours made
    hand_over,      ///< finish what an earlier run began: leftover -> record -> secret file
    store,          ///< the accepted current_secret goes into the secret file
    remove,         ///< DELETE by id
    create,         ///< POST, and hand over where a holder is on disk
    retire,         ///< DELETE a predecessor
    set_attributes, ///< mode, owner, group of the secret file
    remove_file,    ///< secret file, record and leftover
};

struct Action {
    ActionKind kind;
    std::string name;             ///< the key's name; of a rotation the random end is added later
    std::optional<ServerId> id{}; ///< of the row to delete or to hand over
    bool operator==(const Action&) const = default;
};

/// One attribute that differs, both sides as text; nothing where a side has no value.
struct Change {
    std::string attribute;
    std::optional<std::string> before;
    std::optional<std::string> after;
};

/// What the plan must know before it can decide. Each is asked for once a run.
enum class Need {
    nothing,
    live_listing, ///< a listing without dead keys: who is dead?
    try_leftover, ///< whose secret is the leftover?
    try_file,     ///< whose secret is in the file?
    try_current,  ///< whose secret is current_secret?
};

/// What is known of the secret that the holder keeps.
enum class SecretState {
    not_kept,   ///< no holder
    good,       ///< it opens the managed key
    missing,    ///< there is none
    rejected,   ///< the server refuses it
    unverified, ///< not known: it could not be tried, or must not be
};
std::string_view name(SecretState value) noexcept;
std::string_view name(ActionKind value) noexcept;

struct Plan {
    Need need = Need::nothing; ///< set: the rest is provisional; observe more and plan again
    Reason reason = Reason::ok;
    std::vector<Reason> reasons; ///< all that hold, in order
    std::vector<Action> actions; ///< in the order they are to be done
    std::vector<Change> changes; ///< the difference that the actions remove
    std::optional<AccessKeyRow> current;
    /// What `current` was asked for with, where the record knows it.
    std::optional<AskedFor> asked{};
    std::optional<AskedFor> asks{}; ///< what the key that is to be made is asked for with
    /// What the actions do, as an order: "replace access key 'x' of user 'y'"; empty without any.
    std::string summary{};
    std::string explanation{}; ///< one sentence for a person: what is to be done
    std::vector<std::string> warnings;
    std::optional<Error> refusal; ///< set: nothing may be done, and this is why

    SecretState secret_state = SecretState::not_kept;
    std::optional<ServerId> previous_id{};     ///< the key that the actions replace
    std::vector<Predecessor> predecessors{};   ///< once the actions are done
    std::vector<ServerId> live{};              ///< live rows of the family, as observed
    std::optional<Timestamp> next_action_at{}; ///< when these arguments may next lead to a change
    bool rotates = false;                      ///< the new key is made beside the old one
    std::uint32_t rotation = 0;                ///< of the new key's name; 0: the exact name
    /// The new key's whole name: unset where a random end is to be added to a rotation's.
    std::optional<std::string> new_name{};
    bool drop_leftover = false; ///< the leftover opens nothing
    /// The record as it should be from now on, without a change on the server (a try, a vanished
    /// predecessor). Unset: leave it.
    std::optional<Record> record{};
    /// What hand_over or store writes; the digest is left to whoever has the secret.
    std::optional<Record> settled_record{};
    /// Intents that stay open. Others can be closed: answered, or past their horizon.
    std::vector<Intent> intents{};
};

/// Never throws but for memory. Takes `desired` as check_desired() passed it.
Plan plan_access_key(const Desired& desired, const Observed& observed);

/// What a run has done, as one sentence that names each key that went: `plan` was its reason,
/// `done` are the actions it carried out, of this plan and of those after it, and `rows` are the
/// keys that it saw.
std::string told(const Desired& desired, const Plan& plan, const std::vector<Action>& done,
                 const std::vector<AccessKeyRow>& rows);

/// When a run with these parameters may next have something to change about the live key `row`.
/// `overlapped`: an old key still lives beside it. Nothing: it lives for ever.
std::optional<Timestamp> next_action(const Desired& desired, const AccessKeyRow& row,
                                     bool overlapped, Timestamp now);

/// The durations to send for a new key. Errors: `expires_at` not after `now` (field expires_at).
struct Lifetime {
    Duration expiry;
    Duration inactivity_timeout;
};
Result<Lifetime> lifetime_to_ask(const Desired& desired, Timestamp now);

/// How far two spans may differ and still count as equal: 0.1 % of `span`, at least 2 s and at most
/// 60 s. Covers the server's whole seconds and the time a request takes.
std::int64_t tolerance_seconds(std::int64_t span_seconds) noexcept;

/// The extension that a use gives the row: deadline - last use, in seconds; nothing without
/// deadline.
std::optional<std::int64_t> inactivity_extension(const AccessKeyRow& row) noexcept;

/// Dead by the clock: expired comes before inactive. Nothing: live.
std::optional<Reason> dead_by_clock(const AccessKeyRow& row, Timestamp now) noexcept;

} // namespace infrastate::plan
