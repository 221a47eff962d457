// SPDX-License-Identifier: Apache-2.0
// Where secrets come from and where they must not go, by the tables: which members of a caller's
// object are secrets, and which of a result's are free text. What a program reads (codes, words,
// identifiers, times, numbers) is never masked, whatever a password happens to be.
#pragma once

#include "infrastate/schema/schema.h"
#include "infrastate/types/error.h"
#include "infrastate/types/masker.h"
#include "infrastate/types/value.h"

namespace infrastate::schema {

/// Adds what stands under the name of a secret of any table, at any depth and in any shape: a
/// caller's object is looked through before it is checked, since what is wrong with it is quoted.
/// Passwords in URLs count, too, and private keys and access keys that were pasted anywhere else.
void collect_secrets(const Value& input, Masker& masker);

/// Adds the value of a secret, whatever its shape: every text and name in it, and numbers as
/// number_text() writes them; booleans are none.
void add_secret(const Value& value, Masker& masker);

/// Masks the free text of a result object, in place; of `resource`, or nullptr where it is not
/// known. Texts that no table knows count as free. Control characters and those that turn
/// the reading direction become spaces. In names only access keys are masked, and the
/// secret in `secret` stays. A text that is a secret as a whole becomes `whole`.
void mask_result(Value& result, const Resource* resource, const Masker& masker,
                 std::string_view whole = Masker::mark);

/// The error of a check against the table, masked: its field, too, as far as the caller made it up.
Error masked(Error error, const Section& section, const Masker& masker);

} // namespace infrastate::schema
