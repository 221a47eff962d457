// SPDX-License-Identifier: Apache-2.0
// Makes a failing scenario smaller: leaves out steps, runs, faults and arguments, as long as it
// still fails without them.
#pragma once

#include "generate.h"

#include <functional>
#include <utility>
#include <vector>

namespace infrastate::explore {

/// Ways to make an argument simpler; each is tried alone.
inline const std::vector<std::function<void(plan::Desired&)>>& simplifications() {
    using plan::Desired;
    static const std::vector<std::function<void(Desired&)>> all{
        [](Desired& d) { d.id.reset(); },
        [](Desired& d) { d.expires_at.reset(); },
        [](Desired& d) { d.expires_in.reset(); },
        [](Desired& d) { d.inactivity_timeout.reset(); },
        [](Desired& d) { d.renew_splay.reset(); },
        [](Desired& d) { d.renew_before.reset(), d.renew_splay.reset(); },
        [](Desired& d) { d.overlap.reset(); },
        [](Desired& d) { d.retire = plan::Retire::when_replaced_in_use; },
        [](Desired& d) { d.rotate_if_created_before.reset(); },
        [](Desired& d) { d.rotate_now = false; },
        [](Desired& d) { d.keepers.reset(); },
        [](Desired& d) { d.adopt = plan::Adopt::never; },
        [](Desired& d) { d.verify = plan::Verify::automatic; },
        [](Desired& d) { d.recreate = plan::Recreate::state_change; },
        [](Desired& d) { d.current_secret_missing = plan::WhenMissing::fail; },
    };
    return all;
}

template <class Fails>
class Shrinker {
public:
    Shrinker(Scenario scenario, const Fails& fails) : best_(std::move(scenario)), fails_(fails) {}

    Scenario go() {
        bool smaller = true;
        while (smaller && plays_ < most_plays) {
            smaller = fewer_steps();
            smaller = fewer_actors() || smaller;
            smaller = fewer_faults() || smaller;
            smaller = simpler_arguments() || smaller;
            smaller = simpler_world() || smaller;
        }
        return best_;
    }

private:
    static constexpr int most_plays = 3000;

    bool accept(Scenario candidate) {
        if (++plays_ > most_plays || !fails_(candidate)) return false;
        best_ = std::move(candidate);
        return true;
    }

    bool fewer_steps() {
        bool any = false;
        for (std::size_t i = best_.steps.size(); i-- > 0;) {
            Scenario candidate = best_;
            candidate.steps.erase(candidate.steps.begin() + static_cast<std::ptrdiff_t>(i));
            any = accept(std::move(candidate)) || any;
        }
        return any;
    }

    bool fewer_actors() {
        bool any = false;
        for (std::size_t i = 0; i < best_.steps.size(); ++i)
            for (std::size_t j = best_.steps[i].actors.size(); j-- > 0;) {
                if (best_.steps[i].actors.size() < 2) break;
                Scenario candidate = best_;
                auto& actors = candidate.steps[i].actors;
                actors.erase(actors.begin() + static_cast<std::ptrdiff_t>(j));
                any = accept(std::move(candidate)) || any;
            }
        return any;
    }

    bool fewer_faults() {
        bool any = false;
        for (std::size_t i = 0; i < best_.steps.size(); ++i)
            for (std::size_t j = 0; j < best_.steps[i].actors.size(); ++j)
                for (std::size_t k = best_.steps[i].actors[j].faults.size(); k-- > 0;) {
                    Scenario candidate = best_;
                    auto& faults = candidate.steps[i].actors[j].faults;
                    faults.erase(faults.begin() + static_cast<std::ptrdiff_t>(k));
                    any = accept(std::move(candidate)) || any;
                }
        return any;
    }

    bool simpler_arguments() {
        bool any = false;
        const auto same_text = [](const plan::Desired& a, const plan::Desired& b) {
            return text(a) == text(b);
        };
        for (const auto& simplify : simplifications()) {
            // First in all places at once, then in one place at a time.
            Scenario all = best_;
            bool differs = false;
            const auto change = [&](plan::Desired& desired) {
                const plan::Desired before = desired;
                simplify(desired);
                differs = differs || !same_text(before, desired);
            };
            for (Task& task : all.tasks)
                change(task.desired);
            for (Step& step : all.steps)
                if (step.edited) change(step.edited->desired);
            if (differs) any = accept(std::move(all)) || any;
        }
        return any;
    }

    bool simpler_world() {
        bool any = false;
        if (best_.page_size != 100) {
            Scenario candidate = best_;
            candidate.page_size = 100;
            any = accept(std::move(candidate)) || any;
        }
        for (std::size_t i = best_.tasks.size(); i-- > 1;) {
            bool used = false;
            for (const Step& step : best_.steps) {
                used =
                    used || step.task >= static_cast<int>(i) || step.target >= static_cast<int>(i);
                for (const Actor& actor : step.actors)
                    used = used || actor.task >= static_cast<int>(i);
            }
            if (used) break;
            Scenario candidate = best_;
            candidate.tasks.pop_back();
            any = accept(std::move(candidate)) || any;
        }
        return any;
    }

    Scenario best_;
    const Fails& fails_;
    int plays_ = 0;
};

template <class Fails>
Scenario shrink(Scenario scenario, const Fails& fails) {
    return Shrinker<Fails>(std::move(scenario), fails).go();
}

} // namespace infrastate::explore
