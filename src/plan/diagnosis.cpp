// SPDX-License-Identifier: Apache-2.0
#include "diagnosis.h"

#include "drift.h"
#include "schedule.h"
#include "words.h"

#include "infrastate/types/text.h"

namespace infrastate::plan {
namespace {

using Verdict = Tried::Verdict;

class Diagnosis {
public:
    explicit Diagnosis(PlanDraft& found)
        : draft_(found), desired_(found.desired), keys_(found.keys), out_(found.out) {}

    bool diagnose() {
        choose_current();
        if (auto wrong = wrong_id()) {
            out_.refusal = std::move(*wrong);
            return false;
        }
        diagnose_row();
        return true;
    }

private:
    const Observed& seen() const { return draft_.seen(); }
    const AccessKeyRow& row() const { return draft_.row(); }
    bool held_by_record() const { return draft_.held_by_record(); }
    bool time_is_known() const { return draft_.time_is_known(); }

    /// Chooses the current row: the first of these that exists. A live recorded one, one that a
    /// kept copy opens, another live one of the family, a live predecessor, a dead one. It is never
    /// simply the newest.
    void choose_current() {
        if (!desired_.named) {
            if (const AccessKeyRow* chosen = keys_.row(*desired_.id)) out_.current = *chosen;
            return;
        }
        const AccessKeyRow* recorded = keys_.recorded();
        if (recorded != nullptr && !keys_.dead(*recorded)) {
            out_.current = *recorded;
            return;
        }
        for (const Copy* copy : {&seen().file, &seen().current}) {
            const AccessKeyRow* opened = keys_.opened_by(copy->tried);
            if (opened == nullptr || keys_.dead(*opened)) continue;
            out_.current = *opened;
            return;
        }
        // If this run has deleted the old key and not yet created the new one, only a key of the
        // exact name counts here. A key with another name neither stops the run nor is replaced
        // too.
        for (const AccessKeyRow* each : draft_.live_family)
            if (!keys_.recorded_predecessor(*each) &&
                (!seen().replacing || each->name == desired_.name.text())) {
                out_.current = *each;
                return;
            }
        for (const AccessKeyRow& each : seen().rows)
            if (keys_.recorded_predecessor(each) && !keys_.dead(each)) {
                out_.current = each;
                return;
            }
        choose_dead(recorded);
    }

    void choose_dead(const AccessKeyRow* recorded) {
        if (recorded != nullptr && keys_.family_number(*recorded)) {
            out_.current = *recorded;
            return;
        }
        for (const AccessKeyRow& each : seen().rows) {
            const auto number = keys_.family_number(each);
            if (!number || !keys_.dead(each) || keys_.is_lost_own_key(each)) continue;
            if (!out_.current || *number == 0) out_.current = each;
        }
    }

    std::optional<Error> wrong_id() {
        if (!desired_.id) return std::nullopt;
        const AccessKeyRow* chosen = keys_.row(*desired_.id);
        const auto refusal = [&](std::string message, std::string_view detail) {
            return Error{Code::not_found, "id: " + std::move(message), "id", std::string(detail)};
        };
        if (chosen == nullptr)
            return refusal("user " + in_quotes(desired_.user) + " has no access key with id " +
                               desired_.id->text() + "; a key cannot be made with a given id",
                           "id_not_found");
        if (!keys_.family_number(*chosen))
            return refusal(desired_.id->text() + " is access key " + key_phrase(*chosen) +
                               ", not " + key_phrase(desired_),
                           "id_of_another_key");
        out_.current = *chosen;
        return std::nullopt;
    }

    /// What is known of the holder's copy, for the current row if there is one.
    SecretState secret_state() const {
        const SecretState shown = out_.current ? state_for_row() : state_without_row();
        const bool open =
            draft_.settled.untried && (draft_.settled.blocked || shown != SecretState::good);
        return open ? SecretState::unverified : shown;
    }

    SecretState state_without_row() const {
        if (!desired_.has_holder()) return SecretState::not_kept;
        const bool kept =
            seen().file.kind == Copy::Kind::secret || seen().current.kind == Copy::Kind::secret;
        return kept ? SecretState::rejected : SecretState::missing;
    }

    SecretState state_for_row() const {
        if (!desired_.has_holder()) return SecretState::not_kept;
        const Copy& copy = desired_.secret_file ? seen().file : seen().current;
        if (copy.kind != Copy::Kind::secret) return SecretState::missing;
        if (copy.tried.verdict == Verdict::accepted)
            return copy.tried.row == row().id ? SecretState::good : SecretState::missing;
        if (copy.recorded && copy.tried.verdict == Verdict::not_tried)
            return held_by_record() ? SecretState::good : SecretState::missing;
        switch (copy.tried.verdict) {
        case Verdict::refused:
            return SecretState::rejected;
        case Verdict::not_tried:
            // If the record has lost its digest, it says nothing about the copy.
            if (held_by_record() && seen().record->secret_digest.empty()) break;
            if (desired_.verify == Verify::never) return SecretState::rejected;
            break;
        default:
            break;
        }
        return SecretState::unverified;
    }

    /// Whether this holder may treat the live row as its own.
    bool claimed() const {
        if (!desired_.has_holder()) return true;
        if (out_.secret_state == SecretState::good || out_.secret_state == SecretState::unverified)
            return true;
        if (desired_.secret_file) return keys_.recorded_as_ours(row());
        return out_.secret_state == SecretState::missing &&
               desired_.current_secret == CurrentSecret::empty;
    }

    const AccessKeyRow* find_lost_successor() const {
        if (desired_.secret_file || !desired_.overlap || !out_.current ||
            out_.secret_state != SecretState::good)
            return nullptr;
        const auto own = keys_.family_number(row());
        for (const AccessKeyRow* each : draft_.live_family)
            if (own && *keys_.family_number(*each) > *own && each->created >= row().created &&
                each->id != row().id && each->never_used())
                return each;
        return nullptr;
    }

    void diagnose_row() {
        if (!out_.current) {
            out_.reason = Reason::absent;
            out_.reasons = {Reason::absent};
            out_.secret_state = secret_state();
            return;
        }
        const auto dead = keys_.dead(row());
        if (dead) out_.reasons.push_back(*dead);
        out_.secret_state = secret_state();
        if (!dead) diagnose_secret();
        if (held_by_record()) out_.asked = fitting(seen().record->asked, row());
        out_.changes = drift(desired_, row(), out_.asked ? &*out_.asked : nullptr);
        if (!out_.changes.empty()) out_.reasons.push_back(Reason::drifted);
        if (!dead && rotation_due()) out_.reasons.push_back(Reason::rotation_due);
        if (!dead && expiring()) out_.reasons.push_back(Reason::expiring);
        if (out_.reasons.empty()) out_.reasons.push_back(Reason::ok);
        out_.reason = out_.reasons.front();
    }

    void diagnose_secret() {
        if (!claimed()) out_.reasons.push_back(Reason::unheld);
        if (out_.secret_state == SecretState::rejected) {
            if (claimed()) out_.reasons.push_back(Reason::secret_rejected);
        } else if (out_.secret_state == SecretState::missing) {
            if (claimed()) out_.reasons.push_back(Reason::secret_missing);
        } else if (out_.secret_state == SecretState::unverified) {
            const bool in_file =
                seen().file.kind != Copy::Kind::none || seen().leftover.kind != Copy::Kind::none;
            out_.warnings.push_back(
                std::string(in_file ? "the secret in secret_file" : "current_secret") +
                (draft_.real_run() ? " could not be verified" : " is not tried in a dry run"));
        }
        draft_.lost_successor = find_lost_successor();
        if (const AccessKeyRow* lost = draft_.lost_successor) {
            const std::int64_t age = keys_.now().seconds_since(lost->created);
            draft_.fresh_successor = age <= fresh_seconds;
            if (!draft_.fresh_successor)
                out_.reasons.push_back(Reason::secret_missing);
            else
                out_.warnings.push_back("a successor was made " + std::to_string(age) +
                                        " s ago and is not used yet: " + key_phrase(*lost) +
                                        "; if its secret was lost, a later run makes it again");
        }
    }

    bool rotation_due() {
        const std::size_t before = out_.changes.size();
        const bool ours = seen().record && keys_.recorded_as_ours(row());
        if (ours && desired_.keepers && seen().record->keepers &&
            *desired_.keepers != *seen().record->keepers)
            out_.changes.push_back({"keepers", "other values", "as described"});
        if (ours && desired_.named && !desired_.id) {
            const std::string& was = seen().record->name;
            if (!keys_.family_number(row()) && row().user_name == desired_.user)
                out_.changes.push_back({"name", was, desired_.name.text()});
            else if (row().user_name != desired_.user)
                out_.changes.push_back({"user", row().user_name, desired_.user});
        }
        const auto limit = desired_.rotate_now
                               ? std::optional(seen().first_time.value_or(keys_.now()))
                               : desired_.rotate_if_created_before;
        const bool older =
            limit && keys_.now() >= *limit && row().created.unix_seconds() < limit->unix_seconds();
        if (older && time_is_known())
            out_.changes.push_back({"created", row().created.text(),
                                    "not before " + (desired_.rotate_now ? "now" : limit->text())});
        else if (older)
            out_.warnings.push_back("the server's answers carry no current Date header, so "
                                    "rotate_if_created_before waits for a run in which they do");
        return out_.changes.size() > before;
    }

    bool expiring() {
        const auto due = renewal_time(desired_, row());
        if (!due || keys_.now() <= *due) return false;
        if (!time_is_known()) {
            out_.warnings.push_back("the server's answers carry no current Date header, so the "
                                    "renewal waits for a run in which they do");
            return false;
        }
        // The time that is left is not shown, so a dry run and the run after it show the same.
        out_.changes.push_back({"renewal", "due since " + due->text(), "not due"});
        return true;
    }

    PlanDraft& draft_;
    const Desired& desired_;
    const ObservedKeys& keys_;
    Plan& out_;
};

} // namespace

bool is_dead(Reason reason) noexcept {
    return reason == Reason::expired || reason == Reason::inactive;
}

bool diagnose(PlanDraft& found) {
    return Diagnosis(found).diagnose();
}

} // namespace infrastate::plan
