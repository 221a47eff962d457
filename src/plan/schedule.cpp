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

} // namespace infrastate::plan
