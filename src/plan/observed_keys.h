// SPDX-License-Identifier: Apache-2.0
// Questions about what was observed that several rules ask: who lives, who is family, which row is
// a lost one of our own, which are predecessors.
#pragma once

#include "infrastate/plan/access_key.h"
#include "infrastate/types/origin.h"

#include <vector>

namespace infrastate::plan {

/// Borrows both; they outlive it.
class ObservedKeys {
public:
    ObservedKeys(const Desired& desired, const Observed& seen) : desired_(desired), seen_(seen) {}

    const Desired& desired() const noexcept { return desired_; }
    const Observed& seen() const noexcept { return seen_; }
    Timestamp now() const noexcept { return seen_.time.now; }

    /// Expired or inactive by the clock, unless the server still lists the row as live.
    std::optional<Reason> dead(const AccessKeyRow& row) const noexcept;
    const AccessKeyRow* row(const ServerId& id) const noexcept;
    /// The listed row that an accepted copy opens.
    const AccessKeyRow* opened_by(const Tried& tried) const noexcept;
    /// 0 for the exact name, n for a rotation; nothing where the row is no family.
    std::optional<std::uint32_t> family_number(const AccessKeyRow& row) const noexcept;
    /// The recorded key's row, dead or alive.
    const AccessKeyRow* recorded() const noexcept;
    /// There is a record, and it is of the server that this run talks to.
    bool recorded_here() const;
    bool is_this_server(const std::string& host) const { return same_origin(host, desired_.host); }
    bool recorded_as_ours(const AccessKeyRow& row) const noexcept;
    bool recorded_predecessor(const AccessKeyRow& row) const noexcept;
    /// A row that a POST of an earlier run made whose secret nobody has.
    bool is_lost_own_key(const AccessKeyRow& row) const noexcept;
    /// The predecessors of `successor`, listed rows only: what the record names; without a record,
    /// under adopt: replace, the older ones of the family.
    std::vector<const AccessKeyRow*> predecessors(const AccessKeyRow& successor) const;
    /// All members of the family that live, our own lost ones excepted.
    std::vector<const AccessKeyRow*> live_family() const;
    std::uint32_t highest_number() const noexcept;

private:
    const Desired& desired_;
    const Observed& seen_;
};

/// The row with that id; nullptr: none is listed.
const AccessKeyRow* row_of(const std::vector<AccessKeyRow>& rows, const ServerId& id) noexcept;
/// Whether a key of that name is of the managed name's family; never, where that is none.
bool in_family(const std::string& managed, const std::string& name);
/// True where the intent can have made the row, whether it was used since or not.
bool may_have_made(const Intent& intent, const AccessKeyRow& row) noexcept;
/// ... and nobody else can: never used, and the spans sent are exactly the row's.
bool certainly_made(const Intent& intent, const AccessKeyRow& row) noexcept;
Predecessor as_predecessor(const AccessKeyRow& row);

} // namespace infrastate::plan
