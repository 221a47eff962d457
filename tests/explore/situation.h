// SPDX-License-Identifier: Apache-2.0
// Situations that some scenario must have met, and refusals that some run must have given. So a run
// of the tests that reaches none of them does not look like a success.
#pragma once

#include <array>
#include <cstddef>

namespace infrastate::explore {

enum class Situation {
    absent_without_record,
    absent_with_record,
    absent_of_dead_secret,    ///< the secret's key has expired
    absent_of_unknown_secret, ///< the secret opens nothing here
    absent_of_other_key,      ///< the secret opens a key of another name, user or server
    absent_by_other_name,     ///< the record names another one
    absent_by_id,
    other_server,    ///< the record names another server
    other_host_name, ///< ... the same one under another name
    two_tasks,       ///< the record was written for another name or user
    not_visible,     ///< the caller may not list the user's keys
    not_creatable,   ///< the server told the caller that it may not create
    own_key,         ///< the key that authenticates is of the family
    user_made_anew,  ///< the user was made again since the record was written
    field_damaged,   ///< one member of the record is damaged
    long_name,
    high_rotation,
    neutral_values,
    unnamed_moved,  ///< an unnamed task; its server's name is not the one in its record
    copied_machine, ///< an unnamed task beside the record of another machine
    rotated_now,
    asked_as_shown, ///< a later run showed what its key was asked for
    renamed_back,   ///< the task got a former name back, after the renaming had settled
    told_to_wait,   ///< the server said for how long, after a DELETE
    kept_trying,    ///< a POST after a DELETE had to be repeated, and made a key in the end
    folder_shut,
    lock_barred,
    asked, ///< info
    count_,
};

inline constexpr std::array<const char*, static_cast<std::size_t>(Situation::count_)>
    situation_names{"absent_without_record",
                    "absent_with_record",
                    "absent_of_dead_secret",
                    "absent_of_unknown_secret",
                    "absent_of_other_key",
                    "absent_by_other_name",
                    "absent_by_id",
                    "other_server",
                    "other_host_name",
                    "two_tasks",
                    "not_visible",
                    "not_creatable",
                    "own_key",
                    "user_made_anew",
                    "field_damaged",
                    "long_name",
                    "high_rotation",
                    "neutral_values",
                    "unnamed_moved",
                    "copied_machine",
                    "rotated_now",
                    "asked_as_shown",
                    "renamed_back",
                    "told_to_wait",
                    "kept_trying",
                    "folder_shut",
                    "lock_barred",
                    "asked"};

/// Values of error.detail that some run must give.
inline constexpr std::array details_to_reach{
    "file_of_another_server",
    "file_shared_by_two_tasks",
    "secret_of_another_key",
    "secret_unverified",
    "own_key",
    "create_ambiguous",
    "made_by_another_run",
};

} // namespace infrastate::explore
