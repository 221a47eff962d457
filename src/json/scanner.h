// SPDX-License-Identifier: Apache-2.0
// The strict half of the reader: one linear pass that checks a whole text against RFC 8259 and the
// limits before Poco sees it. It builds nothing; it notes what Poco would read wrongly (numbers)
// and where each member begins, so that the builder can name a place.
#pragma once

#include "infrastate/json/json.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace infrastate::json {

using Number = std::variant<std::int64_t, double>;

struct Scan {
    std::vector<Number> numbers;           ///< in the order of the text
    std::vector<std::size_t> name_offsets; ///< where each member's name begins, in the same order
};

/// The text is accepted exactly if this gives a Scan; only duplicate names are left to the builder.
Result<Scan> scan(std::string_view text, const Limits& limits);

/// An error that names line and column (from 1, in characters) of `offset` and quotes nothing.
Error error_at(std::string_view text, std::size_t offset, std::string_view detail,
               std::string_view what);

} // namespace infrastate::json
