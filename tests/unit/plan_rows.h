// SPDX-License-Identifier: Apache-2.0
// Shared by the tables of the plan: times, a row of the key 'web', its record, and the names of
// what a plan still needs to know.
#pragma once

#include "support/check.h"

#include "infrastate/plan/access_key.h"

#include <string>

namespace infrastate::plan_rows {

inline constexpr std::int64_t t0 = 1'800'000'000;
inline constexpr std::int64_t minute = 60, hour = 3600, day = 24 * hour;

inline Timestamp at(std::int64_t seconds) {
    return Timestamp::from_unix(seconds);
}
inline ServerId id(const std::string& text) {
    return test::must(ServerId::parse(text));
}

inline AccessKeyRow row(const std::string& key, const std::string& name = "web",
                        std::int64_t created = t0 - day, std::int64_t lifetime = 30 * day) {
    return {id(key),
            name,
            "connector",
            "uConnector",
            at(created),
            at(created),
            at(created + lifetime),
            at(created + 60 * day)};
}

inline Record record(const std::string& key, const std::string& name = "web") {
    return {.host = "https://infra.example",
            .user = "connector",
            .user_id = "uConnector",
            .name = "web",
            .key_name = name,
            .id = id(key),
            .created = at(t0 - day),
            .secret_digest = "d1"};
}

inline std::string name(plan::Need need) {
    switch (need) {
    case plan::Need::live_listing:
        return "live_listing";
    case plan::Need::try_leftover:
        return "try_leftover";
    case plan::Need::try_file:
        return "try_file";
    case plan::Need::try_current:
        return "try_current";
    case plan::Need::nothing:
        break;
    }
    return "nothing";
}

} // namespace infrastate::plan_rows
