// SPDX-License-Identifier: Apache-2.0
// Members of a result by their names, for programs that have no reader of JSON. Nothing is made or
// copied for that, so that a secret is there also where memory has run out.
#pragma once

#include "handles.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace infrastate::abi {

/// `name`: a member, or a member of one with a point between: "error.message". Borrowed from the
/// result, with a NUL behind it. Nothing: it is not there, or is no text.
std::optional<std::string_view> text_member(const infrastate_result& result,
                                            std::string_view name) noexcept;
std::optional<std::int64_t> integer_member(const infrastate_result& result,
                                           std::string_view name) noexcept;
std::optional<bool> boolean_member(const infrastate_result& result, std::string_view name) noexcept;

} // namespace infrastate::abi
