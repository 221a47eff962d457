// SPDX-License-Identifier: Apache-2.0
// Paths and queries of requests, taken apart as the server's Go libraries do.
// Knows nothing of Infra: names and values only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace infrastate::simulator {

/// "%41" and, in a query, "+" become what they stand for; nothing where an escape is malformed.
std::optional<std::string> unescape(std::string_view text, bool plus_is_space);

/// The parameters of a query, in order. A pair that is malformed is dropped in silence.
class Query {
public:
    Query() = default;
    explicit Query(std::string_view text);

    /// The first value of that name; "" where there is none.
    std::string_view get(std::string_view name) const;

private:
    std::vector<std::pair<std::string, std::string>> pairs_;
};

/// The text without white space at its ends.
std::string trimmed(std::string_view text);

} // namespace infrastate::simulator
