// SPDX-License-Identifier: Apache-2.0
// A scenario written step by step, for tests: short functions on top of Player. A violated rule
// fails the test and shows the scenario so far.
#pragma once

#include "player.h"
#include "support/check.h"

#include <string>
#include <vector>

namespace infrastate::explore {

inline constexpr std::int64_t minute = 60, hour = 3600, day = 86'400;

inline Duration span(std::int64_t seconds) {
    return Duration::from_seconds(seconds);
}

/// A task that keeps its secret in a file of its machine.
inline Task on_disk(int machine = 0) {
    return {machine, "/etc/web.key", false,
            plan::Desired{.name = test::must(KeyName::parse("web"))}};
}
/// A task whose caller stores the secret.
inline Task in_a_vault(int machine = 0) {
    Task out = on_disk(machine);
    out.path.clear();
    out.vault = true;
    return out;
}

class Trace {
public:
    explicit Trace(std::vector<Task> tasks, bool dull = false)
        : player_(scenario(std::move(tasks), dull), Mutation::none, true) {}

    const RunResult& run(int task, std::vector<Fault> faults = {}) {
        Step step = of(Step::Kind::run);
        step.actors = {Actor{task}};
        step.actors[0].faults = std::move(faults);
        play(step);
        return player_.last();
    }
    /// The second run begins `delay` ms after the first; their results are the last two.
    void run_both(const Actor& first, const Actor& second) {
        Step step = of(Step::Kind::run);
        step.actors = {first, second};
        play(step);
    }
    void wait(std::int64_t seconds) {
        Step step = of(Step::Kind::wait);
        step.span = seconds * 1000;
        play(step);
    }
    template <class Change>
    void edit(int task, const Change& change) {
        Step step = of(Step::Kind::edit);
        step.task = task;
        step.edited = player_.task(task);
        change(*step.edited);
        play(step);
    }
    void damage(int task, Damage what) {
        Step step = of(Step::Kind::damage);
        step.task = task;
        step.damage = what;
        play(step);
    }
    void make(const std::string& name, std::int64_t lifetime, std::int64_t inactivity) {
        Step step = of(Step::Kind::deed);
        step.name = name;
        step.user = "connector";
        step.lifetime = lifetime * 1000;
        step.inactivity = inactivity * 1000;
        play(step);
    }
    /// Somebody deletes the key whose secret the task keeps.
    void remove_held(int task) {
        Step step = of(Step::Kind::deed);
        step.deed = Deed::remove_held;
        step.task = task;
        play(step);
    }
    void clone(int from, int to) {
        Step step = of(Step::Kind::clone);
        step.task = from;
        step.target = to;
        play(step);
    }
    void remake_user(const std::string& user) {
        Step step = of(Step::Kind::deed);
        step.deed = Deed::remake_user;
        step.user = user;
        play(step);
    }
    void give(const std::string& name, int task) {
        Step step = of(Step::Kind::deed);
        step.deed = Deed::give;
        step.name = name;
        step.task = task;
        play(step);
    }
    /// The consumer reads the secret (again). From then on use() uses that one.
    void reload(int task) { play(with_task(Step::Kind::reload, task)); }
    void use(int task) { play(with_task(Step::Kind::use, task)); }
    void settle() {
        player_.settle();
        must_hold();
    }
    /// Ends the scenario as one from a seed ends.
    void end() {
        settle();
        player_.verify_end();
        must_hold();
    }

    Player& player() noexcept { return player_; }
    std::string kept(int task = 0) { return player_.kept(task); }
    /// The live keys of the task's family, as "web web.rot-1".
    std::string live(int task = 0) {
        std::string out;
        for (const Key* key : player_.live_family(task)) {
            const auto dash = key->name.rfind('-');
            const bool rotated = key->name.find(".rot-") != std::string::npos;
            out += (out.empty() ? "" : " ") + (rotated ? key->name.substr(0, dash) : key->name);
        }
        return out;
    }
    const Key* opened(int task = 0) { return player_.server().by_secret(kept(task)); }

    /// "rotation_due create retire changed error:detail"
    static std::string done(const RunResult& result) {
        if (result.died) return "died";
        std::string out(plan::name(result.report.plan.reason));
        for (const plan::Action& action : result.report.actions)
            out += " " + std::string(plan::name(action.kind));
        if (result.report.changed) out += " changed";
        if (result.report.error) out += " error:" + result.report.error->detail;
        return out;
    }

    void must_hold(const test::Place& place = {}) {
        if (!player_.violation()) return;
        std::string scenario = player_.violation()->rule + ": " + player_.violation()->text;
        for (const std::string& line : player_.simulation().events.lines)
            scenario += "\n" + line;
        CppUnit::Asserter::fail(scenario, place.source);
    }

private:
    static Scenario scenario(std::vector<Task>&& tasks, bool dull) {
        Scenario out;
        out.seed = 1;
        out.dull = dull;
        out.tasks = std::move(tasks);
        return out;
    }
    Step of(Step::Kind kind) {
        Step out;
        out.kind = kind;
        out.seed = ++serial_;
        return out;
    }
    Step with_task(Step::Kind kind, int task) {
        Step out = of(kind);
        out.task = task;
        return out;
    }
    void play(const Step& step) {
        player_.step(step);
        must_hold();
    }

    Player player_;
    std::uint64_t serial_ = 100;
};

} // namespace infrastate::explore
