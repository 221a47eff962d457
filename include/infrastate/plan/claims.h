// SPDX-License-Identifier: Apache-2.0
// Checks whether the ids in a record and in intents still name the keys for which they were
// written. A damaged id may name another person's live key. So an id counts only if the listed row
// agrees with the name, user and time that were written beside it.
#pragma once

#include "infrastate/types/access_key.h"
#include "infrastate/types/record.h"

#include <vector>

namespace infrastate::plan {

/// Whether `row`, which has the record's id, really is the recorded key. Its user and its key name
/// must be the recorded ones. But a recorded key name that is not of the managed name's family was
/// damaged. Then the row must be of that family, and its creation time must be the recorded one.
bool bears_out(const Record& record, const AccessKeyRow& row);

/// The row that has the recorded user, name and time, but another id. nullptr if there is none.
const AccessKeyRow* in_all_but_its_id(const Record& record, const std::vector<AccessKeyRow>& rows);

/// Checks the ids of the record and of its predecessors. A predecessor's user and name must be the
/// row's. Where one is missing, the row must be of a user, or of the family of a name, that the
/// record has or had. If a predecessor's id names another key, the predecessor is found by its
/// name, provided that only this software can have made that name. Otherwise it is removed from the
/// record. Sets `whole` to false if the predecessors were changed. Returns false if the record's
/// own id names another key: then nothing in the record can be trusted.
bool settle_claims(Record& record, const std::vector<AccessKeyRow>& rows, bool& whole);

/// The same for intents. If the id in an answered intent names another key, that answer is dropped.
/// An intent that can name no key without its answer is removed.
void settle_claims(std::vector<Intent>& intents, const std::vector<AccessKeyRow>& rows);

} // namespace infrastate::plan
