// SPDX-License-Identifier: Apache-2.0
#include "absent.h"

#include "custody.h"
#include "drift.h"
#include "observed_keys.h"
#include "words.h"

#include "infrastate/types/origin.h"
#include "infrastate/types/text.h"

#include <algorithm>

namespace infrastate::plan {
namespace {

/// Which key the record beside the file belongs to, as this run sees it.
enum class Whose {
    wanted,  ///< the wanted key, or nothing is known
    former,  ///< another key, which once had the wanted name
    another, ///< another key
};

bool had_the_name(const Record& record, const Desired& desired) {
    const auto& names = record.former;
    const auto& older = record.predecessors;
    return std::find(names.begin(), names.end(), FormerName{desired.name.text(), desired.user}) !=
               names.end() ||
           std::any_of(older.begin(), older.end(), [&](const Predecessor& each) {
               return each.user == desired.user && family_place(desired.name, each.name);
           });
}

Whose whose_file(const ObservedKeys& keys) {
    const Desired& desired = keys.desired();
    const Observed& seen = keys.seen();
    if (!desired.secret_file || !seen.record) return Whose::wanted;
    const Record& record = *seen.record;
    if (record.name.empty() || record.user.empty()) return Whose::wanted; // both were damaged
    if (desired.id) {
        const AccessKeyRow* row = keys.row(*desired.id);
        if (row == nullptr || keys.recorded_as_ours(*row) ||
            (row->user_name == record.user && in_family(record.name, row->name)))
            return Whose::wanted;
        if (!desired.named) return Whose::another;
    }
    if (!desired.named || (record.name == desired.name.text() && record.user == desired.user))
        return Whose::wanted;
    if (had_the_name(record, desired)) return Whose::former;
    // A renaming may have ended before its record was written, but after it deleted the old key.
    const AccessKeyRow* recorded = keys.recorded();
    const bool begun =
        (recorded == nullptr || keys.dead(*recorded)) &&
        std::any_of(seen.intents.begin(), seen.intents.end(), [&](const Intent& each) {
            return each.name == desired.name.text() && each.user == desired.user;
        });
    return begun ? Whose::wanted : Whose::another;
}

Error another_keys_file(const Desired& desired, const Record& record) {
    return Error{Code::conflict,
                 "secret_file: the record beside it says that it keeps access key " +
                     in_quotes(record.name) + " of user " + in_quotes(record.user) + " (id " +
                     record.id.text() + "), not " + key_phrase(desired) +
                     ", so nothing was deleted; leave secret_file out or give the file of that key",
                 "secret_file", "secret_of_another_key"};
}

/// With `id`: the row must belong to this user, and to the given name if there is one.
std::optional<Error> disagreement(const ObservedKeys& keys) {
    const Desired& desired = keys.desired();
    if (!desired.id) return std::nullopt;
    const AccessKeyRow* row = keys.row(*desired.id);
    if (row == nullptr || keys.family_number(*row)) return std::nullopt;
    return Error{Code::conflict,
                 "id: " + desired.id->text() + " is access key " + key_phrase(*row) + ", not " +
                     key_phrase(desired) + "; nothing was deleted",
                 "id", "id_of_another_key"};
}

class Removing {
public:
    Removing(const Desired& desired, const Observed& observed)
        : desired_(desired), seen_(observed), keys_(desired, observed) {}

    Plan make_plan() {
        out_.intents = open_intents(keys_);
        out_.reason = Reason::absent;
        if (auto wrong = disagreement(keys_)) return refuse(std::move(*wrong));
        if (whose_ == Whose::another) return refuse(another_keys_file(desired_, *seen_.record));
        if (removes_file()) {
            guard(file_place(), seen_.file, Need::try_file, false);
            guard(leftover_place(), seen_.leftover, Need::try_leftover, true);
            if (out_.refusal || out_.need != Need::nothing) {
                out_.reasons = {out_.reason};
                return std::move(out_);
            }
        }
        remove_rows();
        warn_of_another_id();
        if (out_.current) {
            out_.reason = keys_.dead(*out_.current).value_or(Reason::ok);
            out_.changes.push_back({"state", "present", "absent"});
        }
        out_.reasons = {out_.reason};
        if (removes_file()) {
            out_.actions.push_back({ActionKind::remove_file, desired_.name.text()});
            warn_of_forgotten();
            if (out_.changes.empty()) out_.changes.push_back({"secret_file", "present", "absent"});
        }
        explain(desired_, out_, seen_.rows);
        return std::move(out_);
    }

private:
    Plan refuse(Error error) {
        out_.reasons = {out_.reason};
        out_.refusal = std::move(error);
        return std::move(out_);
    }

    bool to_be_removed(const AccessKeyRow& row) const {
        if (desired_.id) return row.id == *desired_.id;
        if (whose_ == Whose::former) return keys_.family_number(row) && row.id != seen_.record->id;
        if (&row == keys_.opened_by(seen_.leftover.tried)) return true;
        return keys_.family_number(row) || keys_.recorded_as_ours(row);
    }

    bool removes_file() const {
        if (!desired_.secret_file || whose_ == Whose::former) return false;
        const bool there = seen_.file.kind != Copy::Kind::none ||
                           seen_.leftover.kind != Copy::Kind::none || seen_.broken_leftover ||
                           seen_.record.has_value();
        // With `id`, the file is deleted only if it belongs to that key.
        const bool its_file = !desired_.id || (seen_.record && seen_.record->id == *desired_.id);
        const AccessKeyRow* recorded = keys_.recorded();
        const bool recorded_stays = recorded != nullptr && !to_be_removed(*recorded);
        return there && its_file && !recorded_stays;
    }

    /// Checks that the copy may be deleted, and asks for a try if necessary. The try must come
    /// before the first DELETE. After it the server also refuses the secrets of the deleted keys,
    /// so a refusal proves nothing.
    void guard(const Place& place, const Copy& copy, Need need, bool leftover) {
        if (out_.refusal || out_.need != Need::nothing) return;
        // With `id` one key is deleted, and others of the family stay.
        const AccessKeyRow* opened = keys_.opened_by(copy.tried);
        if (opened != nullptr && !keys_.dead(*opened) && !to_be_removed(*opened)) {
            out_.refusal = another_key(place, copy.tried);
            return;
        }
        const Worth worth = worth_of(keys_, copy, leftover);
        if (may_go(worth)) return;
        if (worth != Worth::untried) {
            out_.refusal = not_to_be_lost(place, keys_, copy, worth);
        } else if (seen_.may_try) {
            out_.need = need;
        } else {
            out_.secret_state = SecretState::unverified;
            out_.warnings.push_back(untried_warning(place));
        }
    }

    void remove_rows() {
        for (const AccessKeyRow& row : seen_.rows) {
            const bool lost =
                keys_.is_lost_own_key(row) && (whose_ != Whose::former || keys_.family_number(row));
            const ActionKind kind = lost ? ActionKind::collect : ActionKind::remove;
            const bool wanted = to_be_removed(row);
            if (wanted || lost) out_.actions.push_back({kind, row.name, row.id});
            if (!wanted) continue;
            const bool exact = keys_.family_number(row) == 0u;
            if (!out_.current || (exact && keys_.family_number(*out_.current) != 0u))
                out_.current = row;
            if (lost || keys_.dead(row)) continue;
            out_.live.push_back(row.id);
            if (!keys_.recorded_as_ours(row) && !(exact && is_held_here(row)))
                out_.warnings.push_back("a live access key is deleted: " + key_phrase(row));
        }
    }

    /// With `name` and `id`: the key with that id is gone, but a key has the name.
    void warn_of_another_id() {
        if (!desired_.id || !desired_.named || keys_.row(*desired_.id) != nullptr) return;
        for (const AccessKeyRow& row : seen_.rows)
            if (keys_.family_number(row) == 0u && !keys_.dead(row))
                out_.warnings.push_back(
                    "id: no key has it, and another one has the name and stays: " +
                    key_phrase(row) + "; to delete that, give its id or none");
    }

    /// Whether this run tried a copy that turned out to be the row's secret.
    bool is_held_here(const AccessKeyRow& row) const noexcept {
        const auto opens = [&](const Copy& copy) { return keys_.opened_by(copy.tried) == &row; };
        return opens(seen_.file) || opens(seen_.current) || opens(seen_.leftover);
    }

    /// With `id`, live predecessors stay, but the record that names them is deleted with the file.
    void warn_of_forgotten() {
        for (const AccessKeyRow& row : seen_.rows)
            if (keys_.recorded_predecessor(row) && !keys_.dead(row) && !to_be_removed(row))
                out_.warnings.push_back("a live predecessor stays, and nothing here remembers it "
                                        "any more: " +
                                        key_phrase(row) + "; delete it by its id too");
    }

    const Desired& desired_;
    const Observed& seen_;
    const ObservedKeys keys_;
    const Whose whose_ = whose_file(keys_);
    Plan out_{};
};

} // namespace

std::vector<Intent> open_intents(const ObservedKeys& keys, bool by_age) {
    std::vector<Intent> out;
    for (const Intent& intent : keys.seen().intents) {
        bool listed = false, recorded = false;
        for (const AccessKeyRow& row : keys.seen().rows) {
            listed = listed || certainly_made(intent, row);
            recorded = recorded || (keys.seen().record && keys.seen().record->id == row.id &&
                                    may_have_made(intent, row));
        }
        const bool over = by_age && keys.seen().time.exact &&
                          keys.now() > intent.until.plus_seconds(intent_grace_seconds);
        bool done = intent.answered ? !listed || recorded : over && !(listed && !recorded);
        // Only the other server can settle an intent of its own. This server's listing and clock
        // say nothing about it.
        if (!listed && !recorded && !intent.host.empty() &&
            !same_origin(intent.host, keys.desired().host))
            done = false;
        if (!done) out.push_back(intent);
    }
    return out;
}

Plan plan_absent(const Desired& desired, const Observed& observed) {
    Plan out = Removing(desired, observed).make_plan();
    if (out.current && observed.record && observed.record->id == out.current->id)
        out.asked = fitting(observed.record->asked, *out.current);
    return out;
}

} // namespace infrastate::plan
