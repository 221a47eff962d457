// SPDX-License-Identifier: Apache-2.0
// Reads access keys for a report: all keys of one user, the family of one name, or all keys.
// Changes nothing and tries no secret.
#pragma once

#include "infrastate/plan/access_key_info.h"
#include "infrastate/ports/directory_api.h"
#include "infrastate/ports/key_api.h"

namespace infrastate::reconcile {

/// Requests: the user, if the query names one, and its keys; otherwise all keys in pages of 1,000.
/// Errors: not_found if Infra has no such user, and the errors of the ports.
Result<plan::KeysInfo> find_access_keys(const plan::InfoQuery& query, ports::KeyApi& keys,
                                        ports::DirectoryApi& directory);

} // namespace infrastate::reconcile
