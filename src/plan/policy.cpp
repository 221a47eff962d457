// SPDX-License-Identifier: Apache-2.0
#include "infrastate/plan/access_key.h"
#include "infrastate/types/vocabulary.h"

#include <algorithm>
#include <array>

namespace infrastate::plan {
namespace {

template <class T>
struct Named {
    T value;
    std::string_view text;
};

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
constexpr std::array<Named<SecretState>, 5> secret_states{
    {{SecretState::not_kept, "not_kept"},
     {SecretState::good, "good"},
     {SecretState::missing, "missing"},
     {SecretState::rejected, "rejected"},
     {SecretState::unverified, "unverified"}}};
// Words that a play can look for: 'create' in result.actions.
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

/// The enumerations that callers choose from have the same order as their words.
template <class T, std::size_t N>
std::string_view text_of(const std::array<std::string_view, N>& words, T value) noexcept {
    const auto at = static_cast<std::size_t>(value);
    return at < N ? words[at] : "unknown";
}

template <class T, std::size_t N>
std::optional<T> value_of(const std::array<std::string_view, N>& words,
                          std::string_view text) noexcept {
    const auto at = std::find(words.begin(), words.end(), text);
    if (at == words.end()) return std::nullopt;
    return static_cast<T>(at - words.begin());
}

/// Columns of the policy table. Reasons that are treated alike share a column.
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
    return text_of(vocabulary::states, value);
}
std::string_view name(Recreate value) noexcept {
    return text_of(vocabulary::recreations, value);
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
    return value_of<State>(vocabulary::states, text);
}
std::optional<Recreate> recreate_named(std::string_view text) noexcept {
    return value_of<Recreate>(vocabulary::recreations, text);
}
std::optional<Retire> retire_named(std::string_view text) noexcept {
    return value_of<Retire>(vocabulary::retirements, text);
}
std::optional<Adopt> adopt_named(std::string_view text) noexcept {
    return value_of<Adopt>(vocabulary::adoptions, text);
}
std::optional<Verify> verify_named(std::string_view text) noexcept {
    return value_of<Verify>(vocabulary::verifications, text);
}
std::optional<WhenMissing> when_missing_named(std::string_view text) noexcept {
    return value_of<WhenMissing>(vocabulary::missings, text);
}

Decision decide(Recreate policy, Reason reason) noexcept {
    return policy_table[static_cast<int>(policy)][column(reason)];
}

} // namespace infrastate::plan
