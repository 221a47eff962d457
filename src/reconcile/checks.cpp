// SPDX-License-Identifier: Apache-2.0
#include "checks.h"

#include "infrastate/types/text.h"

#include <utility>

namespace infrastate::reconcile {
namespace {

using plan::ActionKind;
using plan::key_phrase;

bool find_user(Run& run) {
    // Each listed row names its user, and the server lists only rows of existing users.
    for (const AccessKeyRow& row : run.seen.rows) {
        if (row.user_name != run.desired.user || row.user_id.empty()) continue;
        if (auto id = ServerId::parse(row.user_id)) {
            run.user_id = std::move(*id);
            return true;
        }
    }
    if (run.seen.user_id) {
        run.user_id = run.seen.user_id;
        return true;
    }
    auto user = run.ports.directory.find_user(run.desired.user);
    if (!user) {
        run.fail(std::move(user).error());
        return false;
    }
    if (!user->has_value()) {
        run.fail(Error{Code::not_found,
                       "user: Infra has no user named " + in_quotes(run.desired.user) +
                           ", so no access key can be made for it",
                       "user", "user_not_found"});
        return false;
    }
    run.user_id = (*user)->id;
    return true;
}

bool check_version(Run& run) {
    auto version = run.ports.server.version();
    if (!version) {
        run.fail(std::move(version).error());
        return false;
    }
    if (*version < oldest_server) {
        run.fail(Error{Code::unsupported,
                       "the Infra server is version " + version->text() + "; version " +
                           oldest_server.text() + " or newer is needed",
                       {},
                       "server_too_old"});
        return false;
    }
    run.version_checked = true;
    return true;
}

/// Every change on the server is also written to disk, before or after it, so the disk must be
/// ready.
bool disk_is_ready(Run& run) {
    if (run.no_lock) {
        run.fail(*run.no_lock);
        return false;
    }
    if (run.desired.state == plan::State::present)
        return run.passed(run.context.store->prepare(run.mode == Mode::check));
    // A full disk must not prevent the deletion of a key.
    return !run.plans({ActionKind::remove_file}) ||
           run.passed(run.context.store->prepare_removal());
}

} // namespace

std::optional<Error> cancelled_by_caller(const ports::Ports& ports) {
    auto still = ports.host.pause(0);
    if (still || still.error().code != Code::cancelled) return std::nullopt;
    return std::move(still).error();
}

bool ready_to_change(Run& run) {
    const bool creates = run.plans({ActionKind::create});
    const bool on_server = run.plans(
        {ActionKind::create, ActionKind::remove, ActionKind::retire, ActionKind::collect});
    if (creates && !run.user_id && !find_user(run)) return false;
    if (on_server && !run.version_checked && !check_version(run)) return false;
    if (run.holder.on_disk() && !disk_is_ready(run)) return false;
    if (run.mode == Mode::apply && !run.ports.control.may_start_change()) {
        if (auto cancelled = cancelled_by_caller(run.ports)) {
            run.fail(std::move(*cancelled));
            return false;
        }
        run.fail(Error{Code::deadline,
                       "the time left is too short to change " + key_phrase(run.desired) +
                           " safely; nothing was changed in this step; raise timeout",
                       "timeout", "no_time_to_change", 0, true});
        return false;
    }
    return true;
}

} // namespace infrastate::reconcile
