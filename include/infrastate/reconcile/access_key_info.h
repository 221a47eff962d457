// SPDX-License-Identifier: Apache-2.0
// Looks at access keys without a wish: all keys of one user, the family of one name, or all there
// are. Changes nothing, tries no secret.
#pragma once

#include "infrastate/plan/access_key_info.h"
#include "infrastate/ports/directory_api.h"
#include "infrastate/ports/key_api.h"

namespace infrastate::reconcile {

/// Requests: the user, where one is asked for, and its keys; else all keys, in pages of 1,000.
/// Errors: not_found where Infra has no such user, and those of the ports.
Result<plan::KeysInfo> find_access_keys(const plan::InfoQuery& query, ports::KeyApi& keys,
                                        ports::DirectoryApi& directory);

} // namespace infrastate::reconcile
