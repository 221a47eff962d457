// SPDX-License-Identifier: Apache-2.0
#include "generate.h"

#include "random.h"
#include "theme.h"

#include <algorithm>
#include <array>

namespace infrastate::explore {
namespace {

using plan::Desired;

constexpr std::int64_t minute = 60, hour = 3600, day = 86'400;
/// The shortest time between a new key and its renewal: runs at the end are seconds apart.
constexpr std::int64_t least_life = 5 * minute;

const std::vector<std::string> names{"web", "api"};
const std::vector<std::string> users{"connector", "dev@example.com"};
const std::vector<std::string> paths{"/etc/web.key", "/etc/other.key"};

class Generator {
public:
    Generator(std::uint64_t seed, std::optional<Theme> only)
        : random_(Random(seed).branch(7)), theme_random_(Random(seed).branch(8)) {
        out_.seed = seed;
        out_.begins += random_.below(day * 1000);
        theme_ = only ? *only : any_theme();
    }

    Scenario go() {
        if (random_.chance(30)) out_.page_size = static_cast<int>(random_.between(2, 5));
        for (std::int64_t& error : out_.clock_errors)
            if (random_.chance(50)) error = random_.between(-5 * hour, 5 * hour);
        out_.dull = random_.chance(12);
        tasks();
        Draft draft{out_, theme_random_, edits_};
        prepare_theme(theme_, draft);
        edits_ = out_.tasks;
        prior_keys();
        const bool themed = theme_ != Theme::none;
        const auto steps = random_.between(themed ? 0 : 2, themed ? 5 : 9);
        const auto before = themed ? theme_random_.below(3) : steps;
        for (int i = 0; i < std::max(steps, before); ++i) {
            if (i == before) play_theme(theme_, draft);
            if (i < steps) one_step();
        }
        if (before >= steps) play_theme(theme_, draft);
        return std::move(out_);
    }

private:
    Theme any_theme() {
        if (theme_random_.chance(45)) return Theme::none;
        return static_cast<Theme>(
            theme_random_.between(1, static_cast<std::int64_t>(Theme::count_) - 1));
    }

    Timestamp at(std::int64_t seconds) const {
        return Timestamp::from_unix(out_.begins / 1000 + seconds);
    }
    static Duration span(std::int64_t seconds) { return Duration::from_seconds(seconds); }

    void tasks() {
        const std::int64_t roll = random_.below(100);
        const int machines = roll < 55 ? 1 : roll < 85 ? 2 : 3;
        const bool shared = random_.chance(65);
        Task first = new_task(0);
        for (int i = 0; i < machines; ++i) {
            Task next = shared ? first : new_task(i);
            next.machine = i;
            if (!shared && random_.chance(70))
                next.desired.name = KeyName::parse("web" + std::to_string(i)).value();
            out_.tasks.push_back(std::move(next));
        }
    }

    Task new_task(int machine) {
        const std::int64_t roll = random_.below(100);
        Task out{machine, {}, false, Desired{.name = KeyName::parse(names[0]).value()}};
        if (roll < 82) out.path = paths[0];
        out.vault = roll >= 75 && roll < 92;
        arguments(out);
        return out;
    }

    /// Sets random valid arguments for where the secret is kept.
    void arguments(Task& task) {
        for (int i = 0; i < 20; ++i) {
            Desired candidate = any_arguments(task);
            Desired first = candidate;
            first.secret_file = !task.path.empty();
            first.current_secret =
                task.vault ? plan::CurrentSecret::given : plan::CurrentSecret::not_given;
            if (plan::check_desired(first) && lives_long_enough(candidate)) {
                task.desired = std::move(candidate);
                return;
            }
        }
        task.desired = Desired{.name = task.desired.name, .user = task.desired.user};
    }

    static bool lives_long_enough(const Desired& desired) {
        if (desired.expires_at) return true;
        const std::int64_t life = desired.expires_in.value_or(plan::default_expires_in()).seconds();
        std::int64_t needed = least_life;
        if (desired.renew_before) {
            const auto* percent = std::get_if<plan::Percent>(&*desired.renew_before);
            needed += percent != nullptr ? life * percent->value / 100
                                         : std::get<Duration>(*desired.renew_before).seconds();
        }
        if (desired.renew_splay) needed += desired.renew_splay->seconds();
        if (desired.overlap) needed += desired.overlap->seconds();
        return needed < life;
    }

    Desired any_arguments(const Task& task) {
        Desired out{.name = task.desired.name, .user = task.desired.user};
        const std::vector<std::int64_t> lives{20 * minute, hour, 6 * hour, day, 30 * day};
        std::int64_t life = plan::default_expires_in().seconds();
        if (random_.chance(12)) {
            life = random_.pick(lives);
            out.expires_at = at(life + random_.below(hour));
        } else if (random_.chance(75)) {
            life = random_.pick(lives);
            out.expires_in = span(life);
        }
        if (random_.chance(60))
            out.inactivity_timeout = span(random_.pick(
                std::vector<std::int64_t>{5 * minute, 20 * minute, hour, day, life, life * 2}));
        if (!out.expires_at && random_.chance(35)) {
            if (random_.chance(40))
                out.renew_before = plan::Percent{static_cast<int>(random_.between(1, 90))};
            else
                out.renew_before = span(random_.between(1, life));
            if (random_.chance(30)) out.renew_splay = span(random_.between(1, life / 3));
        }
        if (random_.chance(45)) {
            const std::vector<std::int64_t> overlaps{1, 30, 5 * minute, 30 * minute, 2 * hour};
            out.overlap = span(random_.pick(overlaps));
        }
        if (random_.chance(30)) out.retire = plan::Retire::on_time;
        if (random_.chance(10)) out.rotate_if_created_before = at(random_.between(-hour, 2 * hour));
        if (!out.rotate_if_created_before && random_.chance(2)) out.rotate_now = true;
        if (!task.path.empty() && random_.chance(25)) out.keepers = "keepers-1";
        if (random_.chance(15)) out.adopt = plan::Adopt::replace;
        if (random_.chance(25))
            out.verify = random_.chance(50) ? plan::Verify::always : plan::Verify::never;
        const std::int64_t policy = random_.below(100);
        if (policy < 8) out.recreate = plan::Recreate::never;
        if (policy >= 8 && policy < 20) out.recreate = plan::Recreate::dead;
        if (policy >= 20 && policy < 27) out.recreate = plan::Recreate::always;
        if (random_.chance(35)) out.current_secret_missing = plan::WhenMissing::replace;
        if (random_.chance(5)) out.state = plan::State::absent;
        return out;
    }

    Step& add(Step::Kind kind) {
        Step step;
        step.kind = kind;
        step.seed = random_.next();
        out_.steps.push_back(std::move(step));
        return out_.steps.back();
    }

    int any_task() {
        return static_cast<int>(random_.below(static_cast<std::int64_t>(out_.tasks.size())));
    }

    void foreign_key() {
        Step& step = add(Step::Kind::deed);
        step.deed = Deed::make;
        const Desired& desired = out_.tasks[static_cast<std::size_t>(any_task())].desired;
        step.user = random_.chance(80) ? desired.user : random_.pick(users);
        step.name = desired.name.text();
        const std::int64_t roll = random_.below(100);
        if (roll < 30) step.name += ".rot-" + std::to_string(random_.between(1, 9)) + "-0badcafe";
        if (roll >= 70) step.name = random_.pick(names) + "-of-others";
        const std::int64_t life = desired.expires_in.value_or(plan::default_expires_in()).seconds();
        step.lifetime = (random_.chance(60) ? life : random_.between(minute, 2 * day)) * 1000;
        step.inactivity =
            (random_.chance(60)
                 ? desired.inactivity_timeout.value_or(plan::default_inactivity_timeout()).seconds()
                 : random_.between(minute, 2 * day)) *
            1000;
    }

    void prior_keys() {
        // Adds rows that have nothing to do with the scenario but fill pages.
        if (out_.page_size < 100)
            for (std::int64_t i = random_.between(0, 6); i > 0; --i) {
                Step& step = add(Step::Kind::deed);
                step.user = random_.pick(users);
                step.name = std::string(1, static_cast<char>('a' + random_.below(26))) +
                            "-filler-" + std::to_string(i);
                step.lifetime = 40 * day * 1000;
                step.inactivity = 40 * day * 1000;
            }
        if (random_.chance(15)) {
            foreign_key();
            if (random_.chance(40)) {
                const std::string name = out_.steps.back().name;
                Step& step = add(Step::Kind::deed);
                step.deed = Deed::give;
                step.name = name;
                step.task = any_task();
            }
        }
    }

    void wait() {
        const Desired& desired = out_.tasks[static_cast<std::size_t>(any_task())].desired;
        const std::int64_t life = desired.expires_in.value_or(plan::default_expires_in()).seconds();
        std::vector<std::int64_t> spans{1, 5, 40, 100, 170, 6 * minute, 13 * hour};
        spans.push_back(life - 1);
        spans.push_back(life + 2);
        spans.push_back(life * 2 / 3);
        if (desired.overlap) spans.push_back(desired.overlap->seconds() + random_.between(-1, 5));
        if (desired.inactivity_timeout)
            spans.push_back(desired.inactivity_timeout->seconds() + random_.between(-2, 5));
        add(Step::Kind::wait).span = random_.pick(spans) * 1000 + random_.below(1000);
    }

    Fault fault(Millis timeout) {
        struct Choice {
            int weight;
            Where where;
            int most;
        };
        constexpr std::array<Choice, 13> choices{{{24, Where::post, 1},
                                                  {10, Where::remove, 1},
                                                  {22, Where::any, 70},
                                                  {12, Where::file, 45},
                                                  {6, Where::write, 5},
                                                  {6, Where::rename, 4},
                                                  {6, Where::sync, 8},
                                                  {3, Where::unlink, 3},
                                                  {6, Where::list, 4},
                                                  {4, Where::attempt, 2},
                                                  {2, Where::user, 0},
                                                  {2, Where::version, 0},
                                                  {4, Where::request, 8}}};
        Fault out;
        int roll = static_cast<int>(random_.below(107));
        Choice choice = choices[0];
        for (const Choice& each : choices) {
            choice = each;
            roll -= each.weight;
            if (roll < 0) break;
        }
        out.where = choice.where;
        out.nth = static_cast<int>(random_.below(choice.most + 1));
        const bool on_disk = out.where == Where::file || out.where == Where::write ||
                             out.where == Where::rename || out.where == Where::sync ||
                             out.where == Where::unlink;
        if (on_disk || out.where == Where::any) {
            const std::vector<What> kinds{What::crash_before, What::crash_after, What::crash_within,
                                          What::power_before, What::power_after, What::power_within,
                                          What::no_space,     What::io_error};
            out.what = random_.pick(kinds);
        } else if (out.where == Where::post) {
            const std::vector<What> kinds{
                What::crash_before, What::crash_after, What::power_after, What::lost, What::acted,
                What::acted,        What::late,        What::late,        What::late, What::failed,
                What::failed_acted, What::too_many,    What::blip,        What::slow};
            out.what = random_.pick(kinds);
        } else {
            const std::vector<What> kinds{
                What::crash_before, What::crash_after, What::lost, What::acted,    What::failed,
                What::failed_acted, What::too_many,    What::blip, What::dateless, What::slow};
            out.what = random_.pick(kinds);
        }
        // Some faults last for the whole run.
        if (out.where == Where::attempt && out.what != What::blip && random_.chance(50))
            out.nth = every;
        if (out.what == What::dateless && random_.chance(70)) {
            out.where = Where::request;
            out.nth = every;
        }
        out.amount = random_.between(1, 150);
        if (out.what == What::slow) out.amount = random_.between(100, timeout * 5 / 4);
        if ((out.what == What::too_many || out.what == What::failed) && random_.chance(40))
            out.retry_after = static_cast<int>(random_.between(1, 40));
        return out;
    }

    Actor actor(int task) {
        Actor out;
        out.task = task;
        const std::int64_t roll = random_.below(100);
        if (roll < 10) out.timeout = 10'000;
        if (roll >= 90) out.timeout = 120'000;
        const std::int64_t faults = random_.below(100);
        if (faults >= 45) out.faults.push_back(fault(out.timeout));
        if (faults >= 85) out.faults.push_back(fault(out.timeout));
        // A proxy that sends no Date.
        if (random_.chance(6)) out.faults.push_back({Where::request, every, What::dateless, 0});
        // Two 401s from short failures in one run are a documented limit.
        bool blip = false;
        std::erase_if(out.faults, [&](const Fault& each) {
            const bool second = each.what == What::blip && blip;
            blip = blip || each.what == What::blip;
            return second;
        });
        return out;
    }

    void run() {
        Step step;
        step.kind = Step::Kind::run;
        step.seed = random_.next();
        step.check_first = random_.chance(50);
        step.actors.push_back(actor(any_task()));
        if (random_.chance(30)) {
            // The same task twice at once, or another one.
            step.actors.push_back(actor(any_task()));
            step.actors.back().delay = random_.chance(50) ? 0 : random_.below(800);
        }
        out_.steps.push_back(std::move(step));
        add(Step::Kind::wait).span = random_.between(100, 4000);
    }

    void edit() {
        const int index = any_task();
        Task& task = out_.tasks[static_cast<std::size_t>(index)];
        // `task` is the task before any edit.
        Task& now = edits_[static_cast<std::size_t>(index)];
        switch (random_.below(11)) {
        case 0:
            now.desired.name =
                KeyName::parse(now.desired.name.text() == "renamed" ? task.desired.name.text()
                                                                    : "renamed")
                    .value();
            break;
        case 1:
            now.desired.user = now.desired.user == users[0] ? users[1] : users[0];
            break;
        case 2:
            if (!now.path.empty())
                now.path =
                    random_.chance(15) ? "/missing/web.key" : paths[now.path == paths[0] ? 1 : 0];
            break;
        case 3:
        case 9:
        case 10:
            if (!now.path.empty())
                now.desired.keepers =
                    now.desired.keepers == "keepers-1" ? "keepers-2" : "keepers-1";
            break;
        case 4:
            now.desired.state = now.desired.state == plan::State::present ? plan::State::absent
                                                                          : plan::State::present;
            break;
        case 5:
            if (random_.chance(50)) {
                now.desired.id =
                    ServerId::parse("k" + std::to_string(random_.between(1, 6))).value();
                break;
            }
            now.desired.id.reset();
            break;
        default:
            arguments(now);
            break;
        }
        Step& step = add(Step::Kind::edit);
        step.task = index;
        step.edited = now;
    }

    void one_step() {
        const std::int64_t roll = random_.below(100);
        if (roll < 52) {
            run();
        } else if (roll < 68) {
            wait();
        } else if (roll < 77) {
            const int who = any_task();
            if (random_.chance(60)) add(Step::Kind::reload).task = who;
            add(Step::Kind::use).task = who;
        } else if (roll < 88) {
            edit();
        } else if (roll < 91) {
            Step& step = add(Step::Kind::damage);
            step.task = any_task();
            step.damage =
                static_cast<Damage>(random_.below(static_cast<std::int64_t>(Damage::count_)));
        } else if (roll < 95) {
            if (random_.chance(50)) return foreign_key();
            Step& step = add(Step::Kind::deed);
            step.deed = Deed::remove_held;
            step.task = any_task();
        } else if (roll < 97) {
            add(Step::Kind::power).task = any_task();
        } else {
            const int who = any_task();
            add(Step::Kind::full).task = who;
            run();
            add(Step::Kind::roomy).task = who;
        }
    }

    Random random_, theme_random_;
    Theme theme_ = Theme::none;
    Scenario out_;
    std::vector<Task> edits_; ///< the tasks after the steps so far
};

} // namespace

Scenario generate(std::uint64_t seed, std::optional<Theme> only) {
    return Generator(seed, only).go();
}

} // namespace infrastate::explore
