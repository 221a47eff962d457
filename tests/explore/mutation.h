// SPDX-License-Identifier: Apache-2.0
// Proves that the simulation can fail. Each mutation breaks one promise, as a wrapper around the
// ports or around what goes into a run and comes out of it. It must be found within some thousand
// seeds. The product has no such switch. A1 and so on are rules of the state logic.
#pragma once

#include "support/server_ports.h"

#include "infrastate/plan/desired.h"
#include "infrastate/ports/host.h"
#include "infrastate/ports/secret_store.h"
#include "infrastate/reconcile/access_key.h"
#include "infrastate/store/files.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace infrastate::explore {

enum class Mutation {
    none,
    intents_not_written,  ///< put_intents() does nothing
    folder_not_synced,    ///< sync_folder() does nothing
    no_lock,              ///< lock() always succeeds
    tried_dropped,        ///< the record forgets when the secret was tried
    predecessors_dropped, ///< the record forgets the predecessors
    leftover_hidden,      ///< a leftover is not seen
    conflict_unclear,     ///< a 409 counts as an unanswered POST
    doubt_is_refusal,     ///< an unclear answer to a try counts as a refusal
    time_always_exact,    ///< a missing Date is not noticed
    horizon_cut,          ///< intents forget how late their POST may act
    unknown_is_deleted,   ///< an unanswered DELETE counts as done
    hidden_is_absent,     ///< A1: keys that may not be listed look as if there were none
    others_key_refused,   ///< A2: the accepted secret of another key counts as refused
    every_401_is_proof,   ///< A2: "unauthorized" counts as "access key has expired"
    digests_alike,        ///< A2: the record vouches for every secret
    host_ignored,         ///< A3: the record names whatever server is asked
    listed_id_ignored,    ///< A3: the same server under another name counts as another one
    name_ignored,         ///< A4: the record names whatever key is asked for
    settled_at_once,      ///< A5: a renaming counts as settled when it is made
    never_settled,        ///< A5: ... never
    wish_is_said,         ///< A6: every deleted key is called by the name that was asked for
    denial_is_conflict,   ///< A7: the trial POST sees "taken" although it is denied
    too_many_is_final,    ///< A8: a 429 ends the run
    busy_is_final,        ///< A8: a 503 ends the run, though intents are kept
    retry_after_unread,   ///< A8: the wait that the server asks for is ignored
    user_id_unchecked,    ///< A9: after an empty listing by the user's id the user is not looked up
                          ///< again
    removal_unprepared,   ///< A10: it is not checked whether file and record can be removed
    damage_passed_on,     ///< A11: the keepers of a damaged record are used as they are
    ids_alone,            ///< A11: the record keeps only the key's id, so the id alone is believed
    high_numbers_strange, ///< A12: a rotation's number of more than 9 digits does not make a member
    long_names_accepted,  ///< A12: a name that is too long for rotations is not refused up front
    uses_hidden,          ///< A13: listings do not say when a key was used
    lock_not_looked_at,   ///< A14: check mode does not notice that the lock cannot be taken
    neutral_values_heard, ///< A16: neutral values count as given
    mark_is_shown,        ///< A17: the record forgets what was asked for
    machine_ignored,      ///< A20: every record was made on the machine where it is read
    machine_dropped,      ///< A20: a record does not say where it was made
    derived_name_wins,    ///< A20: an unnamed task uses the name of its place, not the record's
    now_by_own_clock,     ///< A21: "now" is the time of the machine's clock
    heedless_pause,       ///< invariant 11: waiting knows no deadline
    count_,
};

std::string name(Mutation value);
/// The rule whose invariant must notice it (see Violation); empty: any.
std::string rule_of(Mutation value);
std::optional<Mutation> mutation_named(const std::string& text);
std::vector<Mutation> all_mutations();

/// plan::check_desired().
Result<void> mutated_check(const plan::Desired& desired, Mutation mutation);
/// The arguments that reconcile gets. `machine_now` is the time of the machine's own clock.
plan::Desired mutated_desired(plan::Desired desired, Mutation mutation, Timestamp machine_now);
void mutate_report(reconcile::Report& report, Mutation mutation, const plan::Desired& desired);

std::unique_ptr<store::Files> mutated_files(store::Files& files, Mutation mutation);
/// `watch` is called for each list of intents that is written.
using IntentsWatch = std::function<void(const std::vector<Intent>&)>;
/// `desired`: the arguments that reconcile gets.
std::unique_ptr<ports::SecretStore> mutated_store(std::unique_ptr<ports::SecretStore> store,
                                                  Mutation mutation, const plan::Desired& desired,
                                                  IntentsWatch watch);
/// `managed`: true for a secret of a key that the run manages.
using Managed = std::function<bool(const Secret&)>;
std::unique_ptr<test::ServerPorts> mutated_api(test::ServerPorts& api, Mutation mutation,
                                               Managed managed);
/// `sleep`: lets the time pass, whatever the deadline.
using Sleep = std::function<void(std::int64_t milliseconds)>;
std::unique_ptr<ports::Host> mutated_host(ports::Host& host, Mutation mutation, Sleep sleep);

} // namespace infrastate::explore
