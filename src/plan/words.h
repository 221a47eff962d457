// SPDX-License-Identifier: Apache-2.0
// The sentences of a plan: explanation, warnings, refusals. They stand in one place so that they
// read alike. No rule is decided here.
#pragma once

#include "infrastate/plan/access_key.h"

#include <string>
#include <vector>

namespace infrastate::plan {

std::string key_phrase(const AccessKeyRow& row);
/// "id 2vc1Eb8jQ27, created 2026-11-23T01:56:35Z, never used"
std::string row_phrase(const AccessKeyRow& row);

/// "a; b; and 3 more": joins the complaints of an info module; names only the first few.
std::string some_of(const std::vector<std::string>& complaints);
/// Why the row is not good enough, as the second half of a sentence.
std::string reason_phrase(const Desired& desired, const Plan& plan);
/// The error if the policy forbids what the reason needs. It names the row, what differs, and the
/// parameter.
Error policy_refusal(const Desired& desired, const Plan& plan);
/// Sets `summary` and `explanation` from reason and actions. The explanation names each key that
/// will be deleted.
void explain(const Desired& desired, Plan& plan, const std::vector<AccessKeyRow>& rows);

} // namespace infrastate::plan
