// SPDX-License-Identifier: Apache-2.0
#include "settle.h"

#include "custody.h"
#include "observed_keys.h"
#include "words.h"

#include "infrastate/plan/claims.h"

#include <algorithm>

namespace infrastate::plan {
namespace {

using Verdict = Tried::Verdict;

Error own_token(std::string_view parameter) {
    return Error{Code::argument,
                 std::string(parameter) +
                     ": holds the very access key that this run authenticates with, which cannot "
                     "manage itself; give another place, or authenticate with another key",
                 std::string(parameter), "own_key"};
}

/// The intent that made `row`: an answered one or one that certainly made it, otherwise the latest
/// that can have made it.
const Intent* maker(const std::vector<Intent>& intents, const AccessKeyRow& row) {
    const Intent* found = nullptr;
    for (const Intent& intent : intents) {
        if (!may_have_made(intent, row)) continue;
        if (intent.answered) return &intent;
        if (certainly_made(intent, row)) return &intent;
        found = &intent;
    }
    return found;
}

void add_predecessor(std::vector<Predecessor>& to, const AccessKeyRow& row, const ServerId& self) {
    if (row.id == self) return;
    const bool known = std::any_of(to.begin(), to.end(),
                                   [&](const Predecessor& each) { return each.id == row.id; });
    if (!known) to.push_back(as_predecessor(row));
}

class Settling {
public:
    /// Settles what `out` has observed.
    Settling(const Desired& desired, Settled& out) : desired_(desired), out_(out) {}

    void settle() {
        if (out_.seen().file.is_own_token)
            out_.refusal = own_token("secret_file");
        else if (out_.seen().current.is_own_token)
            out_.refusal = own_token("current_secret");
        if (out_.refusal || desired_.state == State::absent) return;
        if (deaths_are_in_doubt()) {
            out_.need = Need::live_listing;
            return;
        }
        leftover();
        if (!finished()) file();
        if (!finished()) current();
    }

private:
    bool finished() const { return out_.need != Need::nothing || out_.blocked || out_.refusal; }

    /// Blocks all other changes of this run.
    void block(const Place& place, const Copy& copy, Worth worth) {
        const ObservedKeys keys(desired_, out_.seen());
        out_.blocked = true;
        if (worth == Worth::untried) {
            out_.untried = true;
            out_.warnings.push_back(
                place.what + " is not tried in a dry run; what a real run does depends on it");
            return;
        }
        out_.obstacle = not_to_be_lost(place, keys, copy, worth);
        out_.warnings.push_back(out_.obstacle->message);
    }

    /// Called before another secret replaces the one in the file.
    bool check_file_is_removable() {
        const ObservedKeys keys(desired_, out_.seen());
        const Worth worth = worth_of(keys, out_.seen().file);
        if (may_go(worth)) return true;
        if (worth != Worth::untried) {
            out_.refusal = not_to_be_lost(file_place(), keys, out_.seen().file, worth);
            return false;
        }
        if (out_.seen().may_try) {
            out_.need = Need::try_file;
            return false;
        }
        out_.untried = true;
        out_.warnings.push_back(untried_warning(file_place()));
        return true;
    }

    /// Whether the run must ask the server for a listing of live keys, because a row looks dead by
    /// the clock. It must for a row that is recorded as ours or that an intent may have made: even
    /// the server's Date may be wrong. Without a Date it must for every row of the family that
    /// looks dead.
    bool deaths_are_in_doubt() const {
        const Observed& seen = out_.seen();
        if (seen.live_ids) return false;
        const ObservedKeys keys(desired_, seen);
        return std::any_of(seen.rows.begin(), seen.rows.end(), [&](const AccessKeyRow& row) {
            if (!keys.dead(row)) return false;
            return (keys.family_number(row) && !seen.time.exact) || keys.recorded_as_ours(row) ||
                   std::any_of(seen.intents.begin(), seen.intents.end(),
                               [&](const Intent& intent) { return may_have_made(intent, row); });
        });
    }

    bool can_be_leftovers(const AccessKeyRow& row) const {
        const ObservedKeys keys(desired_, out_.seen());
        if (keys.dead(row)) return false;
        if (out_.seen().leftover.recorded && out_.seen().record->id == row.id) return true;
        const auto& intents = out_.seen().intents;
        if (std::any_of(intents.begin(), intents.end(),
                        [&](const Intent& intent) { return may_have_made(intent, row); }))
            return true;
        // If intents are missing (they were damaged), the leftover may open any key of the family.
        return (intents.empty() || !out_.seen().intents_complete) &&
               keys.family_number(row).has_value();
    }

    void leftover() {
        const Observed& seen = out_.seen();
        if (seen.broken_leftover) out_.drop_leftover = true;
        if (seen.leftover.kind != Copy::Kind::secret) return;
        const ObservedKeys keys(desired_, seen);
        const AccessKeyRow* recorded = seen.leftover.recorded ? keys.recorded() : nullptr;
        if (recorded != nullptr && !keys.dead(*recorded)) return hand_over(*recorded, std::nullopt);
        const bool fits =
            std::any_of(seen.rows.begin(), seen.rows.end(),
                        [&](const AccessKeyRow& row) { return can_be_leftovers(row); });
        const Tried tried = seen.leftover.tried;
        const Worth worth = worth_of(keys, seen.leftover, true);
        const AccessKeyRow* opened = keys.opened_by(tried);
        if (opened != nullptr && can_be_leftovers(*opened)) return hand_over(*opened, tried.at);
        if (worth == Worth::dead || (worth == Worth::ours && !fits)) {
            out_.drop_leftover = true;
        } else if (worth == Worth::another || tried.verdict == Verdict::accepted) {
            out_.refusal = another_key(leftover_place(), tried);
        } else if (tried.verdict == Verdict::not_tried && seen.may_try) {
            out_.need = Need::try_leftover;
        } else if (worth == Worth::untried && !fits) {
            // No listed key fits the leftover, so it most likely opens nothing.
            out_.drop_leftover = out_.untried = true;
            out_.warnings.push_back(untried_warning(leftover_place()));
        } else {
            const Worth shown = worth == Worth::refused ? worth : Worth::unclear;
            block(leftover_place(), seen.leftover,
                  tried.verdict == Verdict::not_tried ? Worth::untried : shown);
        }
    }

    void hand_over(const AccessKeyRow found, const std::optional<Timestamp>& tried) {
        if (!check_file_is_removable()) return;
        const Observed& seen = out_.seen();
        // The record that is built below proves nothing about current_secret.
        record_was_here_ = ObservedKeys(desired_, seen).recorded_here();
        Record record = record_for(desired_, seen, found, tried);
        const std::optional<Record> before = seen.record;
        if (const Intent* made = maker(seen.intents, found)) {
            if (!made->name.empty()) record.name = made->name;
            record.asked = made->asked;
            if (made->keepers) record.keepers = made->keepers;
            for (const Predecessor& each : made->predecessors) {
                const ObservedKeys keys(desired_, seen);
                if (const AccessKeyRow* row = keys.row(each.id))
                    add_predecessor(record.predecessors, *row, found.id);
            }
            if (before && before->id != record.id) inherit_names(record, *before);
            const auto place = made - seen.intents.data();
            Observed& changed = out_.change();
            changed.intents.erase(changed.intents.begin() + place);
        }
        out_.actions.push_back({ActionKind::hand_over, found.name, found.id});
        out_.change().leftover = {};
        settle_file(std::move(record), found, tried);
    }

    void settle_file(Record record, const AccessKeyRow& row,
                     const std::optional<Timestamp>& tried) {
        Observed& seen = out_.change();
        seen.record = std::move(record);
        seen.file = Copy{Copy::Kind::secret, true, false, {}};
        if (tried) seen.file.tried = {Verdict::accepted, row.id, row.user_name, tried};
        seen.attributes.clear();
        out_.handed_over = true;
    }

    /// Whether the secret in the file must be tried before the key can be judged.
    bool file_needs_try() const {
        const Observed& seen = out_.seen();
        if (!desired_.secret_file || seen.file.kind != Copy::Kind::secret) return false;
        if (seen.file.tried.verdict != Verdict::not_tried || out_.handed_over) return false;
        if (desired_.verify == Verify::never) return false;
        const ObservedKeys keys(desired_, seen);
        if (!seen.file.recorded) return true;
        const AccessKeyRow* row = keys.recorded();
        // The key may have been deleted and made again within a second, or its id in the record was
        // damaged.
        if (row == nullptr) return in_all_but_its_id(*seen.record, seen.rows) != nullptr;
        return desired_.verify == Verify::always && !keys.dead(*row);
    }

    void file() {
        const Observed& seen = out_.seen();
        if (file_needs_try()) {
            if (seen.may_try) {
                out_.need = Need::try_file;
                return;
            }
            // A recorded copy counts as good because of its digest, whatever verify_secret says.
            out_.untried =
                !seen.file.recorded || ObservedKeys(desired_, seen).recorded() == nullptr;
        }
        const ObservedKeys keys(desired_, seen);
        if (desired_.secret_file && worth_of(keys, seen.file) == Worth::another)
            out_.refusal = another_key(file_place(), seen.file.tried);
    }

    bool file_is_good() const {
        const Observed& seen = out_.seen();
        if (seen.file.tried.verdict == Verdict::accepted) return true;
        const ObservedKeys keys(desired_, seen);
        const AccessKeyRow* row = keys.recorded();
        return seen.file.kind == Copy::Kind::secret && seen.file.recorded && row != nullptr &&
               !keys.dead(*row) && seen.file.tried.verdict != Verdict::refused;
    }

    void current() {
        const Observed& seen = out_.seen();
        if (desired_.current_secret != CurrentSecret::given) return;
        if (desired_.secret_file && file_is_good()) {
            if (out_.handed_over) guard_current();
            return;
        }
        const ObservedKeys keys(desired_, seen);
        const Tried tried = seen.current.tried;
        if (tried.verdict == Verdict::not_tried) {
            // If no listed key fits current_secret, it is tried only when it is to be replaced.
            const bool fits = !keys.live_family().empty() ||
                              (keys.recorded() != nullptr && !keys.dead(*keys.recorded()));
            if (!fits || desired_.verify == Verify::never) return;
            if (seen.may_try)
                out_.need = Need::try_current;
            else
                out_.untried = true;
            return;
        }
        if (worth_of(keys, seen.current) == Worth::another) {
            out_.refusal = another_key(current_place(desired_), tried);
            return;
        }
        const AccessKeyRow* row = keys.opened_by(tried);
        if (row == nullptr) return;
        if (!desired_.secret_file) return;
        const AccessKeyRow* recorded = keys.recorded();
        if (recorded != nullptr && !keys.dead(*recorded) && recorded->id != row->id) return;
        if (!check_file_is_removable()) return;
        const AccessKeyRow found = *row;
        out_.actions.push_back({ActionKind::store, found.name, found.id});
        settle_file(record_for(desired_, seen, found, tried.at), found, tried.at);
    }

    /// The caller will replace current_secret by the secret of the leftover. Checks that this loses
    /// no secret.
    void guard_current() {
        const ObservedKeys keys(desired_, out_.seen());
        const Tried& tried = out_.seen().current.tried;
        Worth worth = worth_of(keys, out_.seen().current);
        if (tried.verdict == Verdict::refused && !tried.expired && !record_was_here_)
            worth = Worth::refused;
        if (may_go(worth) || may_let_go(desired_, worth)) return;
        if (worth != Worth::untried)
            out_.refusal =
                not_to_be_lost(current_place(desired_), keys, out_.seen().current, worth);
        else if (out_.seen().may_try)
            out_.need = Need::try_current;
        else
            out_.warnings.push_back(untried_warning(current_place(desired_)));
    }

    const Desired& desired_;
    Settled& out_;
    bool record_was_here_ = false; ///< recorded_here() before the leftover was put in place
};

} // namespace

Record record_for(const Desired& desired, const Observed& seen, const AccessKeyRow& row,
                  const std::optional<Timestamp>& tried) {
    const ObservedKeys keys(desired, seen);
    if (seen.record && seen.record->id == row.id) {
        Record same = *seen.record;
        if (tried) same.tried = tried;
        return same;
    }
    Record out{.host = desired.host,
               .user = row.user_name,
               .user_id = row.user_id,
               .name = keys.family_number(row) || !seen.record ? desired.name.text()
                                                               : seen.record->name,
               .key_name = row.name,
               .id = row.id,
               .created = row.created,
               .asked = {},
               .keepers = desired.keepers,
               .secret_digest = {},
               .tried = tried,
               .predecessors = {},
               .machine = desired.machine};
    if (const AccessKeyRow* former = keys.recorded(); former && !keys.dead(*former))
        add_predecessor(out.predecessors, *former, row.id);
    for (const AccessKeyRow* older : keys.predecessors(row))
        add_predecessor(out.predecessors, *older, row.id);
    if (seen.record) inherit_names(out, *seen.record);
    return out;
}

Settled settle(const Desired& desired, const Observed& observed) {
    Settled out(observed);
    Settling(desired, out).settle();
    return out;
}

} // namespace infrastate::plan
