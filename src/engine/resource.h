// SPDX-License-Identifier: Apache-2.0
// The one interface behind which kinds of resources live: desired parameters in, result object out.
// A new resource adds an entry to the table in resources.cpp; doors and session stay as they are.
#pragma once

#include "infrastate/engine/engine.h"
#include "infrastate/ports/host.h"
#include "infrastate/ports/key_api.h"
#include "infrastate/store/files.h"

#include <string>
#include <vector>

namespace infrastate::engine {

/// Where a run takes place, before any connection.
struct Site {
    std::string origin;  ///< the server, as Endpoint::url() spells it
    store::Files& files; ///< of this machine
};

/// What a run works with; everything is borrowed.
struct Workplace {
    const Site& site;
    ports::KeyApi& api;
    ports::Host& host;
    const Secret* own_token; ///< the key that authenticates; nothing after a login
    Masker& masker;          ///< gets what the run comes to know and its result must not show
};

struct Resource {
    std::string_view name;
    /// Checks `desired` without a request. Errors: code argument or file, with `field`.
    Result<void> (*check)(const Value& desired, const Site& site);
    /// Whose keys a run with these checked parameters looks at, so that runs of a batch can share
    /// what they see; empty where a run must see for itself.
    std::string (*shared_user)(const Value& desired);
    /// Whether a run keeps the secret itself, so that a lost result loses no secret.
    bool (*keeps_secret)(const Value& desired);
    /// Does the work; every failure is inside the result object.
    Value (*run)(Mode mode, const Value& desired, Workplace& place);
};

/// Nothing where the name is unknown.
const Resource* find_resource(std::string_view name) noexcept;

// One file each: access_key.cpp, access_key_info.cpp.
Result<void> check_access_key(const Value& desired, const Site& site);
Value run_access_key(Mode mode, const Value& desired, Workplace& place);
Result<void> check_access_key_info(const Value& desired, const Site& site);
Value run_access_key_info(Mode mode, const Value& desired, Workplace& place);

} // namespace infrastate::engine
