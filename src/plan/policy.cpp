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
constexpr std::array<Named<Reason>, 5> reasons{{{Reason::absent, "absent"},
                                                {Reason::expired, "expired"},
                                                {Reason::inactive, "inactive"},
                                                {Reason::drifted, "drifted"},
                                                {Reason::ok, "ok"}}};

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

using enum Decision;
// clang-format off
constexpr Decision policy_table[4][5] = {
    //                absent  expired  inactive drifted  ok
    /* never        */ {create, fail,    fail,    fail,    none},
    /* dead         */ {create, replace, replace, fail,    none},
    /* state_change */ {create, replace, replace, replace, none},
    /* always       */ {create, replace, replace, replace, replace},
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
std::optional<State> state_named(std::string_view text) noexcept {
    return value_of(states, text);
}
std::optional<Recreate> recreate_named(std::string_view text) noexcept {
    return value_of(policies, text);
}

Decision decide(Recreate policy, Reason reason) noexcept {
    return policy_table[static_cast<std::size_t>(policy)][static_cast<std::size_t>(reason)];
}

} // namespace infrastate::plan
