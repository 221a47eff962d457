// SPDX-License-Identifier: Apache-2.0
// Do the identifiers that lie beside a secret file name the keys that they were written down for?
// One that was damaged may name somebody else's live key: it is believed only where the listed row
// bears out what else was written down with it.
#pragma once

#include "infrastate/types/access_key.h"
#include "infrastate/types/record.h"

#include <vector>

namespace infrastate::plan {

/// Whether `row`, which has the record's id, is the recorded key: it is of the recorded user and
/// has the recorded name. A recorded name that does not fit the managed one was damaged; then the
/// row is of the family, and was made at the recorded time.
bool bears_out(const Record& record, const AccessKeyRow& row);

/// The row that is the recorded key in user, name and time, and has another id; nullptr: none.
const AccessKeyRow* in_all_but_its_id(const Record& record, const std::vector<AccessKeyRow>& rows);

/// Looks at the ids of the record and of its predecessors. A predecessor whose id names another key
/// is meant by its name where only we can have made that name, and forgotten where not.
/// `whole`: false where the predecessors were changed. False: the record's own id names another
/// key, so that nothing in it can be believed.
bool settle_claims(Record& record, const std::vector<AccessKeyRow>& rows, bool& whole);

/// The same for intents: an answer that names another key is no answer, and an intent that can name
/// no key without it is dropped.
void settle_claims(std::vector<Intent>& intents, const std::vector<AccessKeyRow>& rows);

} // namespace infrastate::plan
