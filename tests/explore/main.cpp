// SPDX-License-Identifier: Apache-2.0
// explore: runs scenarios from seeds and says which rule did not hold, with the command that runs
// that scenario again. It also counts what the scenarios reached, so that a run that tests nothing
// does not look like a success.
#include "generate.h"
#include "player.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace infrastate;
using namespace infrastate::explore;

struct Options {
    std::uint64_t seeds = 1000, from = 1;
    int jobs = 1;
    std::uint64_t seed = 0; ///< the only one
    bool trace = false, shrink = false, mutations = false;
    std::uint64_t most_failures = 10;
    Mutation mutation = Mutation::none;
    std::optional<Theme> theme{};
};

constexpr std::string_view usage =
    "usage: explore [--seeds N] [--from S] [--jobs J] [--failures N] [--mutation NAME]\n"
    "               [--theme NAME]\n"
    "       explore --seed S [--trace] [--shrink] [--mutation NAME] [--theme NAME]\n"
    "       explore --mutations [--seeds N] [--jobs J]\n"
    "  --seeds N      plays N scenarios (1000), from seed S (1)\n"
    "  --jobs J       with J processes\n"
    "  --failures N   stops after so many (10)\n"
    "  --seed S       plays one scenario; --trace tells it, --shrink makes it smaller first\n"
    "  --mutation M   breaks one promise of the ports\n"
    "  --mutations    breaks each in turn and fails unless each is found within N seeds, by the\n"
    "                 rule that is about it where there is one\n";

template <class Number>
bool read_number(const char* text, Number& out) {
    const char* const end = text + std::strlen(text);
    const auto [stop, status] = std::from_chars(text, end, out);
    return status == std::errc{} && stop == end;
}

bool read_options(int argc, char** argv, Options& out) {
    for (int i = 1; i < argc; ++i) {
        const std::string_view name(argv[i]);
        const bool more = i + 1 < argc;
        bool good = true;
        if (name == "--trace") {
            out.trace = true;
        } else if (name == "--shrink") {
            out.shrink = true;
        } else if (name == "--mutations") {
            out.mutations = true;
        } else if (!more) {
            good = false;
        } else if (name == "--seeds") {
            good = read_number(argv[++i], out.seeds);
        } else if (name == "--from") {
            good = read_number(argv[++i], out.from);
        } else if (name == "--jobs") {
            good = read_number(argv[++i], out.jobs) && out.jobs > 0;
        } else if (name == "--failures") {
            good = read_number(argv[++i], out.most_failures);
        } else if (name == "--seed") {
            good = read_number(argv[++i], out.seed) && out.seed > 0;
        } else if (name == "--mutation") {
            const auto found = mutation_named(argv[++i]);
            good = found.has_value();
            if (found) out.mutation = *found;
        } else if (name == "--theme") {
            out.theme = theme_named(argv[++i]);
            good = out.theme.has_value();
        } else {
            good = false;
        }
        if (!good) return false;
    }
    return true;
}

/// Counts over all scenarios. It is in memory that the processes share.
struct Counts {
    std::uint64_t scenarios = 0, failures = 0, runs = 0, struck = 0, died = 0, concurrent = 0,
                  errors = 0, limits = 0;
    std::uint64_t now = 0; ///< the seed that is running
    std::array<std::uint64_t, std::size(plan::all_reasons)> reasons{};
    std::array<std::uint64_t, 8> actions{};
    std::array<std::uint64_t, situation_names.size()> situations{}; ///< scenarios
    std::array<std::uint64_t, details_to_reach.size()> details{};
};

void count(const Player& player, Counts& into) {
    ++into.scenarios;
    for (std::size_t i = 0; i < into.situations.size(); ++i)
        into.situations.at(i) += player.met(static_cast<Situation>(i)) ? 1U : 0U;
    into.limits += static_cast<std::uint64_t>(player.limits_met());
    for (const auto& result : player.results()) {
        if (result->skipped) continue;
        ++into.runs;
        into.struck += result->struck ? 1U : 0U;
        into.died += result->died ? 1U : 0U;
        into.concurrent += result->alone ? 0U : 1U;
        if (result->died) continue;
        into.errors += result->report.error ? 1U : 0U;
        for (std::size_t i = 0; i < details_to_reach.size() && result->report.error; ++i)
            into.details.at(i) += result->report.error->detail == details_to_reach.at(i) ? 1U : 0U;
        ++into.reasons.at(static_cast<std::size_t>(result->report.plan.reason));
        for (const plan::Action& action : result->report.actions)
            ++into.actions.at(static_cast<std::size_t>(action.kind));
    }
}

std::string command(std::uint64_t seed, const Options& options) {
    return "explore --seed " + std::to_string(seed) + " --trace --shrink" +
           (options.theme ? " --theme " + name(*options.theme) : "") +
           (options.mutation == Mutation::none ? "" : " --mutation " + name(options.mutation));
}

int play_one(const Options& options) {
    Scenario scenario = generate(options.seed, options.theme);
    if (options.shrink) {
        const auto first = Player(scenario, options.mutation, false).play();
        if (first) {
            const auto fails = [&](const Scenario& candidate) {
                const auto found = Player(candidate, options.mutation, false).play();
                return found && found->rule == first->rule;
            };
            scenario = shrink(std::move(scenario), fails);
        }
    }
    Player player(scenario, options.mutation, options.trace);
    const auto violation = player.play();
    for (const std::string& line : player.simulation().events.lines)
        std::cout << line << "\n";
    if (!violation) {
        std::cout << "seed " << options.seed << ": every rule holds\n";
        return EXIT_SUCCESS;
    }
    std::cout << "seed " << options.seed << " breaks " << violation->rule << ": " << violation->text
              << "\n";
    return EXIT_FAILURE;
}

/// Runs every `jobs`th seed, beginning with the `job`th. Ends early if enough have failed.
void work(const Options& options, int job, Counts* all) {
    Counts& mine = all[job];
    const std::string rule = options.mutations ? rule_of(options.mutation) : "";
    for (auto i = static_cast<std::uint64_t>(job); i < options.seeds;
         i += static_cast<std::uint64_t>(options.jobs)) {
        std::uint64_t failures = 0;
        for (int j = 0; j < options.jobs; ++j)
            failures += all[j].failures;
        if (failures >= options.most_failures) return;
        mine.now = options.from + i;
        Player player(generate(mine.now, options.theme), options.mutation, false);
        const auto violation = player.play();
        count(player, mine);
        if (!violation) continue;
        if (!rule.empty() && violation->rule != rule) continue; // another rule noticed it by chance
        ++mine.failures;
        if (options.mutations) continue; // it only matters whether it is found
        std::ostringstream text;
        text << "seed " << mine.now << " breaks " << violation->rule << ": " << violation->text
             << "\n  " << command(mine.now, options) << "\n";
        const std::string line = text.str();
        if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::_Exit(EXIT_FAILURE);
    }
}

/// Runs in processes of its own, so that a crash of the code under test is a finding, too.
Counts play_many(const Options& options) {
    const std::size_t size = sizeof(Counts) * static_cast<std::size_t>(options.jobs);
    void* const memory =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    auto* const all = static_cast<Counts*>(memory);
    for (int job = 0; job < options.jobs; ++job)
        new (all + job) Counts();
    std::cout << std::flush;
    std::vector<pid_t> children;
    for (int job = 0; job < options.jobs; ++job) {
        const pid_t child = ::fork();
        if (child == 0) {
            work(options, job, all);
            std::_Exit(EXIT_SUCCESS);
        }
        children.push_back(child);
    }
    Counts sum;
    for (int job = 0; job < options.jobs; ++job) {
        int status = 0;
        ::waitpid(children[static_cast<std::size_t>(job)], &status, 0);
        const Counts& one = all[job];
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            ++sum.failures;
            std::cout << "seed " << one.now << " ends the process\n  " << command(one.now, options)
                      << "\n";
        }
        sum.scenarios += one.scenarios;
        sum.failures += one.failures;
        sum.runs += one.runs;
        sum.struck += one.struck;
        sum.died += one.died;
        sum.concurrent += one.concurrent;
        sum.errors += one.errors;
        sum.limits += one.limits;
        for (std::size_t i = 0; i < one.reasons.size(); ++i)
            sum.reasons.at(i) += one.reasons.at(i);
        for (std::size_t i = 0; i < one.actions.size(); ++i)
            sum.actions.at(i) += one.actions.at(i);
        for (std::size_t i = 0; i < one.situations.size(); ++i)
            sum.situations.at(i) += one.situations.at(i);
        for (std::size_t i = 0; i < one.details.size(); ++i)
            sum.details.at(i) += one.details.at(i);
    }
    ::munmap(memory, size);
    return sum;
}

int explore_all(const Options& options) {
    const auto began = std::chrono::steady_clock::now();
    const Counts sum = play_many(options);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::cout << sum.scenarios << " scenarios, " << sum.runs << " runs (" << sum.struck
              << " met by a fault, " << sum.died << " killed, " << sum.concurrent
              << " beside another, " << sum.errors << " ended with an error), "
              << static_cast<long long>(static_cast<double>(sum.scenarios) / took.count())
              << " scenarios a second\nreasons:";
    bool all_reached = true;
    for (std::size_t i = 0; i < sum.reasons.size(); ++i) {
        std::cout << " " << plan::name(plan::all_reasons[i]) << " " << sum.reasons.at(i);
        all_reached = all_reached && sum.reasons.at(i) > 0;
    }
    std::cout << "\nactions:";
    for (std::size_t i = 0; i < sum.actions.size(); ++i) {
        const auto kind = static_cast<plan::ActionKind>(i);
        std::cout << " " << plan::name(kind) << " " << sum.actions.at(i);
        // No mode, owner or group is asked for here: tests of the store cover them.
        all_reached =
            all_reached && (sum.actions.at(i) > 0 || kind == plan::ActionKind::set_attributes);
    }
    std::cout << "\nscenarios with:";
    for (std::size_t i = 0; i < sum.situations.size(); ++i) {
        std::cout << " " << situation_names.at(i) << " " << sum.situations.at(i);
        all_reached = all_reached && sum.situations.at(i) > 0;
    }
    std::cout << "\nrefusals:";
    for (std::size_t i = 0; i < sum.details.size(); ++i) {
        std::cout << " " << details_to_reach.at(i) << " " << sum.details.at(i);
        all_reached = all_reached && sum.details.at(i) > 0;
    }
    std::cout << "\nequal marks by chance: " << sum.limits << "\n"
              << sum.scenarios - std::min(sum.scenarios, sum.failures) << " passed, "
              << sum.failures << " failed\n";
    if (sum.failures > 0) return EXIT_FAILURE;
    constexpr std::uint64_t enough = 2000;
    if (sum.scenarios >= enough && !all_reached && !options.theme) {
        std::cout
            << "not every reason, action, situation and refusal was reached: the scenarios are "
               "too tame\n";
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

int find_mutations(Options options) {
    int missed = 0;
    options.most_failures = 1;
    for (const Mutation mutation : all_mutations()) {
        options.mutation = mutation;
        const Counts sum = play_many(options);
        const bool found = sum.failures > 0;
        std::cout << (found ? "found   " : "MISSED  ") << name(mutation) << " (" << sum.scenarios
                  << " scenarios)\n";
        if (!found) ++missed;
    }
    std::cout << all_mutations().size() - static_cast<std::size_t>(missed) << " passed, " << missed
              << " failed\n";
    return missed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    if (!read_options(argc, argv, options)) {
        std::cerr << usage;
        return 2;
    }
    if (options.seed != 0) return play_one(options);
    if (options.mutations) return find_mutations(options);
    return explore_all(options);
}
