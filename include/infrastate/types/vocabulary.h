// SPDX-License-Identifier: Apache-2.0
// Words that several layers must spell alike: the choices of a caller, the outcomes of a run, and
// the default user of a key. The schema lists them, the plan gives them their meaning. Each list of
// choices has the order of its enumeration in plan/desired.h.
#pragma once

#include <array>
#include <string_view>

namespace infrastate::vocabulary {

using std::string_view;

inline constexpr std::array<string_view, 2> states{"present", "absent"};
inline constexpr std::array<string_view, 4> recreations{"never", "dead", "state_change", "always"};
inline constexpr std::array<string_view, 2> retirements{"when_replaced_in_use", "on_time"};
inline constexpr std::array<string_view, 2> adoptions{"never", "replace"};
inline constexpr std::array<string_view, 3> verifications{"auto", "always", "never"};
inline constexpr std::array<string_view, 2> missings{"fail", "replace"};

/// What a run may have done to the server, in the order of Effect (types/error.h).
inline constexpr std::array<string_view, 3> outcomes{"none", "changed", "unknown"};

/// The user that Infra itself has for connectors, and the default user of a key. Every
/// administrator's access key can create keys for it.
inline constexpr string_view connector = "connector";

} // namespace infrastate::vocabulary
