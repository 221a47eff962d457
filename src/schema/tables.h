// SPDX-License-Identifier: Apache-2.0
// The tables themselves, one resource in each file. Code outside this folder uses schema.h. Data
// only: check.cpp and describe.cpp hold the code that walks through the tables.
#pragma once

#include "infrastate/schema/schema.h"
#include "infrastate/types/vocabulary.h"

#include <algorithm>

namespace infrastate::schema {

extern const Resource access_key_resource;
extern const Resource access_key_info_resource;
extern const Resource destination_info_resource;

/// A table of the rows of two.
template <class T, std::size_t M, std::size_t N>
constexpr std::array<T, M + N> concatenated(const std::array<T, M>& first,
                                            const std::array<T, N>& second) {
    std::array<T, M + N> out{};
    std::copy(second.begin(), second.end(), std::copy(first.begin(), first.end(), out.begin()));
    return out;
}

/// For results of modules that only answer.
inline constexpr Returned never_changed{
    "changed", Type::boolean, "always", {"Always false."}, "false"};
inline constexpr Returned server_time_on_success = or_null({"server_time",
                                                            Type::rfc3339,
                                                            "on success",
                                                            {"What time it was at the server."},
                                                            "2026-11-23T08:10:44Z"});

/// For the result of every module.
inline constexpr Returned warnings_if_any{
    "warnings",
    Type::list,
    "when there are any",
    {"What a person should know though the run did not fail."},
};

/// The members that describe one key, in every resource that shows keys.
inline constexpr std::array key_fields{
    Returned{"id", Type::id, "when the key exists", {"The key's identifier."}, "4yJ3n3D8E2"},
    Returned{"name", Type::key_name, "when the key exists", {"The key's name."}, "my-cluster"},
    Returned{"user",
             Type::name,
             "when the key exists",
             {"The user the key is issued for."},
             vocabulary::connector},
    Returned{"created",
             Type::rfc3339,
             "when the key exists",
             {"When the key was made."},
             "2026-11-23T07:56:35Z"},
    or_null({"expires_at",
             Type::rfc3339,
             "when the key exists",
             {"When the key expires."},
             "2027-11-23T13:56:35Z"}),
    or_null({"expires_in",
             Type::duration,
             "when the key exists",
             {"The key's whole lifetime, from creation to expiry."},
             "8766h0m0s"}),
    or_null({"inactivity_timeout",
             Type::duration,
             "when the key exists",
             {"How long the key may stay unused."},
             "72h0m0s"}),
    or_null({"inactivity_deadline",
             Type::rfc3339,
             "when the key exists",
             {"When the key dies unless it is used before."},
             "2026-11-26T07:56:35Z"}),
    or_null({"last_used",
             Type::rfc3339,
             "when the key was used",
             {"When the key was last used."},
             "2026-11-23T08:10:02Z"}),
    or_null({"remaining_seconds",
             Type::integer,
             "when the key exists and expires",
             {"How long it still lives, by the server's clock."},
             "31557600"}),
    or_null({"remaining_percent",
             Type::integer,
             "when the key exists and expires",
             {"The same as a part of its whole lifetime."},
             "100"}),
};

} // namespace infrastate::schema
