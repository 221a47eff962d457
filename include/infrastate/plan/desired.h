// SPDX-License-Identifier: Apache-2.0
// What should be: the parameters of an access key as the plan sees them, after every check that
// needs nothing but themselves. Attributes that the caller did not set stay unset.
#pragma once

#include "infrastate/types/duration.h"
#include "infrastate/types/error.h"
#include "infrastate/types/names.h"
#include "infrastate/types/record.h"
#include "infrastate/types/timestamp.h"
#include "infrastate/types/vocabulary.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace infrastate::plan {

enum class State { present, absent };

/// How far a run may go to make an existing key fit.
enum class Recreate {
    never,        ///< create what is absent; everything else is an error
    dead,         ///< also replace an expired or inactive key
    state_change, ///< also replace a key that differs from the description (the default)
    always,       ///< replace the key in every run
};

/// When a rotated key's predecessor goes.
enum class Retire {
    when_replaced_in_use, ///< after the overlap, once the successor is used or it is not any more
    on_time,              ///< after the overlap
};

enum class Adopt {
    never,
    replace, ///< a live key that this holder has no claim on may be replaced
};

enum class Verify {
    automatic, ///< try a kept secret that no record vouches for
    always,    ///< try it in each run
    never,     ///< never try; what no record vouches for counts as refused
};

/// What an empty `current_secret` means.
enum class WhenMissing { fail, replace };

/// `current_secret` as it was given. The secret itself stays with reconcile.
enum class CurrentSecret { not_given, empty, given };

/// 1 to 90 percent of a key's lifetime.
struct Percent {
    int value;
    bool operator==(const Percent&) const = default;
};
using RenewBefore = std::variant<Duration, Percent>;

/// Attributes are set only where the caller set them: defaults apply when a key is made, and never
/// count as drift.
struct Desired {
    State state = State::present;
    KeyName name;
    std::string user{vocabulary::connector};
    std::optional<Duration> expires_in{}; ///< excludes expires_at
    std::optional<Timestamp> expires_at{};
    std::optional<Duration> inactivity_timeout{};
    Recreate recreate = Recreate::state_change;

    std::optional<ServerId> id{};
    bool named = true; ///< false only beside `id`: `name` is then a stand-in that says nothing
    std::optional<RenewBefore> renew_before{};
    std::optional<Duration> renew_splay{}; ///< the most; splay_seconds() chooses
    std::optional<Duration> overlap{};     ///< unset: none
    Retire retire = Retire::when_replaced_in_use;
    std::optional<Timestamp> rotate_if_created_before{};
    bool rotate_now = false; ///< the same, before the server's time at the run's first look
    std::optional<std::string> keepers{}; ///< their canonical digest
    Adopt adopt = Adopt::never;
    Verify verify = Verify::automatic;
    bool secret_file = false; ///< a secret file keeps the secret
    CurrentSecret current_secret = CurrentSecret::not_given;
    WhenMissing current_secret_missing = WhenMissing::fail;
    std::string host{}; ///< the server's origin: goes into the splay and the record
    /// `name` was not given but derived: a record that was made on this machine knows it better.
    bool derived = false;
    std::string machine{}; ///< digest of this machine's id; empty where it has none

    bool has_holder() const noexcept {
        return secret_file || current_secret != CurrentSecret::not_given;
    }
};

/// The rules between parameters that hold for every resource run (refused together; see the
/// manual). Errors: code argument, `field` is the parameter to change.
Result<void> check_desired(const Desired& desired);

/// What a new key is asked for with, defaults filled in.
AskedFor asked_for(const Desired& desired);

/// Between 0 and renew_splay, the same for the same name and host.
std::int64_t splay_seconds(const Desired& desired) noexcept;

std::string_view name(State value) noexcept;
std::string_view name(Recreate value) noexcept;
std::optional<State> state_named(std::string_view text) noexcept;
std::optional<Recreate> recreate_named(std::string_view text) noexcept;
std::optional<Retire> retire_named(std::string_view text) noexcept;
std::optional<Adopt> adopt_named(std::string_view text) noexcept;
std::optional<Verify> verify_named(std::string_view text) noexcept;
std::optional<WhenMissing> when_missing_named(std::string_view text) noexcept;

/// What a key gets that the caller did not describe further.
Duration default_expires_in();
Duration default_inactivity_timeout();

/// "access key 'a' of user 'b'", as every message speaks of it.
std::string key_phrase(const Desired& desired);

} // namespace infrastate::plan
