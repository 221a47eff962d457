// SPDX-License-Identifier: Apache-2.0
#include "custody.h"

#include "words.h"

#include "infrastate/types/text.h"

#include <algorithm>

namespace infrastate::plan {
namespace {

using Verdict = Tried::Verdict;

class Custody {
public:
    Custody(const ObservedKeys& keys, const Copy& copy, bool leftover)
        : keys_(keys), seen_(keys.seen()), copy_(copy), leftover_(leftover) {}

    Worth worth() const {
        if (copy_.kind != Copy::Kind::secret) return Worth::nothing;
        const Tried& tried = copy_.tried;
        switch (tried.verdict) {
        case Verdict::not_tried:
            return vouched_for() ? Worth::ours : Worth::untried;
        case Verdict::accepted:
            return accepted();
        case Verdict::refused:
            if (tried.expired || tried.opened || names_this_server()) return Worth::dead;
            return vouched_for() ? Worth::ours : Worth::refused;
        case Verdict::unverified:
            break;
        }
        if (vouched_for()) return Worth::ours;
        return tried.opened ? opened() : Worth::unclear;
    }

private:
    /// Whether the record says that this is, or was, the secret of this file's key.
    bool vouched_for() const { return copy_.recorded || copy_.replaced; }

    bool managed(const AccessKeyRow& row) const {
        if (keys_.family_number(row) || keys_.recorded_as_ours(row)) return true;
        return leftover_ &&
               std::any_of(seen_.intents.begin(), seen_.intents.end(),
                           [&](const Intent& each) { return may_have_made(each, row); });
    }

    /// Whether something beside the file says that it belongs to this server.
    bool names_this_server() const {
        if (keys_.recorded_here()) return true;
        return leftover_ &&
               std::any_of(seen_.intents.begin(), seen_.intents.end(),
                           [&](const Intent& each) { return keys_.is_this_server(each.host); });
    }

    Worth accepted() const {
        const Tried& tried = copy_.tried;
        if (tried.row && seen_.deleted.contains(*tried.row)) return Worth::dead;
        const AccessKeyRow* row = keys_.opened_by(tried);
        return row != nullptr && managed(*row) ? Worth::ours : Worth::another;
    }

    /// The server accepted the secret, but it is not certain which of several keys it opens.
    Worth opened() const {
        const Tried& tried = copy_.tried;
        const auto is_managed = [&](const ServerId& id) {
            const AccessKeyRow* row = keys_.row(id);
            return row != nullptr && managed(*row) && !keys_.dead(*row);
        };
        if (!tried.among.empty()) {
            if (std::none_of(tried.among.begin(), tried.among.end(), is_managed))
                return Worth::another;
            if (std::all_of(tried.among.begin(), tried.among.end(), is_managed)) return Worth::ours;
            return Worth::unclear;
        }
        const bool can_be_managed =
            std::any_of(seen_.rows.begin(), seen_.rows.end(), [&](const AccessKeyRow& row) {
                return managed(row) && !keys_.dead(row) &&
                       (tried.user.empty() || row.user_name == tried.user);
            });
        return can_be_managed ? Worth::unclear : Worth::another;
    }

    const ObservedKeys& keys_;
    const Observed& seen_;
    const Copy& copy_;
    const bool leftover_;
};

} // namespace

Worth worth_of(const ObservedKeys& keys, const Copy& copy, bool leftover) {
    return Custody(keys, copy, leftover).worth();
}

Place file_place() {
    return {"secret_file", "what it holds",
            "keep the secret elsewhere if it is needed, and remove the file"};
}

Place leftover_place() {
    return {"secret_file", "the new secret beside it (the file's name with .infrastate.new)",
            "keep the secret elsewhere if it is needed, and remove that file"};
}

Place current_place(const Desired& desired) {
    return {"current_secret", "it",
            desired.secret_file
                ? "leave current_secret out if it is of no use"
                : "if it is of no use, give an empty current_secret with current_secret_missing: "
                  "replace"};
}

std::string untried_warning(const Place& place) {
    return std::string(place.parameter) + ": " + place.what +
           " is not tried in a dry run; a real run tries it first, and changes nothing where it "
           "may "
           "open another access key";
}

Error another_key(const Place& place, const Tried& tried) {
    const std::string whose = tried.user.empty() ? "" : " of user " + in_quotes(tried.user);
    return Error{Code::conflict,
                 std::string(place.parameter) + ": " + place.what +
                     " is the secret of another access key" + whose +
                     (tried.row ? " (id " + tried.row->text() + ")" : "") +
                     ", which would be lost, so nothing was changed; give each access key a place "
                     "of its own",
                 std::string(place.parameter), "secret_of_another_key"};
}

Error not_to_be_lost(const Place& place, const ObservedKeys& keys, const Copy& copy, Worth worth) {
    if (worth == Worth::another) return another_key(place, copy.tried);
    const std::string start = std::string(place.parameter) + ": " + place.what;
    if (worth == Worth::refused)
        return Error{Code::conflict,
                     start +
                         " is a secret that this server does not know, and nothing shows that it "
                         "was ever of " +
                         key_phrase(keys.desired()) +
                         ": it may open a key of another server, so nothing was changed; " +
                         place.remedy,
                     std::string(place.parameter), "secret_unverified"};
    const std::string why =
        copy.tried.opened
            ? "the server knows it, but other access keys of its user were used or deleted at the "
              "same time, and it may be the secret of one of them, so nothing was changed; run "
              "again with a longer timeout, or "
            : "the server gave no clear answer, and it may open another access key, so nothing "
              "was changed; run again, or ";
    return Error{Code::server,
                 start + " is a secret that could not be verified: " + why + place.remedy,
                 std::string(place.parameter),
                 "secret_unverified",
                 0,
                 true};
}

} // namespace infrastate::plan
