// SPDX-License-Identifier: Apache-2.0
// What the caller wants: the parameters of an access key, after all checks that need only the
// parameters themselves. Attributes that the caller did not set stay unset.
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
    never,        ///< create an absent key; everything else is an error
    dead,         ///< also replace an expired or inactive key
    state_change, ///< also replace a key that differs from the description (the default)
    always,       ///< replace the key in every run
};

/// When the predecessor of a rotated key is deleted.
enum class Retire {
    /// after the overlap, once the successor is used or the predecessor is not used any more
    when_replaced_in_use,
    on_time, ///< after the overlap
};

enum class Adopt {
    never,
    replace, ///< a live key that this holder has no claim on may be replaced
};

enum class Verify {
    automatic, ///< try a kept secret that no record vouches for
    always,    ///< try it in each run
    never,     ///< do not try, except before an unrecorded secret would be overwritten
};

/// What a run does if `current_secret` is empty.
enum class WhenMissing { fail, replace };

/// Whether `current_secret` was given. The secret itself stays in reconcile.
enum class CurrentSecret { not_given, empty, given };

/// 1 to 90 percent of a key's lifetime.
struct Percent {
    int value;
    bool operator==(const Percent&) const = default;
};
using RenewBefore = std::variant<Duration, Percent>;

/// What the caller asks for. Attributes are set only if the caller set them. Defaults are used when
/// a key is created, and they never count as drift.
struct Desired {
    State state = State::present;
    KeyName name;
    std::string user{vocabulary::connector};
    std::optional<Duration> expires_in{}; ///< excludes expires_at
    std::optional<Timestamp> expires_at{};
    std::optional<Duration> inactivity_timeout{};
    Recreate recreate = Recreate::state_change;

    std::optional<ServerId> id{};
    /// false only together with `id`: then `name` is a placeholder without meaning
    bool named = true;
    std::optional<RenewBefore> renew_before{};
    /// the upper limit; splay_seconds() chooses a value up to it
    std::optional<Duration> renew_splay{};
    std::optional<Duration> overlap{}; ///< unset: none
    Retire retire = Retire::when_replaced_in_use;
    std::optional<Timestamp> rotate_if_created_before{};
    bool rotate_now = false; ///< rotate keys created before the server's time at the first listing
    std::optional<std::string> keepers{}; ///< digest of the keepers in canonical form
    Adopt adopt = Adopt::never;
    Verify verify = Verify::automatic;
    bool secret_file = false; ///< whether a secret file keeps the secret
    CurrentSecret current_secret = CurrentSecret::not_given;
    WhenMissing current_secret_missing = WhenMissing::fail;
    std::string host{}; ///< the server's origin: used for the splay and in the record
    /// `name` was derived, not given. A record made on this machine then replaces it by its own
    /// name.
    bool derived = false;
    std::string machine{}; ///< digest of this machine's id; empty if it has none

    bool has_holder() const noexcept {
        return secret_file || current_secret != CurrentSecret::not_given;
    }
};

/// Checks the rules between parameters that hold in every run of the resource. Errors: code
/// argument; `field` is the parameter to change.
Result<void> check_desired(const Desired& desired);

/// What a new key is asked for with, with defaults filled in.
AskedFor asked_for(const Desired& desired);

/// Between 0 and renew_splay. The same name and host always give the same value.
std::int64_t splay_seconds(const Desired& desired) noexcept;

std::string_view name(State value) noexcept;
std::string_view name(Recreate value) noexcept;
std::optional<State> state_named(std::string_view text) noexcept;
std::optional<Recreate> recreate_named(std::string_view text) noexcept;
std::optional<Retire> retire_named(std::string_view text) noexcept;
std::optional<Adopt> adopt_named(std::string_view text) noexcept;
std::optional<Verify> verify_named(std::string_view text) noexcept;
std::optional<WhenMissing> when_missing_named(std::string_view text) noexcept;

/// The defaults for a new key.
Duration default_expires_in();
Duration default_inactivity_timeout();

/// "access key 'a' of user 'b'": the form that every message uses.
std::string key_phrase(const Desired& desired);

} // namespace infrastate::plan
