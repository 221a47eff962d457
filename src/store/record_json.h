// SPDX-License-Identifier: Apache-2.0
// Record and intents as JSON, with a version: "1.0". A newer minor adds members, which are ignored
// here; a newer major is not understood and counts as damaged. Every 1.x reads every older 1.x.
#pragma once

#include "infrastate/types/record.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::store {

/// Larger files are damaged ones; larger values are not written.
inline constexpr std::size_t max_record_bytes = 256u << 10;
inline constexpr std::size_t max_intents_bytes = 8u << 20;

std::string record_text(const Record& record);
std::string intents_text(const std::vector<Intent>& intents);

/// What reading gave. `problem` is empty, or half a sentence that follows the file's name ("is not
/// valid: ..."); it never quotes the file.
struct ReadRecord {
    std::optional<Record> record{};
    std::string problem{};
};
struct ReadIntents {
    std::vector<Intent> intents{}; ///< those that could be read, where others could not
    std::string problem{};
    bool newer = false; ///< of a newer major version: not ours to remove
};
ReadRecord read_record(std::string_view text);
ReadIntents read_intents(std::string_view text);

} // namespace infrastate::store
