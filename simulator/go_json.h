// SPDX-License-Identifier: Apache-2.0
// Reads request bodies as the server's Go decoder does. The first JSON value counts, and what
// follows is ignored. Names match in any case. The last of two members with one name counts. Errors
// have Go's words. Poco's parser differs in each of these points (docs/adr/0044). It also hides the
// raw text, from which the server reads durations.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace infrastate::simulator {

/// A member of an object: its name, and its value as the text has it.
struct RawMember {
    std::string name;
    std::string_view value; ///< borrowed from the text that was scanned
};

struct RawValue {
    std::string_view text;          ///< the first value, without the text around it
    std::vector<RawMember> members; ///< in order; empty unless the value is an object
};

/// Finds the first JSON value of the text. Throws a Refusal in Go's words.
RawValue scan_go_json(std::string_view text);

/// "object", "array", "string", "number", "bool" or "null": Go's word for a value's kind.
std::string_view go_kind(std::string_view value);

/// The text of a JSON string that was scanned before. Invalid UTF-8 becomes U+FFFD.
std::string go_string(std::string_view raw);

/// True if Go's decoder would store the member in the field.
bool go_name_matches(std::string_view member, std::string_view field);

} // namespace infrastate::simulator
