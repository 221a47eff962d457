// SPDX-License-Identifier: Apache-2.0
#include "infrastate/plan/claims.h"

#include "observed_keys.h"

#include <algorithm>
#include <string>

namespace infrastate::plan {
namespace {

/// Whether name or id is the row's user. One is enough, because the other may be damaged.
bool of_user(const std::string& name, const std::string& id, const AccessKeyRow& row) {
    if (name.empty() && id.empty()) return true;
    return (!name.empty() && name == row.user_name) || (!id.empty() && id == row.user_id);
}

/// The predecessors in a record or an intent, beside what it says of the key that they precede.
/// That stands in for what is missing in an entry: an id alone never names a key.
class Predecessors {
public:
    explicit Predecessors(const Record& record) : names_(record.former), user_id_(record.user_id) {
        names_.push_back({record.name, record.user});
    }
    explicit Predecessors(const Intent& intent)
        : names_{{intent.name, intent.user}}, user_id_(intent.user_id) {}

    void settle(std::vector<Predecessor>& known, const std::vector<AccessKeyRow>& rows,
                bool& whole) const {
        std::erase_if(known, [&](Predecessor& each) { return !settle(each, rows, whole); });
    }

private:
    /// Corrects the entry. Returns false if it can no longer name a key.
    bool settle(Predecessor& known, const std::vector<AccessKeyRow>& rows, bool& whole) const {
        const AccessKeyRow* row = row_of(rows, known.id);
        if (row == nullptr || bears_out(known, *row)) return true;
        whole = false;
        if (known.name.empty() || managed_name(known.name) == known.name) return false;
        for (const AccessKeyRow& each : rows)
            if (each.name == known.name && fits_user(known, each)) {
                known.id = each.id;
                return true;
            }
        return false;
    }

    bool bears_out(const Predecessor& known, const AccessKeyRow& row) const {
        return fits_name(known, row) && fits_user(known, row);
    }

    bool fits_name(const Predecessor& known, const AccessKeyRow& row) const {
        if (!known.name.empty()) return known.name == row.name;
        return one_of_them([&](const FormerName& each) {
            return !each.name.empty() && in_family(each.name, row.name);
        });
    }

    bool fits_user(const Predecessor& known, const AccessKeyRow& row) const {
        if (!known.user.empty()) return known.user == row.user_name;
        return (!user_id_.empty() && user_id_ == row.user_id) ||
               one_of_them([&](const FormerName& each) {
                   return !each.user.empty() && each.user == row.user_name;
               });
    }

    template <class Test>
    bool one_of_them(const Test& test) const {
        return std::any_of(names_.begin(), names_.end(), test);
    }

    std::vector<FormerName> names_;
    std::string user_id_;
};

bool bears_out(const Intent& intent, const AccessKeyRow& row) {
    if (!of_user(intent.user, intent.user_id, row)) return false;
    return intent.key_name.empty() ? in_family(intent.name, row.name) : intent.key_name == row.name;
}

bool names_another(const Intent& intent, const std::vector<AccessKeyRow>& rows) {
    if (!intent.answered) return false;
    if (const AccessKeyRow* row = row_of(rows, *intent.answered)) return !bears_out(intent, *row);
    Intent unanswered = intent;
    unanswered.answered.reset();
    return std::any_of(rows.begin(), rows.end(),
                       [&](const AccessKeyRow& row) { return certainly_made(unanswered, row); });
}

} // namespace

const AccessKeyRow* in_all_but_its_id(const Record& record, const std::vector<AccessKeyRow>& rows) {
    if (record.key_name.empty() || record.user_id.empty() || !record.created) return nullptr;
    for (const AccessKeyRow& each : rows)
        if (each.id != record.id && each.name == record.key_name &&
            each.created == *record.created && each.user_id == record.user_id)
            return &each;
    return nullptr;
}

bool bears_out(const Record& record, const AccessKeyRow& row) {
    if (!of_user(record.user, record.user_id, row)) return false;
    if (!record.key_name.empty()) {
        if (record.key_name == row.name) return true;
        // The recorded name fits the managed name, so it was not damaged. So the id was damaged.
        if (in_family(record.name, record.key_name)) return false;
    }
    if (record.created && *record.created != row.created) return false;
    return in_family(record.name, row.name) || (record.name.empty() && record.key_name.empty());
}

bool settle_claims(Record& record, const std::vector<AccessKeyRow>& rows, bool& whole) {
    Predecessors(record).settle(record.predecessors, rows, whole);
    const AccessKeyRow* row = row_of(rows, record.id);
    return row == nullptr || bears_out(record, *row);
}

void settle_claims(std::vector<Intent>& intents, const std::vector<AccessKeyRow>& rows) {
    std::erase_if(intents, [&](Intent& each) {
        bool whole = true;
        Predecessors(each).settle(each.predecessors, rows, whole);
        if (!names_another(each, rows)) return false;
        each.answered.reset();
        return each.key_name.empty() || (each.user.empty() && each.user_id.empty());
    });
}

} // namespace infrastate::plan
