// SPDX-License-Identifier: Apache-2.0
#include "mutation.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace infrastate::explore {
namespace {

/// Its name, and the rule whose invariant must notice it; empty: any rule.
struct Entry {
    std::string_view name, rule{};
};

constexpr std::array<Entry, static_cast<std::size_t>(Mutation::count_)> entries{{
    {"none"},
    {"intents_not_written"},
    {"folder_not_synced"},
    {"no_lock"},
    {"tried_dropped"},
    {"predecessors_dropped"},
    {"leftover_hidden"},
    {"conflict_unclear"},
    {"doubt_is_refusal"},
    {"time_always_exact"},
    {"horizon_cut"},
    {"unknown_is_deleted"},
    {"hidden_is_absent", "not-visible-is-not-absent"},
    {"others_key_refused", "secret-kept"},
    {"every_401_is_proof", "secret-kept"},
    {"digests_alike", "secret-kept"},
    {"host_ignored", "secret-kept"},
    {"listed_id_ignored", "ends-well"},
    {"name_ignored", "absent-takes-its-own"},
    {"settled_at_once", "two-tasks-in-turn"},
    {"never_settled", "settled-may-go-back"},
    {"wish_is_said", "says-what-it-deletes"},
    {"denial_is_conflict", "may-it-create"},
    {"too_many_is_final", "not-given-up-early"},
    {"busy_is_final", "not-given-up-early"},
    {"retry_after_unread", "waits-as-told"},
    {"user_id_unchecked", "not-visible-is-not-absent"},
    {"removal_unprepared", "folder-first"},
    {"damage_passed_on", "damage-rotates-nothing"},
    {"ids_alone", "others-keys"},
    {"high_numbers_strange", "absent-is-gone"},
    {"long_names_accepted", "names-fit"},
    {"uses_hidden", "own-key-first"},
    {"lock_not_looked_at", "check-equals-run"},
    {"neutral_values_heard", "neutral-values"},
    {"mark_is_shown", "shows-what-was-asked"},
    {"machine_ignored", "unnamed-keeps-its-key"},
    {"machine_dropped", "ends-well"},
    {"derived_name_wins", "unnamed-keeps-its-key"},
    {"now_by_own_clock", "rotates-now"},
    {"heedless_pause", "ends-in-time"},
}};

} // namespace

std::string name(Mutation value) {
    return std::string(entries.at(static_cast<std::size_t>(value)).name);
}

std::string rule_of(Mutation value) {
    return std::string(entries.at(static_cast<std::size_t>(value)).rule);
}

std::optional<Mutation> mutation_named(const std::string& text) {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const Entry& each) { return each.name == text; });
    if (found == entries.end()) return std::nullopt;
    return static_cast<Mutation>(found - entries.begin());
}

std::vector<Mutation> all_mutations() {
    std::vector<Mutation> out;
    for (std::size_t i = 1; i < entries.size(); ++i)
        out.push_back(static_cast<Mutation>(i));
    return out;
}

Result<void> mutated_check(const plan::Desired& desired, Mutation mutation) {
    auto checked = plan::check_desired(desired);
    if (!checked && checked.error().field == "name" && mutation == Mutation::long_names_accepted)
        return {};
    return checked;
}

plan::Desired mutated_desired(plan::Desired desired, Mutation mutation, Timestamp machine_now) {
    if (desired.rotate_now && mutation == Mutation::now_by_own_clock) {
        desired.rotate_now = false;
        desired.rotate_if_created_before = machine_now;
    }
    return desired;
}

void mutate_report(reconcile::Report& report, Mutation mutation, const plan::Desired& desired) {
    if (mutation != Mutation::wish_is_said) return;
    const auto renamed = [&](std::string& text) {
        for (const plan::Action& action : report.actions) {
            const std::string said = "'" + action.name + "'";
            const std::string wish = "'" + desired.name.text() + "'";
            if (said == wish) continue;
            for (auto at = text.find(said); at != std::string::npos; at = text.find(said))
                text.replace(at, said.size(), wish);
        }
    };
    renamed(report.explanation);
    for (std::string& warning : report.warnings)
        renamed(warning);
    if (report.error) renamed(report.error->message);
}

} // namespace infrastate::explore
