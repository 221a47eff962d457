// SPDX-License-Identifier: Apache-2.0
// Situations that would seldom arise by chance. Each theme adds its few steps to a scenario,
// between the others.
#pragma once

#include "random.h"
#include "scenario.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace infrastate::explore {

enum class Theme {
    none,
    absent,        ///< with and without proof, by its own, another or a former name, or by id
    two_servers,   ///< a task goes with its file to another server, or to the same under a new name
    two_tasks,     ///< two tasks with one file
    callers,       ///< callers who may not see, or not create
    own_key,       ///< the key that authenticates is one of the family
    user_anew,     ///< the user is deleted and made again
    field_damaged, ///< one member of the record
    names,         ///< long names, high numbers of rotations
    neutral,       ///< neutral values
    after_delete,  ///< the server is busy just after the DELETE
    folder,        ///< a folder that cannot be written to, or has no place for the lock
    others_secret, ///< the file holds the secret of another key
    unnamed,       ///< tasks without a name: the server's name changes, or the machine is copied
    overlap,       ///< the consumer goes on using the old secret while copies are tried
    now,           ///< "rotate what is older than now", for one run or for all
    count_,
};

std::string name(Theme value);
std::optional<Theme> theme_named(const std::string& text);

/// A scenario while it is made. `now`: the tasks after the steps so far.
struct Draft {
    Scenario& out;
    Random& random;
    std::vector<Task>& now;
};

/// Changes the draft before there are steps.
void prepare_theme(Theme theme, Draft& draft);
void play_theme(Theme theme, Draft& draft);

} // namespace infrastate::explore
