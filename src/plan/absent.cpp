// SPDX-License-Identifier: Apache-2.0
#include "absent.h"

#include "scene.h"
#include "words.h"

#include <algorithm>

namespace infrastate::plan {
namespace {

bool to_be_removed(const Scene& scene, const AccessKeyRow& row) {
    if (scene.desired().id) return row.id == *scene.desired().id;
    if (&row == scene.opened_by(scene.seen().leftover.tried)) return true;
    return scene.family_number(row) || scene.recorded_as_ours(row);
}

/// A row of a former name or user that an unfinished run of ours may have made, but which was used
/// since: only the secret that lies beside the file tells. It is what remembers it, and would go.
bool leftover_must_tell(const Scene& scene) {
    const Observed& seen = scene.seen();
    if (seen.leftover.kind != Copy::Kind::secret ||
        seen.leftover.tried.verdict != Tried::Verdict::not_tried)
        return false;
    return std::any_of(seen.rows.begin(), seen.rows.end(), [&](const AccessKeyRow& row) {
        return !to_be_removed(scene, row) && !scene.own_lost(row) &&
               std::any_of(seen.intents.begin(), seen.intents.end(), [&](const Intent& intent) {
                   return !intent.answered && may_have_made(intent, row);
               });
    });
}

/// By id: the row must be this user's, and where a name was given too, both must agree.
std::optional<Error> disagreement(const Scene& scene) {
    const Desired& desired = scene.desired();
    if (!desired.id) return std::nullopt;
    const AccessKeyRow* row = scene.row(*desired.id);
    if (row == nullptr || scene.family_number(*row)) return std::nullopt;
    return Error{Code::conflict,
                 "id: " + desired.id->text() + " is access key " + key_phrase(*row) + ", not " +
                     key_phrase(desired) + "; nothing was deleted",
                 "id", "id_of_another_key"};
}

} // namespace

Plan plan_absent(const Desired& desired, const Observed& observed) {
    Plan out;
    const Scene scene(desired, observed);
    out.intents = open_intents(scene);
    out.reason = Reason::absent;
    if (auto wrong = disagreement(scene)) {
        out.reasons = {out.reason};
        out.refusal = std::move(wrong);
        return out;
    }
    if (leftover_must_tell(scene)) {
        if (observed.may_try) {
            out.need = Need::try_leftover;
            out.reasons = {out.reason};
            return out;
        }
        out.secret_state = SecretState::unverified;
        out.warnings.emplace_back(
            "the new secret that an unfinished run left beside secret_file is "
            "not tried in a dry run: its key is to be deleted too");
    }
    bool keeps_its_file = false;
    for (const AccessKeyRow& row : observed.rows) {
        const bool lost = scene.own_lost(row);
        if (!to_be_removed(scene, row)) {
            if (lost)
                out.actions.push_back({ActionKind::collect, row.name, row.id});
            else if (observed.record && observed.record->id == row.id)
                keeps_its_file = true;
            continue;
        }
        const bool exact = scene.family_number(row) == 0u;
        if (!out.current || (exact && scene.family_number(*out.current) != 0u)) out.current = row;
        out.actions.push_back({lost ? ActionKind::collect : ActionKind::remove, row.name, row.id});
        if (lost || scene.dead(row)) continue;
        out.live.push_back(row.id);
        if (!scene.recorded_as_ours(row))
            out.warnings.push_back("a live access key is deleted: " + key_phrase(row));
    }
    if (out.current) {
        out.reason = scene.dead(*out.current).value_or(Reason::ok);
        out.changes.push_back({"state", "present", "absent"});
    }
    out.reasons = {out.reason};
    const bool file = observed.file.kind != Copy::Kind::none ||
                      observed.leftover.kind != Copy::Kind::none || observed.broken_leftover ||
                      observed.record.has_value();
    // With `id`, the file goes only if it is that key's.
    const bool its_file = !desired.id || (observed.record && observed.record->id == *desired.id);
    if (desired.secret_file && file && its_file && !keeps_its_file) {
        out.actions.push_back({ActionKind::remove_file, desired.name.text()});
        if (out.changes.empty()) out.changes.push_back({"secret_file", "present", "absent"});
    }
    explain(desired, out);
    return out;
}

} // namespace infrastate::plan
