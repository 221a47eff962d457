// SPDX-License-Identifier: Apache-2.0
// Masking by the tables: which members of a caller's object are secrets, and which members of a
// result are free text. What programs read (codes, words, identifiers, times, numbers) is never
// masked, even if a password looks like it.
#pragma once

#include "infrastate/schema/schema.h"
#include "infrastate/types/error.h"
#include "infrastate/types/masker.h"
#include "infrastate/types/value.h"

namespace infrastate::schema {

/// Adds every value under the name of a secret of any table, at any depth and in any form. It works
/// on an object that was not checked yet, because messages quote what is wrong with it. Also adds
/// passwords in URLs, and private keys and access keys that were pasted into other parameters.
void collect_secrets(const Value& input, Masker& masker);

/// Adds the value of a secret in any form: every text and name in it, and numbers as number_text()
/// writes them. Ignores booleans.
void add_secret(const Value& value, Masker& masker);

/// Masks the free text of a result in place. `resource` may be nullptr if it is not known. Texts
/// that no table knows count as free text. Control characters and characters that change the
/// reading direction become spaces. In names only access keys are masked. The text in `secret`
/// stays. A text that as a whole is a secret becomes `whole`.
void mask_result(Value& result, const Resource* resource, const Masker& masker,
                 std::string_view whole = Masker::mark);

/// Masks the error of a check against the table, including the invented part of its field.
Error masked(Error error, const Section& section, const Masker& masker);

} // namespace infrastate::schema
