// SPDX-License-Identifier: Apache-2.0
// May what a holder keeps be overwritten or deleted? A secret that may still open a key must never
// be lost (docs/state-logic.md, "No secret is lost"): each plan that writes over a kept copy asks
// here first.
#pragma once

#include "observed_keys.h"

#include <optional>
#include <string>
#include <string_view>

namespace infrastate::plan {

/// What is known of a kept copy.
enum class Worth {
    nothing, ///< there is none
    ours,    ///< of the managed family or a recorded key: by the record, or by a try
    dead,    ///< refused, and shown to be of this server: it opens nothing
    another, ///< it opens a key that this run does not manage
    refused, ///< refused, but nothing shows that it was ever of this server
    unclear, ///< tried without a clear answer
    untried,
};

/// `leftover`: judges the new secret beside the file, which intents vouch for as well.
Worth worth_of(const ObservedKeys& keys, const Copy& copy, bool leftover = false);

/// True where the copy may be overwritten or deleted. `untried` is neither.
constexpr bool may_go(Worth worth) noexcept {
    return worth == Worth::nothing || worth == Worth::ours || worth == Worth::dead;
}

/// Who may take over a key lets go of a current_secret that opens none here.
constexpr bool may_let_go(const Desired& desired, Worth worth) noexcept {
    return worth == Worth::refused && desired.adopt == Adopt::replace;
}

/// A place that keeps a secret, for messages.
struct Place {
    std::string_view parameter; ///< secret_file or current_secret
    std::string what;           ///< "what it holds"
    std::string remedy;         ///< what to do where its content is of no use
};
Place file_place();
Place leftover_place();
Place current_place(const Desired& desired);

/// A dry run uses no secret; it foretells what a run does where the copy is of no use.
std::string untried_warning(const Place& place);

/// It opens another key. Code conflict, detail secret_of_another_key.
Error another_key(const Place& place, const Tried& tried);
/// Why a copy that may not go stops the run; of Worth::another, refused and unclear.
Error not_to_be_lost(const Place& place, const ObservedKeys& keys, const Copy& copy, Worth worth);

} // namespace infrastate::plan
