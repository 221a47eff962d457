// SPDX-License-Identifier: Apache-2.0
// Request bodies as the server's Go decoder takes them: the first JSON value counts and what
// follows is ignored, names match in any case, the last of two wins, errors are worded as Go's.
// Poco's parser differs in each of these (docs/adr/0044), and hides the raw text that the server's
// durations are read from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace infrastate::simulator {

/// A member of an object: its name, and its value as it stands in the text.
struct RawMember {
    std::string name;
    std::string_view value; ///< borrowed from the text that was scanned
};

struct RawValue {
    std::string_view text;          ///< the first value, without what surrounds it
    std::vector<RawMember> members; ///< in order; only where the value is an object
};

/// Finds the first JSON value of the text; throws a Refusal in Go's own words.
RawValue scan_go_json(std::string_view text);

/// "object", "array", "string", "number", "bool" or "null": Go's word for a value's kind.
std::string_view go_kind(std::string_view value);

/// The text of a JSON string that was scanned before; what is no UTF-8 becomes U+FFFD.
std::string go_string(std::string_view raw);

/// True where Go's decoder would put the member into the field.
bool go_name_matches(std::string_view member, std::string_view field);

} // namespace infrastate::simulator
