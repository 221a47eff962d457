// SPDX-License-Identifier: Apache-2.0
// Situations that chance alone would seldom make: each theme adds its few steps to a scenario,
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
    absent,        ///< with and without proof, by its own, another, a former name, by id
    two_servers,   ///< a file goes with its task to another server, or to the same under a new name
    two_tasks,     ///< with one file
    callers,       ///< who may not see, or not create
    own_key,       ///< the key that authenticates is one of the family
    user_anew,     ///< the user is deleted and made again
    field_damaged, ///< one member of the record
    names,         ///< long ones, high numbers of rotations
    neutral,       ///< values that say nothing
    after_delete,  ///< the server is busy just after the DELETE
    folder,        ///< that cannot be written, or without a place for the lock
    others_secret, ///< the file holds the secret of another key
    unnamed,       ///< tasks without a name: another host name, a copied machine
    overlap,       ///< the consumer works on with the old secret while copies are tried
    now,           ///< "rotate what is older than now", for one run or for all
    count_,
};

std::string name(Theme value);
std::optional<Theme> theme_named(const std::string& text);

/// A scenario while it is made. `now`: the tasks as they are after the steps so far.
struct Draft {
    Scenario& out;
    Random& random;
    std::vector<Task>& now;
};

/// Before there are steps.
void prepare_theme(Theme theme, Draft& draft);
void play_theme(Theme theme, Draft& draft);

} // namespace infrastate::explore
