// SPDX-License-Identifier: Apache-2.0
#include "recorded.h"

#include "infrastate/plan/claims.h"
#include "infrastate/types/origin.h"
#include "infrastate/types/text.h"

#include <algorithm>
#include <string>
#include <utility>

namespace infrastate::reconcile {
namespace {

constexpr std::size_t shown_bytes = 128;

std::string phrase(const Record& record) {
    const std::string& name = record.key_name.empty() ? record.name : record.key_name;
    return "access key " + (name.empty() ? std::string() : in_quotes(name, shown_bytes) + " ") +
           (record.user.empty() ? std::string()
                                : "of user " + in_quotes(record.user, shown_bytes) + " ") +
           "(id " + record.id.text() + ")";
}

/// Records of version 1.0 do not say on which machine they were made. A derived name may tell it.
void prove_by_name(const plan::Desired& desired, const Context& context, std::string& machine,
                   const std::string& host, const std::string& user, const std::string& name) {
    if (!machine.empty() || desired.machine.empty() || !context.derived_name || name.empty())
        return;
    if (context.derived_name(host, user.empty() ? desired.user : user) == name)
        machine = desired.machine;
}

/// Whether a task asks for a key under another name or user than the record's.
bool is_renaming(const plan::Desired& desired, const std::optional<Record>& record) {
    return desired.state == plan::State::present && record && !record->name.empty() &&
           (record->name != desired.name.text() ||
            (!record->user.empty() && record->user != desired.user));
}

Result<void> take_name(plan::Desired& desired, const std::string& name) {
    auto known = KeyName::parse(name);
    if (!known || *known == desired.name) return {};
    desired.name = std::move(*known);
    return plan::check_desired(desired);
}

/// Whether the intent may have made a listed row. Then this is the intent's server.
bool has_a_row(const Intent& intent, const std::vector<AccessKeyRow>& rows) {
    return std::any_of(rows.begin(), rows.end(), [&](const AccessKeyRow& row) {
        return intent.answered ? *intent.answered == row.id
                               : row.name == intent.key_name && row.user_name == intent.user;
    });
}

/// Sets `known` to the value in the row. Returns true if it was another value.
bool correct(std::string& known, const std::string& shown) {
    if (shown.empty() || known == shown) return false;
    known = shown;
    return true;
}

} // namespace

Result<void> settle_whose_it_is(plan::Desired& desired, const Context& context,
                                plan::Observed& seen) {
    seen.warnings.clear();
    if (seen.record)
        prove_by_name(desired, context, seen.record->machine, seen.record->host, seen.record->user,
                      seen.record->name);
    const auto elsewhere = [&](const std::string& machine) {
        return !machine.empty() && machine != desired.machine;
    };
    // If the task gives a name, the record counts on every machine. But if another machine made the
    // record and the task gives another name, the disk was copied: the task wants a new key, not a
    // renaming.
    const bool copy_renamed = !desired.machine.empty() && is_renaming(desired, seen.record) &&
                              elsewhere(seen.record->machine);
    if (!desired.derived && !copy_renamed) return {};
    const std::size_t all = seen.intents.size();
    std::erase_if(seen.intents, [&](Intent& intent) {
        prove_by_name(desired, context, intent.machine, intent.host, intent.user, intent.name);
        return elsewhere(intent.machine);
    });
    bool copied = !seen.record && all > 0;
    if (seen.record && elsewhere(seen.record->machine)) {
        copied = true;
        seen.warnings.push_back(
            "secret_file: its record was made on another machine, so this is a copy of that one's "
            "disk: " +
            phrase(*seen.record) +
            " is left alone, and this machine gets a key of its own; if it is the same machine "
            "with a new machine id, " +
            (desired.derived ? "set name: " + printable(seen.record->name, shown_bytes)
                             : "delete that key by state: absent"));
        seen.record.reset();
        seen.current.recorded = seen.current.replaced = false;
        if (seen.file.kind == plan::Copy::Kind::secret) seen.file = {plan::Copy::Kind::empty};
        seen.attributes.clear();
    }
    // Without an intent of this machine the leftover is a copy, too. With one it is not: on this
    // machine a run drops a copied leftover before it writes its first intent.
    if (copied && seen.intents.empty()) {
        seen.broken_leftover = seen.broken_leftover || seen.leftover.kind != plan::Copy::Kind::none;
        seen.leftover = {};
    }
    if (!seen.record) return {};
    const bool here = !seen.record->machine.empty();
    if (!here && looks_derived(seen.record->name) && seen.record->name != desired.name.text())
        return Error{Code::conflict,
                     "secret_file: its record names " + phrase(*seen.record) +
                         " and does not say on which machine that was made, so that it may be a "
                         "copy of another machine's; nothing was changed: set name: " +
                         seen.record->name +
                         " to keep that key here, or remove file and record to get a key of this "
                         "machine's own",
                     "secret_file", "record_of_unknown_machine"};
    return take_name(desired, seen.record->name);
}

Result<void> of_this_server(const plan::Desired& desired, const plan::Observed& seen) {
    const auto refused = [&](const std::string& whose, const std::string& host,
                             const std::string& remedy) {
        return Error{Code::conflict,
                     "secret_file: " + whose + " of the server " + printable(host, shown_bytes) +
                         ", and " + printable(desired.host, shown_bytes) +
                         " lists no such key, so this is another server's file; nothing was "
                         "changed: name another secret_file for this server, or, if the server "
                         "moved and the key is gone, remove " +
                         remedy,
                     "secret_file", "file_of_another_server"};
    };
    if (seen.record) {
        if (same_origin(seen.record->host, desired.host)) return {};
        const bool listed =
            std::any_of(seen.rows.begin(), seen.rows.end(), [&](const AccessKeyRow& row) {
                return row.id == seen.record->id && plan::bears_out(*seen.record, row);
            });
        if (listed) return {};
        return refused("its record names " + phrase(*seen.record), seen.record->host,
                       "the file and its record (.FILE.infrastate)");
    }
    // Only an answered request leaves a new secret, and the server that made the key lists it.
    if (seen.leftover.kind != plan::Copy::Kind::secret || seen.intents.empty()) return {};
    for (const Intent& intent : seen.intents)
        if (intent.host.empty() || same_origin(intent.host, desired.host) ||
            has_a_row(intent, seen.rows))
            return {};
    return refused("an unfinished run left the new secret of a key", seen.intents.back().host,
                   "what that run left (.FILE.infrastate.new and .FILE.infrastate.intents)");
}

void believe(plan::Observed& seen) {
    plan::settle_claims(seen.intents, seen.rows);
    if (!seen.record) return;
    bool whole = true;
    const bool believed = plan::settle_claims(*seen.record, seen.rows, whole);
    if (!whole) {
        seen.record_mended = true;
        seen.warnings.push_back("secret_file: the id of a predecessor in its record was damaged; "
                                "if the run cannot find that key by its name, it leaves the key "
                                "alone");
    }
    if (believed) return;
    seen.warnings.push_back("secret_file: its record is damaged and not believed: it names " +
                            phrase(*seen.record) + ", and that is not this key's id");
    seen.record.reset();
    for (plan::Copy* copy : {&seen.file, &seen.current, &seen.leftover})
        copy->recorded = copy->replaced = false;
}

Result<void> mend(plan::Desired& desired, plan::Observed& seen) {
    // A run takes at most this long, so anything that was going on when the intent was written ends
    // by then.
    constexpr std::int64_t longest_run = 3600;
    for (Intent& intent : seen.intents)
        if (intent.until == unknown_time()) intent.until = seen.time.now.plus_seconds(longest_run);
    if (!seen.record) return {};
    Record& record = *seen.record;
    bool mended = seen.record_mended;
    // With a wrong clock a use by this software would look like one by somebody else.
    if (record.tried == unknown_time() && seen.time.exact) {
        record.tried = seen.time.now;
        mended = true;
    }
    for (const AccessKeyRow& row : seen.rows) {
        for (Predecessor& each : record.predecessors)
            if (each.id == row.id) {
                mended = correct(each.user, row.user_name) || mended;
                mended = correct(each.name, row.name) || mended;
            }
        if (row.id != record.id) continue;
        mended = correct(record.user, row.user_name) || mended;
        mended = correct(record.user_id, row.user_id) || mended;
        mended = correct(record.key_name, row.name) || mended;
        if (!record.created) {
            record.created = row.created;
            mended = true;
        }
        if (record.name.empty() && KeyName::parse(managed_name(row.name)))
            mended = correct(record.name, managed_name(row.name)) || mended;
        // The same server under another address: intents of the old address belong to this one.
        if (!same_origin(record.host, desired.host)) {
            for (Intent& intent : seen.intents)
                if (same_origin(intent.host, record.host)) intent.host = desired.host;
            record.host = desired.host;
            mended = true;
        }
    }
    seen.record_mended = mended;
    return desired.derived && !record.machine.empty() ? take_name(desired, record.name)
                                                      : Result<void>{};
}

} // namespace infrastate::reconcile
