// SPDX-License-Identifier: Apache-2.0
// Reads the rows of Infra's answers strictly: a missing field or one of another type is an error
// that names the field, never a guess. Knows the released shape of a row and the newer one.
#pragma once

#include "infrastate/types/access_key.h"
#include "infrastate/types/destination.h"
#include "infrastate/types/directory.h"
#include "infrastate/types/error.h"
#include "infrastate/types/secret.h"
#include "infrastate/types/value.h"

#include <vector>

namespace infrastate::client {

/// One page of a list: {page, limit, totalPages, totalCount, count, items}.
struct Page {
    const Value::Array* items; ///< borrowed from the answer
    std::int64_t page, total_pages, total_count;
};
/// Errors of this and the following functions: code server, detail "unexpected_answer"; the message
/// is the second half of a sentence ("has no field 'id'").
Result<Page> read_page(const Value& answer);

/// Released servers send issuedFor with issuedForName or issuedForUser. Newer ones send issuedForID
/// and issuedForKind.
struct ListedKey {
    AccessKeyRow row;
    bool of_a_user = true; ///< false for a key of a provider or of the organization
};
Result<ListedKey> read_access_key(const Value& row);
Result<UserRow> read_user(const Value& row);
Result<DestinationRow> read_destination(const Value& row);

/// The answer to POST /api/access-keys. The row has no user_name, because the answer lacks it.
struct NewAccessKey {
    AccessKeyRow row;
    Secret secret;
};
Result<NewAccessKey> read_new_access_key(const Value& answer);

/// The text of a member that must exist and must not be empty.
Result<std::string> read_text(const Value& object, std::string_view field);

} // namespace infrastate::client
