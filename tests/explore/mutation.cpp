// SPDX-License-Identifier: Apache-2.0
#include "mutation.h"

#include <algorithm>
#include <array>
#include <utility>

namespace infrastate::explore {
namespace {

constexpr std::array<const char*, static_cast<std::size_t>(Mutation::count_)> names{
    "none",
    "intents_not_written",
    "folder_not_synced",
    "no_lock",
    "tried_dropped",
    "predecessors_dropped",
    "leftover_hidden",
    "conflict_unclear",
    "doubt_is_refusal",
    "time_always_exact",
    "horizon_cut",
    "unknown_is_deleted",
    "hidden_is_absent",
    "others_key_refused",
    "every_401_is_proof",
    "digests_alike",
    "host_ignored",
    "listed_id_ignored",
    "name_ignored",
    "settled_at_once",
    "never_settled",
    "wish_is_said",
    "denial_is_conflict",
    "too_many_is_final",
    "busy_is_final",
    "retry_after_unread",
    "user_id_unchecked",
    "removal_unprepared",
    "damage_passed_on",
    "high_numbers_strange",
    "long_names_accepted",
    "uses_hidden",
    "lock_not_looked_at",
    "neutral_values_heard",
    "mark_is_shown",
    "machine_ignored",
    "machine_dropped",
    "derived_name_wins",
    "now_by_own_clock",
    "heedless_pause",
};

} // namespace

std::string name(Mutation value) {
    return names.at(static_cast<std::size_t>(value));
}

std::optional<Mutation> mutation_named(const std::string& text) {
    const auto found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) return std::nullopt;
    return static_cast<Mutation>(found - names.begin());
}

std::vector<Mutation> all_mutations() {
    std::vector<Mutation> out;
    for (std::size_t i = 1; i < names.size(); ++i)
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
