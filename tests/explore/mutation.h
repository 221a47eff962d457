// SPDX-License-Identifier: Apache-2.0
// Proof that the simulation can fail: each mutation breaks one promise of the ports, as a wrapper
// around them, and must be found within some thousand seeds. The product has no such switch.
#pragma once

#include "support/server_ports.h"

#include "infrastate/ports/host.h"
#include "infrastate/ports/secret_store.h"
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
    hidden_is_absent,     ///< keys that may not be listed look like none
    others_key_refused,   ///< the accepted secret of another key counts as refused
    every_401_is_proof,   ///< "unauthorized" counts as "access key has expired"
    host_ignored,         ///< the record names whatever server is asked
    user_id_unchecked,    ///< after an empty listing by the user's id none by name helps
    damage_passed_on,     ///< keepers of a damaged record are whatever stood there
    denial_is_conflict,   ///< the probe of the POST sees "taken" where it is denied
    too_many_is_final,    ///< a 429 counts as the last word
    uses_hidden,          ///< listings do not tell when a key was used
    heedless_pause,       ///< waiting forgets the deadline
    count_,
};

std::string name(Mutation value);
std::optional<Mutation> mutation_named(const std::string& text);
std::vector<Mutation> all_mutations();

std::unique_ptr<store::Files> mutated_files(store::Files& files, Mutation mutation);
/// `watch` is told of each list of intents that is written.
using IntentsWatch = std::function<void(const std::vector<Intent>&)>;
/// `host`: the server that the run asks.
std::unique_ptr<ports::SecretStore> mutated_store(std::unique_ptr<ports::SecretStore> store,
                                                  Mutation mutation, const std::string& host,
                                                  IntentsWatch watch);
/// `managed`: true for a secret of a key that the run manages.
using Managed = std::function<bool(const Secret&)>;
std::unique_ptr<test::ServerPorts> mutated_api(test::ServerPorts& api, Mutation mutation,
                                               Managed managed);
/// `sleep`: passes the time, whatever the deadline.
using Sleep = std::function<void(std::int64_t milliseconds)>;
std::unique_ptr<ports::Host> mutated_host(ports::Host& host, Mutation mutation, Sleep sleep);

} // namespace infrastate::explore
