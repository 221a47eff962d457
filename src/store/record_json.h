// SPDX-License-Identifier: Apache-2.0
// Record and intents as JSON, with a version, MAJOR.MINOR. A newer minor version adds members,
// which are ignored here; another major one is not understood, and the file counts as damaged as a
// whole. Every 1.x reads every older 1.x: what that did not write is missing, and no damage.
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
/// valid: ..."); it never quotes the file. Members that are damaged are missing in what was read:
/// both can be there.
struct ReadRecord {
    std::optional<Record> record{}; ///< nothing where it does not say which key of which server
    std::string problem{};
};
struct ReadIntents {
    std::vector<Intent> intents{}; ///< those by which a row can be known
    std::string problem{};
    bool newer = false;   ///< of a newer major version: not ours to remove
    bool complete = true; ///< false where entries may be missing
};
ReadRecord read_record(std::string_view text);
ReadIntents read_intents(std::string_view text);

} // namespace infrastate::store
