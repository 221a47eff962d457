// SPDX-License-Identifier: Apache-2.0
// Strict JSON (RFC 8259): reads text into a Value and writes it, with limits on size and depth.
// Every copy of the text is wiped. Refuses what other readers accept: duplicate names, escaped NUL,
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
    /// How deep arrays and objects may be nested; never more than 512.
    std::size_t max_depth = 32;
    /// Members and items in total. It keeps a small text from becoming a huge tree.
    std::size_t max_nodes = 1u << 20;
};

/// Reads one JSON text. Integers must fit int64, and doubles must be finite. A number is an integer
/// exactly if it is written without fraction and exponent. Errors have code argument and one of the
/// details json_empty, json_too_large, json_too_deep, json_too_many_nodes, json_utf8, json_control,
/// json_escape, json_number, json_duplicate, json_trailing, json_syntax. Their message names line
/// and column, but never quotes the text, which may hold a secret.
Result<Value> read(std::string_view text, const ReadLimits& limits = {});

/// Writes compact JSON in one line. Every character outside printable ASCII is escaped, and a byte
/// that is not UTF-8 becomes U+FFFD. The result is made in one buffer that never moves, so the
/// caller can wipe it. Throws std::invalid_argument for a number that is not finite (a defect in
/// the caller).
std::string write(const Value& value);
/// Appends the same to `out`. Allocates memory only if the capacity of `out` is too small; reserve
/// it before a moment at which an allocation must not fail. A buffer that is too small is replaced
/// and wiped.
void write_to(std::string& out, const Value& value);
/// The same with two spaces of indentation a level, for people.
std::string write_pretty(const Value& value);

} // namespace infrastate::json
