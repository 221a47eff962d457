// SPDX-License-Identifier: Apache-2.0
#include "absent.h"

#include "custody.h"
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

class Removing {
public:
    Removing(const Desired& desired, const Observed& observed)
        : desired_(desired), seen_(observed), scene_(desired, observed) {}

    Plan go() {
        out_.intents = open_intents(scene_);
        out_.reason = Reason::absent;
        if (auto wrong = disagreement(scene_)) return refuse(std::move(*wrong));
        if (removes_file()) {
            guard(file_place(), seen_.file, Need::try_file, false);
            guard(leftover_place(), seen_.leftover, Need::try_leftover, true);
            if (out_.refusal || out_.need != Need::nothing) {
                out_.reasons = {out_.reason};
                return std::move(out_);
            }
        }
        remove_rows();
        if (out_.current) {
            out_.reason = scene_.dead(*out_.current).value_or(Reason::ok);
            out_.changes.push_back({"state", "present", "absent"});
        }
        out_.reasons = {out_.reason};
        if (removes_file()) {
            out_.actions.push_back({ActionKind::remove_file, desired_.name.text()});
            if (out_.changes.empty()) out_.changes.push_back({"secret_file", "present", "absent"});
        }
        explain(desired_, out_);
        return std::move(out_);
    }

private:
    Plan refuse(Error error) {
        out_.reasons = {out_.reason};
        out_.refusal = std::move(error);
        return std::move(out_);
    }

    bool removes_file() const {
        if (!desired_.secret_file) return false;
        const bool there = seen_.file.kind != Copy::Kind::none ||
                           seen_.leftover.kind != Copy::Kind::none || seen_.broken_leftover ||
                           seen_.record.has_value();
        // With `id`, the file goes only if it is that key's.
        const bool its_file = !desired_.id || (seen_.record && seen_.record->id == *desired_.id);
        const AccessKeyRow* recorded = scene_.recorded();
        const bool recorded_stays = recorded != nullptr && !to_be_removed(scene_, *recorded);
        return there && its_file && !recorded_stays;
    }

    /// Tried before the first DELETE: afterwards the secrets of this family are refused like any.
    void guard(const Place& place, const Copy& copy, Need need, bool leftover) {
        if (out_.refusal || out_.need != Need::nothing) return;
        const Worth worth = worth_of(scene_, copy, leftover);
        if (may_go(worth)) return;
        if (worth != Worth::untried) {
            out_.refusal = not_to_be_lost(place, scene_, copy, worth);
        } else if (seen_.may_try) {
            out_.need = need;
        } else {
            out_.secret_state = SecretState::unverified;
            out_.warnings.push_back(untried_warning(place));
        }
    }

    void remove_rows() {
        for (const AccessKeyRow& row : seen_.rows) {
            const bool lost = scene_.own_lost(row);
            const ActionKind kind = lost ? ActionKind::collect : ActionKind::remove;
            const bool wanted = to_be_removed(scene_, row);
            if (wanted || lost) out_.actions.push_back({kind, row.name, row.id});
            if (!wanted) continue;
            const bool exact = scene_.family_number(row) == 0u;
            if (!out_.current || (exact && scene_.family_number(*out_.current) != 0u))
                out_.current = row;
            if (lost || scene_.dead(row)) continue;
            out_.live.push_back(row.id);
            if (!scene_.recorded_as_ours(row))
                out_.warnings.push_back("a live access key is deleted: " + key_phrase(row));
        }
    }

    const Desired& desired_;
    const Observed& seen_;
    const Scene scene_;
    Plan out_{};
};

} // namespace

Plan plan_absent(const Desired& desired, const Observed& observed) {
    return Removing(desired, observed).go();
}

} // namespace infrastate::plan
