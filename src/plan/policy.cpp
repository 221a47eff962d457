// SPDX-License-Identifier: Apache-2.0
#include "infrastate/plan/access_key.h"

#include <array>

namespace infrastate::plan {
namespace {

template <class T>
struct Named {
    T value;
    std::string_view text;
};

constexpr std::array<Named<State>, 2> states{
    {{State::present, "present"}, {State::absent, "absent"}}};
constexpr std::array<Named<Recreate>, 4> policies{{{Recreate::never, "never"},
                                                   {Recreate::dead, "dead"},
                                                   {Recreate::state_change, "state_change"},
                                                   {Recreate::always, "always"}}};
constexpr std::array<Named<Reason>, 10> reasons{{{Reason::absent, "absent"},
                                                 {Reason::expired, "expired"},
                                                 {Reason::inactive, "inactive"},
                                                 {Reason::unheld, "unheld"},
                                                 {Reason::secret_rejected, "secret_rejected"},
                                                 {Reason::secret_missing, "secret_missing"},
                                                 {Reason::drifted, "drifted"},
                                                 {Reason::rotation_due, "rotation_due"},
                                                 {Reason::expiring, "expiring"},
                                                 {Reason::ok, "ok"}}};
constexpr std::array<Named<Retire>, 2> retirements{
    {{Retire::when_replaced_in_use, "when_replaced_in_use"}, {Retire::on_time, "on_time"}}};
constexpr std::array<Named<Adopt>, 2> adoptions{
    {{Adopt::never, "never"}, {Adopt::replace, "replace"}}};
constexpr std::array<Named<Verify>, 3> verifications{
    {{Verify::automatic, "auto"}, {Verify::always, "always"}, {Verify::never, "never"}}};
constexpr std::array<Named<WhenMissing>, 2> missings{
    {{WhenMissing::fail, "fail"}, {WhenMissing::replace, "replace"}}};
constexpr std::array<Named<SecretState>, 5> secret_states{
    {{SecretState::not_kept, "not_kept"},
     {SecretState::good, "good"},
     {SecretState::missing, "missing"},
     {SecretState::rejected, "rejected"},
     {SecretState::unverified, "unverified"}}};
// Words a play can ask for: 'create' in result.actions.
constexpr std::array<Named<ActionKind>, 8> actions{{{ActionKind::collect, "collect"},
                                                    {ActionKind::hand_over, "hand_over"},
                                                    {ActionKind::store, "store"},
                                                    {ActionKind::remove, "delete"},
                                                    {ActionKind::create, "create"},
                                                    {ActionKind::retire, "retire"},
                                                    {ActionKind::set_attributes, "set_attributes"},
                                                    {ActionKind::remove_file, "delete_file"}}};

template <class T, std::size_t N>
std::string_view text_of(const std::array<Named<T>, N>& table, T value) noexcept {
    for (const auto& row : table)
        if (row.value == value) return row.text;
    return "unknown";
}

template <class T, std::size_t N>
std::optional<T> value_of(const std::array<Named<T>, N>& table, std::string_view text) noexcept {
    for (const auto& row : table)
        if (row.text == text) return row.value;
    return std::nullopt;
}

/// Columns of the policy: reasons that are treated alike share one.
enum Column { absent, dead, unheld, secret, changed, expiring, ok };

constexpr Column column(Reason reason) noexcept {
    switch (reason) {
    case Reason::absent:
        return absent;
    case Reason::expired:
    case Reason::inactive:
        return dead;
    case Reason::unheld:
        return unheld;
    case Reason::secret_rejected:
    case Reason::secret_missing:
        return secret;
    case Reason::drifted:
    case Reason::rotation_due:
        return changed;
    case Reason::expiring:
        return expiring;
    case Reason::ok:
        break;
    }
    return ok;
}

using enum Decision;
// clang-format off
constexpr Decision policy_table[4][7] = {
    //                absent  dead     unheld     secret_* changed  expiring ok
    /* never        */ {create, fail,    fail,      fail,    fail,    warn,    none},
    /* dead         */ {create, replace, fail,      fail,    fail,    warn,    none},
    /* state_change */ {create, replace, take_over, replace, replace, replace, none},
    /* always       */ {create, replace, take_over, replace, replace, replace, replace},
};
// clang-format on

} // namespace

std::string_view name(State value) noexcept {
    return text_of(states, value);
}
std::string_view name(Recreate value) noexcept {
    return text_of(policies, value);
}
std::string_view name(Reason value) noexcept {
    return text_of(reasons, value);
}
std::string_view name(SecretState value) noexcept {
    return text_of(secret_states, value);
}
std::string_view name(ActionKind value) noexcept {
    return text_of(actions, value);
}
std::optional<State> state_named(std::string_view text) noexcept {
    return value_of(states, text);
}
std::optional<Recreate> recreate_named(std::string_view text) noexcept {
    return value_of(policies, text);
}
std::optional<Retire> retire_named(std::string_view text) noexcept {
    return value_of(retirements, text);
}
std::optional<Adopt> adopt_named(std::string_view text) noexcept {
    return value_of(adoptions, text);
}
std::optional<Verify> verify_named(std::string_view text) noexcept {
    return value_of(verifications, text);
}
std::optional<WhenMissing> when_missing_named(std::string_view text) noexcept {
    return value_of(missings, text);
}

Decision decide(Recreate policy, Reason reason) noexcept {
    return policy_table[static_cast<int>(policy)][column(reason)];
}

} // namespace infrastate::plan
