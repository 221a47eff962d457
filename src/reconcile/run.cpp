// SPDX-License-Identifier: Apache-2.0
#include "run.h"

#include <algorithm>
#include <utility>

namespace infrastate::reconcile {

bool Run::plans(std::initializer_list<plan::ActionKind> kinds) const {
    return std::any_of(current.actions.begin(), current.actions.end(),
                       [&](const plan::Action& action) {
                           return std::find(kinds.begin(), kinds.end(), action.kind) != kinds.end();
                       });
}

void Run::fail(Error error) {
    if (error.effect == Effect::changed) {
        report.changed = true; // a step that failed halfway
        report.outcome = Effect::changed;
    }
    if (report.changed) error.effect = Effect::changed;
    if (error.effect == Effect::unknown) report.outcome = Effect::unknown;
    report.error = std::move(error);
}

bool Run::passed(Result<void>&& result) {
    if (!result) fail(std::move(result).error());
    return result.ok();
}

} // namespace infrastate::reconcile
