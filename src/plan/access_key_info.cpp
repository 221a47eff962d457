// SPDX-License-Identifier: Apache-2.0
#include "infrastate/plan/access_key_info.h"

#include "drift.h"
#include "words.h"

#include "infrastate/plan/access_key.h"
#include "infrastate/plan/claims.h"
#include "infrastate/types/origin.h"
#include "infrastate/types/text.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace infrastate::plan {
namespace {

struct NameParts {
    std::string family;
    std::uint32_t rotation = 0;
};

/// Every name belongs to a family, if only to its own.
NameParts parts_of(const std::string& row_name) {
    for (auto at = row_name.rfind(".rot-"); at != std::string::npos && at > 0;
         at = row_name.rfind(".rot-", at - 1)) {
        const auto base = KeyName::parse(std::string_view(row_name).substr(0, at));
        if (!base) continue;
        if (const auto place = family_place(*base, row_name); place && place->rotation > 0)
            return {base->text(), place->rotation};
    }
    return {row_name, 0};
}

Status status_of(const AccessKeyRow& row, Timestamp now) noexcept {
    const auto dead = dead_by_clock(row, now);
    if (!dead) return Status::live;
    return *dead == Reason::expired ? Status::expired : Status::inactive;
}

/// Whether the record names the row. settle_claims() must have checked the record's ids before.
bool names(const Record& record, const AccessKeyRow& row) {
    if (record.id == row.id) return bears_out(record, row);
    return std::any_of(record.predecessors.begin(), record.predecessors.end(),
                       [&](const Predecessor& each) { return each.id == row.id; });
}

/// Whether the record belongs to this server: it was made under this address, or its key is listed
/// here.
bool record_is_of_here(const InfoQuery& query, const std::vector<AccessKeyRow>& rows) {
    if (!query.holder || !query.holder->record) return false;
    const Record& record = *query.holder->record;
    return same_origin(record.host, query.host) ||
           std::any_of(rows.begin(), rows.end(), [&](const AccessKeyRow& row) {
               return row.id == record.id && bears_out(record, row);
           });
}

KeyInfo inspect(const InfoQuery& query, AccessKeyRow&& row, Timestamp now, bool of_here) {
    NameParts place = parts_of(row.name);
    KeyInfo out{.row = std::move(row), .family = std::move(place.family)};
    out.rotation = place.rotation;
    out.status = status_of(out.row, now);
    if (const auto used = out.row.real_use()) {
        out.idle_seconds = std::max<std::int64_t>(0, now.seconds_since(*used));
        out.usage =
            *out.idle_seconds <= query.in_use_within.seconds() ? Usage::in_use : Usage::idle;
    }
    if (query.holder) {
        out.held = of_here && names(*query.holder->record, out.row);
        if (*out.held && query.holder->record->id == out.row.id)
            out.asked = fitting(query.holder->record->asked, out.row);
    }
    return out;
}

bool wanted(const InfoQuery& query, const KeyInfo& key, bool of_here) {
    // A key that the record names is shown whatever its name is: after a renaming an old key still
    // has the former name.
    if (key.held.value_or(false)) return !query.user || key.row.user_name == *query.user;
    // A record of another server, or one without a name, selects nothing.
    if (query.selected_by_record() && (!of_here || !query.wanted_name())) return false;
    const auto user = query.wanted_user();
    const auto family = query.wanted_name();
    return (!user || key.row.user_name == *user) && (!family || key.family == *family);
}

/// The member of a family that lives longest. A key without an expiry never ends.
struct Best {
    const KeyInfo* live = nullptr;
    void see(const KeyInfo& key) {
        if (key.status != Status::live) return;
        const bool longer = live == nullptr || !key.row.expires ||
                            (live->row.expires && *live->row.expires < *key.row.expires);
        if (longer) live = &key;
    }
};

std::optional<Error> find_expiring(const InfoQuery& query, const KeysInfo& info) {
    std::map<std::pair<std::string, std::string>, Best> families;
    for (const KeyInfo& key : info.keys)
        families[{key.row.user_name, key.family}].see(key);
    std::vector<std::string> due;
    for (const auto& [place, best] : families) {
        const std::string who =
            in_quotes(place.second, 64) + " of user " + in_quotes(place.first, 64);
        if (best.live == nullptr) {
            due.push_back(who + " has no live key any more");
        } else if (best.live->row.expires) {
            const std::int64_t left = best.live->row.expires->seconds_since(info.time.now);
            if (left < query.fail_if_expiring_within->seconds())
                due.push_back(who + " expires at " + best.live->row.expires->text() + ", in " +
                              span_text(std::max<std::int64_t>(0, left)));
        }
    }
    if (families.empty()) {
        const auto name = query.wanted_name();
        due.push_back(name ? "there is no access key " + in_quotes(*name)
                           : "there is no access key");
    }
    if (due.empty()) return std::nullopt;
    return Error{Code::refused,
                 "fail_if_expiring_within " + query.fail_if_expiring_within->text() + ": " +
                     some_of(due),
                 "fail_if_expiring_within", "expiring"};
}

void add_warnings(const InfoQuery& query, KeysInfo& out, bool of_here) {
    if (!out.time.exact)
        out.warnings.emplace_back(
            "the server's answer does not say what time it is there, so this machine's clock "
            "decided which keys are live and how long");
    if (!query.holder) return;
    if (!query.holder->record)
        out.warnings.push_back("secret_file: there is no record beside " + query.holder->path +
                               ", so no key is known to be kept in it");
    else if (!of_here)
        out.warnings.push_back("secret_file: the record beside " + query.holder->path +
                               " names a key (id " + query.holder->record->id.text() + ") of " +
                               printable(query.holder->record->host, 128) +
                               ", another server than this one; no such key is listed here");
}

} // namespace

std::string_view name(Status value) noexcept {
    switch (value) {
    case Status::live:
        return "live";
    case Status::expired:
        return "expired";
    case Status::inactive:
        return "inactive";
    }
    return "live";
}

std::string_view name(Usage value) noexcept {
    switch (value) {
    case Usage::in_use:
        return "in_use";
    case Usage::idle:
        return "idle";
    case Usage::never_used:
        return "never_used";
    }
    return "never_used";
}

std::optional<std::string> InfoQuery::wanted_user() const {
    if (!selected_by_record() || holder->record->user.empty()) return user;
    return holder->record->user;
}

std::optional<std::string> InfoQuery::wanted_name() const {
    if (name) return name->text();
    if (!selected_by_record() || holder->record->name.empty()) return std::nullopt;
    return holder->record->name;
}

bool InfoQuery::selected_by_record() const noexcept {
    return !user && !name && holder && holder->record;
}

bool InfoQuery::selects_nothing() const noexcept {
    return !user && !name && holder && !holder->record;
}

KeysInfo inspect_keys(const InfoQuery& asked, std::vector<AccessKeyRow> rows, ServerTime time) {
    KeysInfo out{.keys = {}, .time = time};
    InfoQuery query = asked;
    const bool of_here = record_is_of_here(query, rows);
    bool whole = true;
    if (of_here && !settle_claims(*query.holder->record, rows, whole))
        out.warnings.push_back("secret_file: the record beside " + query.holder->path +
                               " is damaged: it names a key (id " +
                               query.holder->record->id.text() +
                               ") that is not the one it was made for; a run with state: present "
                               "mends it");
    for (AccessKeyRow& row : rows) {
        KeyInfo key = inspect(query, std::move(row), time.now, of_here);
        if (!query.selects_nothing() && wanted(query, key, of_here))
            out.keys.push_back(std::move(key));
    }
    std::sort(out.keys.begin(), out.keys.end(), [](const KeyInfo& a, const KeyInfo& b) {
        return std::tie(a.row.user_name, a.family, a.rotation, a.row.created, a.row.id) <
               std::tie(b.row.user_name, b.family, b.rotation, b.row.created, b.row.id);
    });
    if (of_here)
        for (const KeyInfo& key : out.keys)
            if (key.status == Status::live && !*key.held &&
                key.row.user_name == query.holder->record->user &&
                key.family == query.holder->record->name)
                out.unheld.push_back(key.row.id);
    if (query.fail_if_expiring_within) out.expiring = find_expiring(query, out);
    add_warnings(query, out, of_here);
    return out;
}

} // namespace infrastate::plan
