// SPDX-License-Identifier: Apache-2.0
// Whether a kept secret may be overwritten or deleted. A secret that may still open a key must
// never be lost (docs/state-logic.md, "No secret is lost"). Each plan that overwrites a kept copy
// asks here first.
#pragma once

#include "observed_keys.h"

#include <optional>
#include <string>
#include <string_view>

namespace infrastate::plan {

/// What a kept copy may be good for.
enum class Worth {
    nothing, ///< there is no secret
    ours,    ///< secret of the managed family or of a recorded key, by the record or by a try
    dead,    ///< the server refuses it, and it was a secret of this server: it opens nothing
    another, ///< it opens a key that this run does not manage
    refused, ///< the server refuses it, but nothing shows that it was ever a secret of this server
    unclear, ///< it was tried, and the answer was not clear
    untried,
};

/// `leftover`: the copy is the new secret beside the file, and intents count as evidence too.
Worth worth_of(const ObservedKeys& keys, const Copy& copy, bool leftover = false);

/// Whether the copy may be overwritten or deleted. Not if it is untried.
constexpr bool may_go(Worth worth) noexcept {
    return worth == Worth::nothing || worth == Worth::ours || worth == Worth::dead;
}

/// Whether a current_secret that opens nothing here may be given up. Only a caller that may take
/// over a key (adopt: replace) may do so.
constexpr bool may_let_go(const Desired& desired, Worth worth) noexcept {
    return worth == Worth::refused && desired.adopt == Adopt::replace;
}

/// A place that keeps a secret, for messages.
struct Place {
    std::string_view parameter; ///< secret_file or current_secret
    std::string what;           ///< "what it holds"
    std::string remedy;         ///< what to do if its content is not needed
};
Place file_place();
Place leftover_place();
Place current_place(const Desired& desired);

/// The warning for a copy that a dry run does not try. The plan assumes that the copy is not
/// needed.
std::string untried_warning(const Place& place);

/// The error if it opens another key: code conflict, detail secret_of_another_key.
Error another_key(const Place& place, const Tried& tried);
/// The error for a copy that must not be lost: Worth::another, refused or unclear.
Error not_to_be_lost(const Place& place, const ObservedKeys& keys, const Copy& copy, Worth worth);

} // namespace infrastate::plan
