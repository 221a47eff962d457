// SPDX-License-Identifier: Apache-2.0
// A scenario: who keeps a key where, and what happens step by step. Plain data, made from a seed
// (generate.h) or written by hand. So it can be printed and made smaller.
#pragma once

#include "caller.h"
#include "fault.h"
#include "simulation.h"

#include "infrastate/plan/desired.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace infrastate::explore {

/// One task of one play on one machine: its arguments, and where it keeps the secret.
struct Task {
    int machine = 0;
    std::string path{}; ///< secret_file; empty: none
    bool vault = false; ///< the caller stores each returned secret and gives it as current_secret
    plan::Desired desired; ///< secret_file and current_secret are filled in when it runs
    int site = 0;          ///< which server it asks
    bool alias = false;    ///< ... under its other name
    Caller::Kind caller = Caller::Kind::configured;
    bool neutral = false; ///< the task also gives neutral values
    bool unnamed = false; ///< the task gives no name (with a path only): desired.name is unused
};

/// A run of a task.
struct Actor {
    int task = 0;
    Millis delay = 0; ///< from the beginning of the step
    Millis timeout = 30'000;
    std::vector<Fault> faults{};
};

enum class Damage {
    file_gone,
    file_empty,
    file_junk,  ///< no key at all: somebody's configuration
    file_wrong, ///< a secret that never belonged to a key
    record_gone,
    record_broken,
    record_field, ///< one member of the record
    vault_gone,
    vault_wrong,
    count_,
};

enum class Deed {
    make,        ///< another tool makes a key: `name`, `user`, `lifetime`, `inactivity`
    remove_held, ///< an operator deletes the key that the task's secret opens
    remove_name, ///< an operator deletes the key called `name`
    give,        ///< an operator puts the secret of the key `name` in the task's place
    remake_user, ///< the user `user` is deleted and made again
    hand_out,    ///< the caller of `task` authenticates with the key `name` from now on
};

struct Step {
    enum class Kind {
        wait,
        run,    ///< several runs at the same time, if there are several actors
        edit,   ///< the task `task` becomes `edited`
        damage, ///< somebody damages what `task` keeps
        deed,   ///< somebody else changes something at the server
        reload, ///< the consumer of the secret reads it again
        use,    ///< ... and uses what it read last
        power,  ///< the task's machine loses power between runs
        full,   ///< the machine's disk is full
        roomy,  ///< ... and has space again
        shut,   ///< nobody may write into the folder of its secret file
        bar,    ///< somebody made a folder with the name of its lock
        mend,   ///< both are repaired
        clone,  ///< the machine of `target` becomes a copy of the task's, as far as its path is
                ///< concerned
        ask,    ///< somebody asks which keys exist, with the task's user and name
    };
    Kind kind = Kind::wait;
    std::uint64_t seed = 0; ///< random numbers of the step; steps do not change each other's
    Millis span = 0;
    std::vector<Actor> actors{};
    bool check_first = false;
    int task = 0;
    int target = 0;
    std::optional<Task> edited{};
    Damage damage = Damage::file_gone;
    Deed deed = Deed::make;
    std::string name{}, user{};
    Millis lifetime = 0, inactivity = 0;
    int site = 0;
};

struct Scenario {
    std::uint64_t seed = 0;
    Millis begins = 1'800'000'000'000;
    int page_size = 100;
    std::vector<std::int64_t> clock_errors{0, 0, 0}; ///< of each machine, in seconds
    bool dull = false;                               ///< marks of different runs are often equal
    bool all_rules = false; ///< also the rules that are not yet expected to hold (oracle.cpp)
    std::vector<Task> tasks;
    std::vector<Step> steps;
};

/// For a person: one line for each.
std::string text(const Task& task);
std::string text(const Step& step, const Scenario& scenario);
std::string text(const plan::Desired& desired);

/// The name of the task's server.
std::string host_of(const Task& task);
std::string host_of(int site, bool alias);

} // namespace infrastate::explore
