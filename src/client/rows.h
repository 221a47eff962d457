// SPDX-License-Identifier: Apache-2.0
// Reads the rows of Infra's answers strictly: a field that is missing or of another type is an
// error that names it, never a guess. Knows the released shape of a row and the newer one.
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
/// Errors here and below: code server, detail "unexpected_answer", message as the second half of a
/// sentence ("has no field 'id'").
Result<Page> read_page(const Value& answer);

/// Released servers say issuedFor with issuedForName or issuedForUser, newer ones issuedForID and
/// issuedForKind.
struct ListedKey {
    AccessKeyRow row;
    bool of_a_user = true; ///< false for a key of a provider or of the organization
};
Result<ListedKey> read_access_key(const Value& row);
Result<UserRow> read_user(const Value& row);
Result<DestinationRow> read_destination(const Value& row);

/// What POST /api/access-keys answers. The row has no user_name: the answer does not say it.
struct NewAccessKey {
    AccessKeyRow row;
    Secret secret;
};
Result<NewAccessKey> read_new_access_key(const Value& answer);

/// A text that must be there.
Result<std::string> read_text(const Value& object, std::string_view field);

} // namespace infrastate::client
