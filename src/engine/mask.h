// SPDX-License-Identifier: Apache-2.0
// Replaces secrets in texts that leave the engine: a hostile server that echoes a token, for
// instance.
#pragma once

#include "infrastate/types/value.h"

#include <string>
#include <string_view>
#include <vector>

namespace infrastate::engine {

/// Every occurrence of a secret in `text` becomes "********"; longer secrets first.
void mask(std::string& text, const std::vector<std::string_view>& secrets);

/// Masks every string in the tree, names of members excepted (they are all ours), but for the
/// top-level member "secret".
void mask_result(Value& result, const std::vector<std::string_view>& secrets);

} // namespace infrastate::engine
