// SPDX-License-Identifier: Apache-2.0
// What a text must look like to be of a neutral type, and its canonical spelling.
// Semantics that need a server or a clock are the plan's.
#pragma once

#include "infrastate/schema/schema.h"
#include "infrastate/types/error.h"

#include <string>
#include <string_view>

namespace infrastate::schema {

/// The canonical spelling, or an Error whose message follows "PARAM: ". Never quotes a secret.
Result<std::string> read_text(const Param& param, std::string_view text);

/// Whether a text that read_text() refuses is of the type, but beyond its bounds.
bool is_out_of_range(const Param& param, std::string_view text);

/// "0", "0s", "0h0m0s": what Go, too, reads as no time at all.
bool is_zero_span(std::string_view text);

/// What would be right, in a few words: "a duration like 8766h or 1h30m".
std::string expected_text(const Param& param);

} // namespace infrastate::schema
