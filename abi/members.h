// SPDX-License-Identifier: Apache-2.0
// Finds members of a result by name, for programs that have no JSON reader. It makes and copies
// nothing, so a secret can be read even when memory has run out.
#pragma once

#include "handles.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace infrastate::abi {

/// `name` is a member, or a member one level below, written with a dot: "error.message". The text
/// is borrowed from the result and ends with a NUL. Empty: there is no such member, or it is no
/// text.
std::optional<std::string_view> text_member(const infrastate_result& result,
                                            std::string_view name) noexcept;
std::optional<std::int64_t> integer_member(const infrastate_result& result,
                                           std::string_view name) noexcept;
std::optional<bool> boolean_member(const infrastate_result& result, std::string_view name) noexcept;

} // namespace infrastate::abi
