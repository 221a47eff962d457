// SPDX-License-Identifier: Apache-2.0
// Functions for the tables in plan_custody_test.cpp: the state around the key 'web', the copies of
// a secret that a holder may keep, and what the plan says about it in a few words.
#pragma once

#include "plan_rows.h"
#include "support/check.h"

#include "infrastate/plan/access_key.h"

#include <string>

namespace infrastate::custody {

using namespace plan_rows; // NOLINT: these tables use all its names
using plan::Copy;
using plan::Desired;
using plan::Observed;
using plan::Plan;
using plan::Tried;
using test::must;
using test::must_contain;

inline Copy secret(Tried::Verdict verdict) {
    Copy out{Copy::Kind::secret, false, false, {}};
    out.tried.verdict = verdict;
    if (verdict != Tried::Verdict::not_tried) out.tried.at = at(t0);
    return out;
}
inline Copy accepted(const std::string& key) {
    Copy out = secret(Tried::Verdict::accepted);
    out.tried.row = id(key);
    out.tried.user = "connector";
    return out;
}
/// The server accepted the secret, but it is not certain which key it opens.
inline Copy opened(std::set<ServerId> among, const std::string& user = "connector") {
    Copy out = secret(Tried::Verdict::unverified);
    out.tried.opened = true;
    out.tried.user = user;
    out.tried.among = std::move(among);
    return out;
}
inline Copy expired() {
    Copy out = secret(Tried::Verdict::refused);
    out.tried.expired = true;
    return out;
}
inline Copy recorded() {
    Copy out = secret(Tried::Verdict::not_tried);
    out.recorded = true;
    return out;
}
/// The secret of the key before the recorded one.
inline Copy before() {
    Copy out = secret(Tried::Verdict::not_tried);
    out.replaced = true;
    return out;
}

const Copy gone{};
const Copy empty{Copy::Kind::empty, false, false, {}};
const Copy untried = secret(Tried::Verdict::not_tried);
const Copy refused = secret(Tried::Verdict::refused);
const Copy unclear = secret(Tried::Verdict::unverified);
inline const Copy ours = accepted("k1"), anothers = accepted("k9"), unlisted = accepted("k8");

/// The key 'web' does not exist, is dead, or lives. Another live key of the user, k9, always
/// exists.
enum class Key { none, dead, live };

inline Record record_of(const std::string& host) {
    Record out = record("k1");
    out.host = host;
    return out;
}

struct PlanInput {
    Desired want{plan::State::present, must(KeyName::parse("web"))};
    Observed seen{{row("k9", "other")}, {at(t0), true}};

    explicit PlanInput(Key key) {
        want.host = "https://infra.example";
        seen.live_ids.emplace();
        seen.live_ids->insert(id("k9"));
        if (key == Key::none) return;
        seen.rows.push_back(row("k1", "web", key == Key::live ? t0 - day : t0 - 31 * day));
        if (key == Key::live) seen.live_ids->insert(id("k1"));
    }
};

inline std::string words(const PlanInput& of) {
    const Plan plan = plan::plan_access_key(of.want, of.seen);
    if (plan.need != plan::Need::nothing) return name(plan.need);
    std::string out;
    for (const auto& action : plan.actions)
        out += (out.empty() ? "" : " ") + std::string(plan::name(action.kind)) +
               (action.id ? ":" + action.id->text() : "");
    if (plan.refusal) out += (out.empty() ? "" : " ") + ("!" + plan.refusal->detail);
    return out.empty() ? "-" : out;
}

/// One kept copy, and what is done if the key does not exist, is dead, or lives.
struct Line {
    const char* kept;
    Copy copy;
    const char* none;
    const char* dead;
    const char* live;
};

} // namespace infrastate::custody
