// SPDX-License-Identifier: Apache-2.0
// Short texts in which the tests of reconcile describe what a run did.
#pragma once

#include "fake_infra.h"

#include "infrastate/reconcile/access_key.h"
#include "infrastate/types/text.h" // joined()

#include <algorithm>
#include <string>

namespace infrastate::test {

/// Reason, actions and result: "drifted delete create changed error:http_429".
inline std::string done(const reconcile::Report& report) {
    std::string out(plan::name(report.plan.reason));
    for (const auto& action : report.actions)
        out += " " + std::string(plan::name(action.kind));
    out += report.changed ? " changed" : "";
    if (report.error) out += " error:" + report.error->detail;
    return out;
}

/// Without the reason: "delete create changed", "same !adopt".
inline std::string deeds(const reconcile::Report& report) {
    std::string out;
    for (const auto& action : report.actions)
        out += std::string(plan::name(action.kind)) + " ";
    out += report.changed ? "changed" : "same";
    if (report.error) out += " !" + report.error->detail;
    return out;
}

inline bool changes_server(const FakeInfra& infra) {
    return std::any_of(infra.calls.begin(), infra.calls.end(), [](const std::string& call) {
        return call.starts_with("create") || call.starts_with("delete");
    });
}

} // namespace infrastate::test
