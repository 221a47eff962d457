// SPDX-License-Identifier: Apache-2.0
#include "try_secret.h"

#include "infrastate/plan/access_key.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace infrastate::reconcile {
namespace {

using plan::Tried;
using Answer = ports::TryAnswer;

constexpr std::int64_t between_refusals_ms = 1'000;
constexpr std::int64_t between_questions_ms = 1'000;
constexpr int most_questions = 3;
// The server records a use at most every two seconds.
constexpr std::int64_t use_granularity_s = 2;
constexpr std::int64_t shortest_wait_ms = use_granularity_s * 1000 + 200;
// Runs that began together would stay in step if all of them waited equally long (docs/adr/0151).
constexpr std::uint32_t wait_spread_ms = 8'000;
constexpr int most_tries = 8;
constexpr std::int64_t left_for_changes_s = 5;
// A listing whose latest use is that much older than its Date shows nothing of this try.
constexpr std::int64_t most_clock_difference_s = 60;

bool ends_the_run(const Error& error) noexcept {
    return error.code == Code::deadline || error.code == Code::cancelled;
}

class Trial {
public:
    Trial(const Secret& secret, const std::optional<ServerId>& recorded,
          const std::vector<AccessKeyRow>& rows, const ServerTime& before,
          const ports::Ports& ports)
        : secret_(secret), recorded_(recorded), known_(rows), since_(before.now), ports_(ports) {}

    Result<TriedCopy> try_secret() {
        auto tried = conclude();
        if (!tried) return std::move(tried).error();
        return TriedCopy{std::move(*tried), waited_};
    }

private:
    Result<Tried> conclude() {
        for (int tried = 1; tried <= most_tries; ++tried) {
            const std::int64_t left = ports_.host.seconds_left();
            auto answer = once();
            if (!answer) return std::move(answer).error();
            if (answer->verdict == Answer::Verdict::uncertain) return unverified();
            if (answer->verdict == Answer::Verdict::refused) return refused(*answer);
            opened_ = true;
            user_ = answer->user_name;
            auto found = narrow(*answer);
            if (!found) return std::move(found).error();
            if (!*found) return unverified();
            // The secret opens a key, and the record knows which one: the secret of a key never
            // changes.
            if (recorded_ && candidates_.contains(*recorded_)) candidates_ = {*recorded_};
            if (candidates_.empty()) return unverified();
            if (candidates_.size() == 1 && all_listed()) return accepted(*answer);
            if (tried == most_tries) break;
            auto waited = wait(left - ports_.host.seconds_left());
            if (!waited) return std::move(waited).error();
            if (!*waited) break;
        }
        return unverified();
    }

    /// Waits before the next try for a time of this run's own. Returns false if too little time
    /// would be left for that try, which may take as long as the last one, and for what the run
    /// has to do afterwards. Error: cancelled.
    Result<bool> wait(std::int64_t try_took_s) {
        const std::int64_t most_ms =
            (ports_.host.seconds_left() - try_took_s - left_for_changes_s) * 1000;
        if (most_ms < shortest_wait_ms) return false;
        const std::int64_t span = std::min<std::int64_t>(
            shortest_wait_ms + ports_.host.random() % wait_spread_ms, most_ms);
        auto waited = pause(span);
        if (!waited || !*waited) return waited;
        waited_ = true;
        since_ = last_.now.plus_seconds(span / 1000);
        return true;
    }

    /// Returns false if the time is not there. Error: cancelled.
    Result<bool> pause(std::int64_t milliseconds) const {
        auto paused = ports_.host.pause(milliseconds);
        if (!paused && paused.error().code == Code::cancelled) return std::move(paused).error();
        return paused.ok();
    }

    Result<Tried> unverified() const {
        Tried out;
        out.verdict = Tried::Verdict::unverified;
        out.at = last_.exact ? std::optional(last_.now) : std::nullopt;
        out.opened = opened_;
        out.user = user_;
        if (all_listed()) out.among = candidates_;
        return out;
    }

    Result<Tried> accepted(const Answer& answer) const {
        Tried out;
        out.verdict = Tried::Verdict::accepted;
        out.row = *candidates_.begin();
        out.user = answer.user_name;
        out.at = last_.now;
        if (last_.exact) return out;
        // Without a Date the row itself tells when it was used.
        for (const AccessKeyRow& row : known_)
            if (row.id == *out.row) out.at = row.last_used.value_or(row.created);
        return out;
    }

    /// One try. A server that gives no clear answer, as during its restart, is asked again.
    Result<Answer> once() {
        for (int asked = 1;; ++asked) {
            auto answer = ports_.keys.try_secret(secret_);
            if (!answer && ends_the_run(answer.error())) return std::move(answer).error();
            if (answer && answer->verdict != Answer::Verdict::uncertain) return std::move(*answer);
            if (asked == most_questions) return Answer{};
            auto waited = pause(between_questions_ms);
            if (!waited) return std::move(waited).error();
            if (!*waited) return Answer{};
        }
    }

    /// A single 401 may be a hiccup of the server's database, so the secret is tried twice. After
    /// an accepted try it means that the key was deleted meanwhile.
    Result<Tried> refused(const Answer& first) {
        auto waited = pause(between_refusals_ms);
        if (!waited) return std::move(waited).error();
        if (!*waited) return unverified();
        ports::KeyQuery any;
        any.first_page_only = true;
        any.own_will_do = true;
        any.name = "--"; // few rows or none; all that matters is that the server answers
        auto own = ports_.keys.list(any);
        if (!own && ends_the_run(own.error())) return std::move(own).error();
        if (!own) return unverified();
        last_ = own->time;
        auto again = once();
        if (!again) return std::move(again).error();
        if (again->verdict != Answer::Verdict::refused) return unverified();
        Tried out;
        out.verdict = Tried::Verdict::refused;
        out.at = last_.now;
        out.expired = first.expired || again->expired;
        out.opened = opened_;
        return out;
    }

    /// Whether the row was dead before the try. The server accepted the secret after `since_`, so
    /// its key was alive then. One second is for the server's whole seconds.
    bool was_dead(const AccessKeyRow& row) const {
        return plan::dead_by_clock(row, since_.plus_seconds(-1)).has_value();
    }

    /// Whether no candidate was deleted since its try, which would have been the last of its
    /// secret.
    bool all_listed() const {
        return std::all_of(candidates_.begin(), candidates_.end(), [&](const ServerId& id) {
            return std::any_of(known_.begin(), known_.end(),
                               [&](const AccessKeyRow& row) { return row.id == id; });
        });
    }

    /// From when on a use may be this try. Date may come from another clock than the times of use,
    /// from a proxy's for instance. So this measures from the latest use in the listing: the try
    /// was before it by no more than the listing took. One second is for whole seconds.
    Timestamp earliest_use(const std::vector<AccessKeyRow>& rows) const {
        Timestamp latest = since_.plus_seconds(-most_clock_difference_s);
        for (const AccessKeyRow& row : rows)
            latest = std::max(latest, row.last_used.value_or(row.created));
        const std::int64_t took = std::max<std::int64_t>(last_.now.seconds_since(since_), 0);
        return std::min(since_, latest.plus_seconds(-took - 1)).plus_seconds(-use_granularity_s);
    }

    /// Keeps the rows whose last use may be this try. Returns false if the listing gave no answer.
    Result<bool> narrow(const Answer& answer) {
        auto user = ServerId::parse(answer.user_id);
        if (!user) return false;
        ports::KeyQuery query;
        query.user_id = std::move(*user);
        auto listing = ports_.keys.list(query);
        if (!listing && ends_the_run(listing.error())) return std::move(listing).error();
        if (!listing) return false;
        last_ = listing->time;
        const Timestamp from = earliest_use(listing->rows);
        std::set<ServerId> possible;
        // A key that others deleted meanwhile may be the one, until the server accepts the secret
        // again.
        for (const AccessKeyRow& row : known_)
            if (row.user_id == answer.user_id && !was_dead(row)) possible.insert(row.id);
        for (const AccessKeyRow& row : listing->rows) {
            const Timestamp used = row.last_used.value_or(row.created);
            if (!was_dead(row) && used >= from)
                possible.insert(row.id);
            else
                possible.erase(row.id);
        }
        known_ = std::move(listing->rows);
        if (!narrowed_) {
            candidates_ = std::move(possible);
        } else {
            std::set<ServerId> both;
            std::set_intersection(candidates_.begin(), candidates_.end(), possible.begin(),
                                  possible.end(), std::inserter(both, both.end()));
            candidates_ = std::move(both);
        }
        narrowed_ = true;
        return true;
    }

    const Secret& secret_;
    const std::optional<ServerId>& recorded_;
    std::vector<AccessKeyRow> known_;
    Timestamp since_;
    ServerTime last_{since_, false};
    const ports::Ports& ports_;
    std::set<ServerId> candidates_;
    bool narrowed_ = false;
    bool waited_ = false;
    bool opened_ = false;
    std::string user_{};
};

} // namespace

Result<TriedCopy> try_copy(const Secret& secret, const std::optional<ServerId>& recorded,
                           const std::vector<AccessKeyRow>& rows, const ServerTime& before,
                           const ports::Ports& ports) {
    return Trial(secret, recorded, rows, before, ports).try_secret();
}

} // namespace infrastate::reconcile
