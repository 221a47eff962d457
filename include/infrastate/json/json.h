// SPDX-License-Identifier: Apache-2.0
// Strict JSON (RFC 8259): text to Value and back, with limits on size and depth, and no copy of the
// text that is not wiped. Refused where other readers are lax: duplicate names, escaped NUL,
// invalid UTF-8, numbers that do not fit.
#pragma once

#include "infrastate/types/error.h"
#include "infrastate/types/value.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace infrastate::json {

struct ReadLimits {
    std::size_t max_bytes = 16u << 20;
    /// Of arrays and objects inside each other; never more than 512.
    std::size_t max_depth = 32;
    /// Members and items in all, so that a small text cannot become a huge tree.
    std::size_t max_nodes = 1u << 20;
};

/// Reads one JSON text. Integers must fit int64 and doubles must be finite; a number is an integer
/// exactly if it is written without fraction and exponent. Errors have code argument, one of the
/// details json_empty, json_too_large, json_too_deep, json_too_many_nodes, json_utf8, json_control,
/// json_escape, json_number, json_duplicate, json_trailing, json_syntax, and a message that names
/// the line and column but never quotes the text (it may hold a secret).
Result<Value> read(std::string_view text, const ReadLimits& limits = {});

/// Compact JSON in one line, every character outside printable ASCII as an escape; a byte that is
/// not UTF-8 becomes U+FFFD. Made in one buffer that never moves, so the caller can wipe it.
/// Throws std::invalid_argument for a number that is not finite (a defect in the caller).
std::string write(const Value& value);
/// Appends the same to `out`, and needs no memory but what its capacity lacks (reserve it before a
/// moment at which memory must not be what fails). A buffer that must grow is wiped.
void write_to(std::string& out, const Value& value);
/// The same with two spaces of indentation a level, for people.
std::string write_pretty(const Value& value);

} // namespace infrastate::json
