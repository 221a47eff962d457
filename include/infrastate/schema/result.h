// SPDX-License-Identifier: Apache-2.0
// The shape of a result, from the tables: the members that all results of a kind have, and those of
// one resource only. The contract, failed results and masking are made from it.
#pragma once

#include "infrastate/schema/schema.h"

#include <span>
#include <vector>

namespace infrastate::schema {

/// The members that every resource has: ok, code, outcome, changed ... warnings, error.
std::span<const Returned> common_members(ResourceKind kind) noexcept;

/// Members of the resource's results that are neither common members nor attributes, in the order
/// of its table.
std::vector<const Returned*> own_members(const Resource& resource);

/// All members of the resource's results, in the order of their descriptions.
std::vector<const Returned*> result_members(const Resource& resource);

/// Whether the member is in every result, possibly as null. True for all but `error`.
bool is_always_there(const Returned& member) noexcept;

} // namespace infrastate::schema
