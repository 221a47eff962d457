// SPDX-License-Identifier: Apache-2.0
// Which keys belong to one family, computed for the scenario alone. The tests check with it what
// the product takes for a member.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace infrastate::explore {

/// The digits of the rotation's number if `row` is `name`.rot-<n>-<8 hex>, "" if it is `name`
/// itself, and empty if it is no member.
inline std::optional<std::string> rotation_digits(std::string_view name, std::string_view row) {
    constexpr std::string_view mark = ".rot-";
    constexpr std::size_t random_end = 8;
    if (!row.starts_with(name)) return std::nullopt;
    std::string_view rest = row.substr(name.size());
    if (rest.empty()) return "";
    if (!rest.starts_with(mark)) return std::nullopt;
    rest.remove_prefix(mark.size());
    const std::size_t dash = rest.find_first_not_of("0123456789");
    if (dash == 0 || dash == std::string_view::npos || rest[0] == '0' || rest[dash] != '-')
        return std::nullopt;
    const std::string_view end = rest.substr(dash + 1);
    if (end.size() != random_end ||
        end.find_first_not_of("0123456789abcdef") != std::string_view::npos)
        return std::nullopt;
    return std::string(rest.substr(0, dash));
}

inline bool is_member(std::string_view name, std::string_view row) {
    return rotation_digits(name, row).has_value();
}

/// The managed name to which a key of that name belongs.
inline std::string managed_part(const std::string& row) {
    const std::size_t at = row.rfind(".rot-");
    return at != std::string::npos && is_member(row.substr(0, at), row) ? row.substr(0, at) : row;
}

} // namespace infrastate::explore
