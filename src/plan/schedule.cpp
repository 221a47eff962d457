// SPDX-License-Identifier: Apache-2.0
#include "schedule.h"

namespace infrastate::plan {

std::optional<Timestamp> renewal_time(const Desired& desired, const AccessKeyRow& row) {
    if (!desired.renew_before || !row.expires) return std::nullopt;
    std::int64_t ahead = splay_seconds(desired);
    if (const auto* span = std::get_if<Duration>(&*desired.renew_before))
        ahead += span->seconds();
    else
        ahead += row.expires->seconds_since(row.created) *
                 std::get<Percent>(*desired.renew_before).value / 100;
    return row.expires->plus_seconds(-ahead);
}

Timestamp retirement_time(const Desired& desired, const AccessKeyRow& successor) {
    return successor.created.plus_seconds(desired.overlap ? desired.overlap->seconds() : 0);
}

std::optional<Timestamp> next_action(const Desired& desired, const AccessKeyRow& row,
                                     bool overlapped, Timestamp now) {
    std::optional<Timestamp> out;
    const auto earlier = [&](const std::optional<Timestamp>& time) {
        if (!time || *time <= now) return;
        if (!out || *time < *out) out = time;
    };
    earlier(row.expires);
    earlier(renewal_time(desired, row));
    if (desired.rotate_if_created_before && row.created < *desired.rotate_if_created_before)
        earlier(desired.rotate_if_created_before);
    if (overlapped) earlier(retirement_time(desired, row));
    return out;
}

std::optional<Reason> dead_by_clock(const AccessKeyRow& row, Timestamp now) noexcept {
    if (row.expires && now >= *row.expires) return Reason::expired;
    if (row.inactivity_deadline && now >= *row.inactivity_deadline) return Reason::inactive;
    return std::nullopt;
}

Result<Lifetime> lifetime_to_ask(const Desired& desired, Timestamp now) {
    const Duration inactivity = desired.inactivity_timeout.value_or(default_inactivity_timeout());
    if (!desired.expires_at)
        return Lifetime{desired.expires_in.value_or(default_expires_in()), inactivity};
    const std::int64_t seconds = desired.expires_at->seconds_since(now);
    if (seconds <= 0)
        return argument_error("expires_at", "expires_at: " + desired.expires_at->text() +
                                                " is not in the future (the server's time is " +
                                                now.text() +
                                                "), so no access key can be made with it");
    constexpr std::int64_t most_seconds = 9'223'372'036;
    if (seconds > most_seconds)
        return argument_error("expires_at", "expires_at: " + desired.expires_at->text() +
                                                " is more than 292 years ahead, which Infra cannot "
                                                "keep");
    return Lifetime{Duration::from_seconds(seconds), inactivity};
}

} // namespace infrastate::plan
