// SPDX-License-Identifier: Apache-2.0
// What should be (Desired), what is (Observed), and the pure step between them: plan_access_key().
// No I/O, no clock, no Poco. Check mode, diff and the real run all use this one function, so the
// same Desired and Observed always give the same Plan.
#pragma once

#include "infrastate/types/access_key.h"
#include "infrastate/types/duration.h"
#include "infrastate/types/error.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::plan {

enum class State { present, absent };

/// How far a run may go to make an existing key fit.
enum class Recreate {
    never,        ///< create what is absent; everything else is an error
    dead,         ///< also replace an expired or inactive key
    state_change, ///< also replace a key that differs from the description (the default)
    always,       ///< replace the key in every run
};

/// Why a run does what it does, in order of precedence: the first that holds is `reason`.
enum class Reason {
    absent,   ///< no row of the name and user
    expired,  ///< the row's expiry has passed, and the server no longer lists it as live
    inactive, ///< likewise for the inactivity deadline
    drifted,  ///< an attribute that the caller set differs
    ok,       ///< nothing of the above
};
inline constexpr Reason all_reasons[] = {Reason::absent, Reason::expired, Reason::inactive,
                                         Reason::drifted, Reason::ok};

enum class Decision {
    none,    ///< leave it
    create,  ///< POST
    replace, ///< DELETE by id, then POST
    fail,    ///< the policy forbids what would be needed
};

std::string_view name(State value) noexcept;
std::string_view name(Recreate value) noexcept;
std::string_view name(Reason value) noexcept;
std::optional<State> state_named(std::string_view text) noexcept;
std::optional<Recreate> recreate_named(std::string_view text) noexcept;

/// The policy, one row a value of `recreate`, one column a reason.
Decision decide(Recreate policy, Reason reason) noexcept;

/// Attributes are set only where the caller set them: defaults apply when a key is made, and never
/// count as drift.
struct Desired {
    State state = State::present;
    KeyName name;
    std::string user = "connector";
    std::optional<Duration> expires_in{}; ///< excludes expires_at
    std::optional<Timestamp> expires_at{};
    std::optional<Duration> inactivity_timeout{};
    Recreate recreate = Recreate::state_change;
};

/// What a key gets that the caller did not describe further.
Duration default_expires_in();
Duration default_inactivity_timeout();

struct Observed {
    /// Rows of the wanted user in the family of the wanted name, dead ones too.
    std::vector<AccessKeyRow> rows;
    ServerTime time;
    /// Identifiers in a listing without dead keys, once one was made; it settles who is dead.
    std::optional<std::set<ServerId>> live_ids{};
};

enum class ActionKind { remove, create };

struct Action {
    ActionKind kind;
    std::string name;             ///< the key's name
    std::optional<ServerId> id{}; ///< of the row to remove
    bool operator==(const Action&) const = default;
};

/// One attribute that differs, both sides as text; nothing where a side has no value.
struct Change {
    std::string attribute;
    std::optional<std::string> before;
    std::optional<std::string> after;
};

struct Plan {
    Reason reason = Reason::ok;
    std::vector<Reason> reasons; ///< all that hold, in order
    std::vector<Action> actions; ///< in the order they are to be done
    std::vector<Change> changes; ///< the difference that the actions remove
    std::optional<AccessKeyRow> current;
    std::string explanation; ///< one sentence for a person
    std::vector<std::string> warnings;
    std::optional<Error> refusal; ///< set: nothing may be done, and this is why
    /// The row looks dead by the clock alone: list without dead keys, then plan again.
    bool needs_confirmation = false;

    bool changes_anything() const noexcept { return !actions.empty(); }
};

/// Never throws but for memory. `desired.name` and rows must be of one family (see observe()).
Plan plan_access_key(const Desired& desired, const Observed& observed);

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
