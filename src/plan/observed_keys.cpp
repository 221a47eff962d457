// SPDX-License-Identifier: Apache-2.0
#include "observed_keys.h"

#include <algorithm>

namespace infrastate::plan {
namespace {

/// The server reads its clock for the expiry just before it reads it for the time of creation, and
/// it shows whole seconds. So the span that it shows is the one that was sent, or one second less.
bool span_sent(std::int64_t shown, Duration sent) noexcept {
    const std::int64_t seconds = sent.seconds_rounded_up();
    return shown == seconds || shown == seconds - 1;
}

} // namespace

const AccessKeyRow* row_of(const std::vector<AccessKeyRow>& rows, const ServerId& id) noexcept {
    for (const AccessKeyRow& each : rows)
        if (each.id == id) return &each;
    return nullptr;
}

bool in_family(const std::string& managed, const std::string& name) {
    const auto parsed = KeyName::parse(managed);
    return parsed && family_place(*parsed, name).has_value();
}

bool may_have_made(const Intent& intent, const AccessKeyRow& row) noexcept {
    if (intent.answered) return *intent.answered == row.id;
    if (row.name != intent.key_name || intent.seen.contains(row.id)) return false;
    // A user that was made again under the same name is another user. Name or id may be unknown.
    if (!intent.user.empty() && row.user_name != intent.user) return false;
    if (!intent.user_id.empty() && row.user_id != intent.user_id) return false;
    // A rotation's name is random, so nobody else can make it, whatever the clocks say.
    if (managed_name(intent.key_name) != intent.key_name) return true;
    return row.created >= intent.started.plus_seconds(-1) &&
           row.created <= intent.until.plus_seconds(intent_grace_seconds);
}

bool certainly_made(const Intent& intent, const AccessKeyRow& row) noexcept {
    if (!may_have_made(intent, row)) return false;
    if (intent.answered) return true;
    return intent.recognisable && row.never_used() && row.expires && row.inactivity_deadline &&
           span_sent(row.expires->seconds_since(row.created), intent.sent_expiry) &&
           span_sent(row.inactivity_deadline->seconds_since(row.created),
                     intent.sent_inactivity_timeout);
}

Predecessor as_predecessor(const AccessKeyRow& row) {
    return {row.id, row.user_name, row.name};
}

std::optional<Reason> ObservedKeys::dead(const AccessKeyRow& row) const noexcept {
    const auto by_clock = dead_by_clock(row, now());
    if (by_clock && seen_.live_ids && seen_.live_ids->contains(row.id)) return std::nullopt;
    return by_clock;
}

const AccessKeyRow* ObservedKeys::row(const ServerId& id) const noexcept {
    return row_of(seen_.rows, id);
}

const AccessKeyRow* ObservedKeys::opened_by(const Tried& tried) const noexcept {
    return tried.verdict == Tried::Verdict::accepted && tried.row ? row(*tried.row) : nullptr;
}

std::optional<std::uint32_t> ObservedKeys::family_number(const AccessKeyRow& row) const noexcept {
    if (row.user_name != desired_.user) return std::nullopt;
    if (!desired_.named) {
        if (row.id == *desired_.id) return 0;
        return std::nullopt;
    }
    const auto place = family_place(desired_.name, row.name);
    return place ? std::optional(place->rotation) : std::nullopt;
}

const AccessKeyRow* ObservedKeys::recorded() const noexcept {
    return seen_.record ? row(seen_.record->id) : nullptr;
}

bool ObservedKeys::recorded_here() const {
    return seen_.record && (is_this_server(seen_.record->host) || recorded() != nullptr);
}

bool ObservedKeys::recorded_predecessor(const AccessKeyRow& row) const noexcept {
    if (!seen_.record) return false;
    const auto& known = seen_.record->predecessors;
    return std::any_of(known.begin(), known.end(),
                       [&](const Predecessor& each) { return each.id == row.id; });
}

bool ObservedKeys::recorded_as_ours(const AccessKeyRow& row) const noexcept {
    return (seen_.record && seen_.record->id == row.id) || recorded_predecessor(row);
}

bool ObservedKeys::is_lost_own_key(const AccessKeyRow& row) const noexcept {
    if (recorded_as_ours(row)) return false;
    // A key whose secret is kept is not lost, even if its record is.
    for (const Copy* copy : {&seen_.file, &seen_.current, &seen_.leftover})
        if (opened_by(copy->tried) == &row) return false;
    return std::any_of(seen_.intents.begin(), seen_.intents.end(),
                       [&](const Intent& intent) { return certainly_made(intent, row); });
}

std::vector<const AccessKeyRow*> ObservedKeys::predecessors(const AccessKeyRow& successor) const {
    std::vector<const AccessKeyRow*> out;
    const auto number = family_number(successor);
    for (const AccessKeyRow& each : seen_.rows) {
        if (each.id == successor.id || is_lost_own_key(each)) continue;
        if (seen_.record) {
            if (recorded_predecessor(each)) out.push_back(&each);
            continue;
        }
        const auto other = family_number(each);
        const bool older = number && other && *other < *number && each.created < successor.created;
        const bool first = !seen_.first_ids || seen_.first_ids->contains(each.id);
        if (desired_.adopt == Adopt::replace && older && first) out.push_back(&each);
    }
    return out;
}

std::vector<const AccessKeyRow*> ObservedKeys::live_family() const {
    std::vector<const AccessKeyRow*> out;
    for (const AccessKeyRow& each : seen_.rows)
        if (family_number(each) && !dead(each) && !is_lost_own_key(each)) out.push_back(&each);
    // The exact name first, then by rotation and age. This order depends neither on clocks nor on
    // chance.
    std::sort(out.begin(), out.end(), [&](const AccessKeyRow* a, const AccessKeyRow* b) {
        const auto left = *family_number(*a), right = *family_number(*b);
        if (left != right) return left < right;
        if (a->created != b->created) return a->created < b->created;
        return a->id < b->id;
    });
    return out;
}

std::uint32_t ObservedKeys::highest_number() const noexcept {
    std::uint32_t highest = 0;
    for (const AccessKeyRow& each : seen_.rows)
        if (const auto number = family_number(each).value_or(0); number < max_rotation)
            highest = std::max(highest, number);
    return highest;
}

} // namespace infrastate::plan
