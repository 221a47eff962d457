// SPDX-License-Identifier: Apache-2.0
// Splits paths and queries of requests as the server's Go libraries do. It knows nothing of Infra:
// only names and values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace infrastate::simulator {

/// Decodes "%41" and, in a query, "+". Empty if an escape is malformed.
std::optional<std::string> unescape(std::string_view text, bool plus_is_space);

/// The parameters of a query, in order. A malformed pair is dropped silently.
class Query {
public:
    Query() = default;
    explicit Query(std::string_view text);

    /// The first value of that name; "" if there is none.
    std::string_view get(std::string_view name) const;

private:
    std::vector<std::pair<std::string, std::string>> pairs_;
};

/// The text without white space at its ends.
std::string trimmed(std::string_view text);

} // namespace infrastate::simulator
