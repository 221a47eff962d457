// SPDX-License-Identifier: Apache-2.0
// Questions about an observation that several rules ask: which rows are dead, which belong to the
// family, which are lost keys of this holder, and which are predecessors.
#pragma once

#include "infrastate/plan/access_key.h"
#include "infrastate/types/origin.h"

#include <vector>

namespace infrastate::plan {

/// Borrows both arguments; they must outlive it.
class ObservedKeys {
public:
    ObservedKeys(const Desired& desired, const Observed& seen) : desired_(desired), seen_(seen) {}

    const Desired& desired() const noexcept { return desired_; }
    const Observed& seen() const noexcept { return seen_; }
    Timestamp now() const noexcept { return seen_.time.now; }

    /// Why the row is dead: expired or inactive by the clock, unless the server still lists it as
    /// live. Empty: live.
    std::optional<Reason> dead(const AccessKeyRow& row) const noexcept;
    const AccessKeyRow* row(const ServerId& id) const noexcept;
    /// The listed row that an accepted copy opens; nullptr if there is none.
    const AccessKeyRow* opened_by(const Tried& tried) const noexcept;
    /// 0 for the exact name, n for a rotation. Empty if the row does not belong to the family.
    std::optional<std::uint32_t> family_number(const AccessKeyRow& row) const noexcept;
    /// The recorded key's row, dead or alive; nullptr if it is not listed.
    const AccessKeyRow* recorded() const noexcept;
    /// Whether there is a record of the server that this run talks to.
    bool recorded_here() const;
    bool is_this_server(const std::string& host) const { return same_origin(host, desired_.host); }
    bool recorded_as_ours(const AccessKeyRow& row) const noexcept;
    bool recorded_predecessor(const AccessKeyRow& row) const noexcept;
    /// Whether an earlier run's POST made the row and nobody has its secret.
    bool is_lost_own_key(const AccessKeyRow& row) const noexcept;
    /// The listed predecessors of `successor`: those that the record names. Without a record, under
    /// adopt: replace, the older rows of the family.
    std::vector<const AccessKeyRow*> predecessors(const AccessKeyRow& successor) const;
    /// All live rows of the family, except lost keys of this holder.
    std::vector<const AccessKeyRow*> live_family() const;
    std::uint32_t highest_number() const noexcept;

private:
    const Desired& desired_;
    const Observed& seen_;
};

/// The row with that id; nullptr if it is not listed.
const AccessKeyRow* row_of(const std::vector<AccessKeyRow>& rows, const ServerId& id) noexcept;
/// Whether `name` belongs to the family of `managed`. False if `managed` is not a managed name.
bool in_family(const std::string& managed, const std::string& name);
/// Whether the intent can have made the row; the row may have been used since.
bool may_have_made(const Intent& intent, const AccessKeyRow& row) noexcept;
/// The same, and nothing else can have made the row: it was never used, and its spans are exactly
/// those that were sent.
bool certainly_made(const Intent& intent, const AccessKeyRow& row) noexcept;
Predecessor as_predecessor(const AccessKeyRow& row);

} // namespace infrastate::plan
