// SPDX-License-Identifier: Apache-2.0
// The one interface behind which kinds of resources live: desired parameters in, result object out.
// A new resource adds an entry to the table in resources.cpp; doors and session stay as they are.
#pragma once

#include "infrastate/engine/engine.h"
#include "infrastate/ports/key_api.h"

namespace infrastate::engine {

struct Resource {
    std::string_view name;
    /// Checks `desired` without a request. Errors: code argument with `field`.
    Result<void> (*check)(const Value& desired);
    /// Whose rows a run with these checked parameters looks at.
    std::string (*user_of)(const Value& desired);
    /// Whether a run keeps the secret itself, so that a lost result loses no secret.
    bool (*keeps_secret)(const Value& desired);
    /// Does the work; every failure is inside the result object.
    Value (*run)(Mode mode, const Value& desired, ports::KeyApi& api);
    /// Lists what there is; every failure is inside the result object.
    Value (*info)(const Value& query, ports::KeyApi& api);
};

/// Nothing where the name is unknown.
const Resource* find_resource(std::string_view name) noexcept;

} // namespace infrastate::engine
