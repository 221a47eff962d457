// SPDX-License-Identifier: Apache-2.0
// Record and intents as JSON with a version MAJOR.MINOR. Members of a newer minor version are
// ignored. A file of another major version counts as damaged as a whole. Every 1.x reads every
// older 1.x; members that the older version did not write are missing, and that is not damage.
#pragma once

#include "infrastate/types/record.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::store {

/// Larger files count as damaged, and larger values are not written.
inline constexpr std::size_t max_record_bytes = 256u << 10;
inline constexpr std::size_t max_intents_bytes = 8u << 20;

std::string record_text(const Record& record);
std::string intents_text(const std::vector<Intent>& intents);

/// The outcome of reading. `problem` is empty, or half a sentence that follows the file's name ("is
/// not valid: ..."). It never quotes the file. Damaged members are missing in what was read, so
/// both members can be set.
struct ReadRecord {
    std::optional<Record> record{}; ///< empty if the file does not name a key and a server
    std::string problem{};
};
struct ReadIntents {
    std::vector<Intent> intents{}; ///< those by which a row can be recognized
    std::string problem{};
    bool newer = false;   ///< of a newer major version, so this program must not delete it
    bool complete = true; ///< false if entries may be missing
};
ReadRecord read_record(std::string_view text);
ReadIntents read_intents(std::string_view text);

} // namespace infrastate::store
