// SPDX-License-Identifier: Apache-2.0
// Runs a scenario: the real reconcile, plan and store on the simulated machines and server. The
// oracle checks each change, and the end.
#pragma once

#include "machine.h"
#include "mutation.h"
#include "run_api.h"
#include "scenario.h"
#include "server.h"
#include "situation.h"

#include "infrastate/reconcile/access_key.h"

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace infrastate::explore {

/// A little more than the horizon of each intent (infrastate::intent_grace_seconds).
inline constexpr Millis beyond_horizon = 155'000;

/// A rule that did not hold.
struct Violation {
    std::string rule; ///< short and stable: failures are counted by it
    std::string text;
};

/// The contents of a record on disk, as far as they can be read.
struct Recorded {
    std::string host, user, user_id, name, id;
    std::string machine;                  ///< 64 digits, or empty
    std::set<std::string> predecessors{}; ///< their identifiers
};

/// Everything that is known about one run when it has ended.
struct RunResult {
    int run = 0;
    int actor_task = 0; ///< index into the scenario's tasks
    int identity = 0;
    plan::Desired desired;
    bool check = false; ///< in check mode
    bool died = false;
    bool skipped = false; ///< the arguments are not valid
    bool struck = false;  ///< a fault affected it
    bool alone = true;
    bool file_changed = false;
    bool unmarked = false; ///< it opened an intent without a mark, so its key cannot be recognized
    bool had_intents = false; ///< intents of earlier runs existed when it began
    int requests = 0;
    Millis began = 0, until = 0;
    std::optional<Millis> first_listing{};
    std::int64_t first_date = 0; ///< the Date of that listing's answer
    int site = 0;
    Rights rights{};                    ///< the caller's rights when the run began
    std::optional<Recorded> record{};   ///< the record when it began
    std::string kept{};                 ///< the kept secret when it began
    bool family_there = false;          ///< when it began, others knew keys of the family
    std::optional<Error> failed_post{}; ///< the last POST, if it made no key
    Millis failed_at = 0;
    bool denied = false;           ///< the server said that it may not create
    bool own_key = false;          ///< ... that it cannot delete the key that authenticates
    bool bad_name = false;         ///< ... that the name of the new key is not allowed
    bool told_to_wait = false;     ///< ... that it must come again later
    std::optional<Millis> hasty{}; ///< how much sooner than the server asked a change was sent
    bool hindered = false;         ///< when it began, the folder or the lock could not be used
    bool full = false;             ///< when it began, the disk was full
    bool copy = false;             ///< when it began, the files were a copy of another machine's
    Millis ended = 0;
    bool calm = false; ///< it had nothing to change right before a member of the record was damaged
    reconcile::Report report{};
    std::vector<ServerChange> changes{};
};

class Player {
public:
    Player(const Scenario& scenario, Mutation mutation, bool tell);
    ~Player();

    /// Runs all steps, then the runs until nothing changes, then the end. Returns the first
    /// violation, if any.
    std::optional<Violation> play();

    // For scenarios written by hand: the parts of play(), and their results.
    void step(const Step& step);
    void settle();
    void verify_end();
    const std::optional<Violation>& violation() const noexcept { return violation_; }
    const RunResult& last() const { return *results_.back(); }
    const std::vector<std::unique_ptr<RunResult>>& results() const noexcept { return results_; }
    Simulation& simulation() noexcept { return simulation_; }
    Server& server() noexcept { return server_; }
    Machine& machine(int number) { return *machines_.at(static_cast<std::size_t>(number)); }
    Task& task(int index) { return tasks_.at(static_cast<std::size_t>(index)); }
    /// What the task keeps: its file's contents without newline, or the stored secret.
    std::string kept(int task) const;
    /// The contents of the new secret beside the task's file, if any.
    std::string leftover(int task) const;
    std::vector<const Key*> live_family(int task) const;
    /// The managed name of the task's key. An unnamed task keeps the name of its record if this
    /// machine made the record; otherwise it has the name of its place.
    KeyName name_of(int task) const;
    int identity_of(int task) const { return identities_.at(static_cast<std::size_t>(task)); }
    /// How often random marks were equal, which is a documented limit.
    int limits_met() const noexcept { return limits_met_; }
    bool met(Situation what) const { return met_.at(static_cast<std::size_t>(what)); }

private:
    /// A POST that a task was about to send. It tells a documented limit from a defect.
    struct Sent {
        int identity;
        int run;
        std::string name, user_id;
        Millis expiry, inactivity;
        Timestamp started;
        Millis at, until;
        bool refused; ///< the run got the answer "taken"
    };

    void run_step(const Step& step);
    void identify(int task);
    void look_around(RunResult& result);
    void look_at_disk(RunResult& result) const;
    Caller caller_of(int task) const;

    // deeds.cpp
    void deed(const Step& step);
    void damage(const Step& step);
    void damage_field(const Step& step);
    void hinder(const Step& step);
    void clone(const Step& step);
    bool is_hindered(const Task& which) const;
    bool is_copy(int task) const;
    std::set<std::string> own_claims_of(int task) const;
    void mend();
    void ask(const Step& step);
    std::optional<Recorded> recorded(int task) const;
    /// Starts the run at now + delay. It has ended when simulation_.finish() returns.
    RunResult& begin_run(const Actor& actor, reconcile::Mode mode, std::uint64_t seed, bool alone);
    void body(const Actor& actor, reconcile::Mode mode, std::uint64_t seed, RunResult& result);
    plan::Desired desired_now(int task) const;
    bool may_check_first(const Step& step) const;
    /// A check that leaves no trace.
    const RunResult& check_now(const Actor& actor, std::uint64_t seed);
    struct Round {
        bool quiet = true; ///< nothing was changed
        bool settled =
            true; ///< nothing was changed but retirements and what happened because time passed
    };
    Round round(std::uint64_t seed);
    void consumers_use();
    void note_intents(const std::vector<Intent>& intents, RunResult& result, Millis end);
    std::set<std::string> claims_of(int task) const;
    std::string run_text(const RunResult& result) const;

    // oracle.cpp
    void violate(const std::string& rule, const std::string& text);
    void watch_removal(const Key& key, int run);
    void watch_retirement(const Key& key, const RunResult& by, const std::string& what);
    void watch_file(RunResult& result, const std::string& path,
                    const std::optional<std::string>& before,
                    const std::optional<std::string>& after);

    // oracle_rules.cpp
    void watch_text(const RunResult& result, const std::string& before, const std::string& after,
                    const std::string& where);
    void watch_other_tasks(const Key& key, const RunResult& by, const std::string& what);
    bool is_of(const Key& key, const RunResult& result) const;
    void verify_visible(const RunResult& result);
    void verify_refusals(const RunResult& result);
    void verify_deadline(const RunResult& result);
    void verify_calm(const RunResult& result);
    void verify_neutral(const RunResult& result);
    void note_situations(const RunResult& result);
    void note(Situation what) { met_.at(static_cast<std::size_t>(what)) = true; }

    // oracle_told.cpp
    void verify_words(const RunResult& result);
    void verify_asked(const RunResult& result);
    void verify_now(const RunResult& result);
    void verify_unnamed(const RunResult& result);
    void verify_shared(const RunResult& result);
    void verify_posts(const RunResult& result);

    // oracle_run.cpp, oracle_end.cpp
    void verify_run(const RunResult& result);
    void verify_check(const RunResult& check, const RunResult& real);
    void verify_task_at_end(int task);
    void verify_orphans();
    bool has_intents(int task) const;
    bool is_shared(int task) const;
    bool was_struck(int identity) const;
    bool was_another_task(int identity) const;
    bool died_lately(int task) const;
    bool contradict() const;
    bool in_overlap(const Key& newest, const RunResult& last) const;
    bool may_refuse(int task, const RunResult& result) const;

    const Scenario scenario_;
    const Mutation mutation_;
    Simulation simulation_;
    Server server_;
    std::vector<std::unique_ptr<Machine>> machines_;
    std::vector<Task> tasks_;
    std::vector<int> identities_; ///< of each task; tasks with one place share one
    std::map<std::pair<int, std::string>, int> places_; ///< (machine, path) -> identity
    std::vector<std::string> vaults_, consumers_;
    std::vector<std::unique_ptr<RunResult>> results_;
    std::vector<RunResult*> running_;
    std::vector<Sent> sent_;
    std::array<bool, static_cast<std::size_t>(Situation::count_)> met_{};
    std::map<int, Caller> handed_out_; ///< callers of tasks that authenticate with a listed key
    std::map<int, Millis> calm_;       ///< identities that had nothing to change just before
    std::set<std::pair<int, std::string>> remade_; ///< (site, user)
    std::map<int, std::set<std::string>>
        copied_; ///< secrets that were on another machine's copied disk
    /// The key that an identity's record names, and what it was asked for.
    std::map<int, std::pair<std::string, AskedFor>> asked_;
    std::set<int> damaged_;       ///< identities whose record or secret was damaged
    std::set<int> disturbed_;     ///< identities for which somebody else made or gave a key
    std::map<int, int> last_run_; ///< of each task: index into results_
    std::map<int, std::set<std::string>> held_; ///< secrets that each identity ever kept
    bool contradiction_ = false;                ///< tasks want different things of one key
    std::optional<Violation> violation_;
    int next_identity_ = 0;
    int limits_met_ = 0;
};

} // namespace infrastate::explore
