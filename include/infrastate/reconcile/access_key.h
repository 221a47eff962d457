// SPDX-License-Identifier: Apache-2.0
// Brings one access key into its desired state: observe, plan, apply. It reaches server, disk and
// machine only through ports. This layer decides the order of requests, and what a run reports if
// one of them fails.
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
    check, ///< all requests that only read, none that changes
    apply,
};

/// What happened. After a failure it still holds everything that was known by then.
struct Report {
    /// the first plan; `reason` and `explanation` come from it
    plan::Plan plan{};
    /// check mode: what would be done; otherwise what was done
    std::vector<plan::Action> actions{};
    bool changed = false;
    Effect outcome = Effect::none;
    /// the plan's sentence, in the tense that fits what happened
    std::string explanation{};
    std::optional<AccessKeyRow> key{}; ///< as it is now; in check mode as it was observed
    /// What `key` was asked for with. Set if this run made the key or the record knows it.
    std::optional<AskedFor> asked{};
    std::optional<Secret> secret{}; ///< of a key that this run made, or read from the holder
    plan::SecretState secret_state = plan::SecretState::not_kept;
    bool secret_changed = false; ///< the caller must hand out another secret than before
    std::optional<ServerId> previous_id{};
    std::optional<Timestamp> next_action_at{};
    std::vector<Predecessor> predecessors{};
    std::vector<ServerId> live_keys{};
    std::optional<ServerTime> time{};
    std::vector<std::string> warnings{};
    std::optional<Error> error{}; ///< set if the run failed
};

/// What one run works with; everything is borrowed. `store` is set exactly if desired.secret_file
/// is, `current_secret` exactly if it was given and is not empty.
struct Context {
    ports::Ports ports;
    ports::SecretStore* store = nullptr;
    const Secret* current_secret = nullptr;
    const Secret* own_token = nullptr; ///< the key that authenticates; nullptr after a login
    /// The name that a task without a name gets on this machine, for a server and a user. Returns
    /// an empty text if the machine has no id.
    std::function<std::string(std::string_view host, std::string_view user)> derived_name{};
};

/// The number of requests:
/// - 1 if nothing is to be done;
/// - at most 4 to create a key (list, user, version, POST), or 5 after a stale record;
/// - 5 to replace one (list, list without dead keys, version, DELETE, POST), or 6 if the POST is
///   first sent to learn whether it is allowed (docs/adr/0114).
/// Check mode makes the same requests except POST and DELETE, so it fails if the real run would. It
/// takes no lock and tries no secret, with one exception: if a key that was used just now is to be
/// deleted, it checks whether that key is the one that authenticates (docs/adr/0115).
Report reconcile_access_key(const plan::Desired& desired, Mode mode, Context& context);

} // namespace infrastate::reconcile
