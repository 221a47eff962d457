// SPDX-License-Identifier: Apache-2.0
// The server's identifiers: positive 63-bit numbers that grow with time, written in base 58. A text
// that the server would not read as an identifier gives the server's error.
#pragma once

#include "clock.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace infrastate::simulator {

using Id = std::int64_t;

/// "" for zero, which stands for "none".
std::string id_text(Id id);
/// "" and any number of leading "1" read as zero. Throws Refusal in the server's own words.
Id parse_id(std::string_view text);

/// Makes identifiers that never repeat, even if the clock is set back. Not thread-safe.
class IdSource {
public:
    Id next(Micros now);

private:
    Id last_ = 0;
};

} // namespace infrastate::simulator
