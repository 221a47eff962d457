// SPDX-License-Identifier: Apache-2.0
// Looks at access keys without a wish: all keys of one user, or the family of one name.
// Changes nothing, tries no secret.
#pragma once

#include "infrastate/ports/key_api.h"

#include <optional>
#include <string>
#include <vector>

namespace infrastate::reconcile {

struct KeyQuery {
    std::string user = "connector";
    std::optional<KeyName> name{}; ///< the name itself and what rotations made of it
};

struct KeysFound {
    std::vector<AccessKeyRow> rows; ///< dead ones too, by name, then by age
    ServerTime time;
};

/// Two requests: the user, its keys. Errors: not_found where Infra has no such user.
Result<KeysFound> find_access_keys(const KeyQuery& query, ports::KeyApi& api);

} // namespace infrastate::reconcile
