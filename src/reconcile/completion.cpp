// SPDX-License-Identifier: Apache-2.0
#include "completion.h"

#include <algorithm>
#include <utility>

namespace infrastate::reconcile {
namespace {

constexpr std::int64_t first_wait_ms = 250, longest_wait_ms = 4'000;

bool may_pass(Run::Completing& completing, const Error& error) {
    // One 401 may be a hiccup of the server's database. A second one counts as the server's answer.
    if (error.code == Code::auth && error.http_status == 401)
        return !std::exchange(completing.refused_once, true);
    return error.retryable && error.code != Code::deadline && error.code != Code::cancelled;
}

} // namespace

void begin_completion(Run& run) {
    run.completing.begun = true;
    run.ports.control.enter_completion();
}

bool waits_out(Run& run, Error& error) {
    Run::Completing& completing = run.completing;
    if (!completing.begun || completing.last_try || !may_pass(completing, error)) return false;
    const auto [left, asked] = run.ports.control.completion();
    if (left <= 0) return false;
    // Hosts that began together must not come back together (docs/adr/0151).
    const std::int64_t most =
        std::min(longest_wait_ms, first_wait_ms << std::min(completing.waits, 8));
    const std::int64_t wait = std::max(asked, most / 2 + run.ports.host.random() % (most / 2));
    completing.last_try = wait >= left;
    ++completing.waits;
    auto paused = run.ports.host.pause(std::min(wait, left));
    if (paused) return true;
    if (paused.error().code == Code::cancelled) {
        error.message += "; the run was cancelled while waiting to try again";
        error.code = Code::cancelled;
        error.detail = paused.error().detail;
        error.field.clear();
        error.retryable = true;
    }
    return false;
}

} // namespace infrastate::reconcile
