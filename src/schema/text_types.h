// SPDX-License-Identifier: Apache-2.0
// What form a text must have for each neutral type, and its canonical spelling. The plan checks
// what needs a server or a clock.
#pragma once

#include "infrastate/schema/schema.h"
#include "infrastate/types/error.h"

#include <string>
#include <string_view>

namespace infrastate::schema {

/// Returns the canonical spelling, or an Error whose message follows "PARAM: ". Never quotes a
/// secret.
Result<std::string> read_text(const Param& param, std::string_view text);

/// Whether a text that read_text() refuses has the right form but is out of bounds.
bool is_out_of_range(const Param& param, std::string_view text);

/// Whether Go reads the text as a zero duration: "0", "0s", "0h0m0s".
bool is_zero_span(std::string_view text);

/// What would be right, in a few words: "a duration like 8766h or 1h30m".
std::string expected_text(const Param& param);

} // namespace infrastate::schema
