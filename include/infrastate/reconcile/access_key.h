// SPDX-License-Identifier: Apache-2.0
// Brings one access key into its desired state: observe, plan, apply. Sees server, disk and machine
// through ports only. The order of requests, and what is reported when one of them fails, is
// decided here.
#pragma once

#include "infrastate/plan/access_key.h"
#include "infrastate/ports/ports.h"
#include "infrastate/ports/secret_store.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::reconcile {

enum class Mode {
    check, ///< every request that only reads, none that changes
    apply,
};

/// What happened. On failure everything that was known by then is still here.
struct Report {
    plan::Plan plan{};                   ///< the first plan: `reason` and `explanation` speak of it
    std::vector<plan::Action> actions{}; ///< in check mode what would be done, else what was done
    bool changed = false;
    Effect outcome = Effect::none;
    std::string explanation{};         ///< of the plan, in the tense of what happened
    std::optional<AccessKeyRow> key{}; ///< as it is now (in check mode: as it was observed)
    /// What `key` was asked for with, where that is known: a key made by this run, or recorded.
    std::optional<AskedFor> asked{};
    std::optional<Secret> secret{}; ///< of a key made by this run, or read from the holder
    plan::SecretState secret_state = plan::SecretState::not_kept;
    bool secret_changed = false; ///< the caller has another secret to hand out than before
    std::optional<ServerId> previous_id{};
    std::optional<Timestamp> next_action_at{};
    std::vector<Predecessor> predecessors{};
    std::vector<ServerId> live_keys{};
    std::optional<ServerTime> time{};
    std::vector<std::string> warnings{};
    std::optional<Error> error{}; ///< set: the run failed
};

/// What one run works with; everything is borrowed. `store` is there exactly if
/// desired.secret_file, `current_secret` exactly if it was given and not empty.
struct Context {
    ports::Ports ports;
    ports::SecretStore* store = nullptr;
    const Secret* current_secret = nullptr;
    const Secret* own_token = nullptr; ///< the key that authenticates; nothing after a login
    /// The name of a task without one on this machine, for a server and a user; empty: nobody
    /// knows.
    std::function<std::string(std::string_view host, std::string_view user)> derived_name{};
};

/// Requests: 1 where nothing is to be done; at most 4 to create (list, user, version, POST), and 5
/// after a stale record; 5 to replace (list, list without dead keys, version, DELETE, POST), and 6
/// where the POST is asked about first (docs/adr/0114). Check mode makes the same requests but for
/// POST and DELETE, so that it fails where the real run would; it tries no secret and takes no
/// lock. Only where a key that was used just now is to be deleted, it looks whether that is the one
/// that authenticates (docs/adr/0115).
Report reconcile_access_key(const plan::Desired& desired, Mode mode, Context& context);

} // namespace infrastate::reconcile
