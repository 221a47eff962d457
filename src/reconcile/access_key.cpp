// SPDX-License-Identifier: Apache-2.0
#include "infrastate/reconcile/access_key.h"

#include "observe.h"

#include <algorithm>
#include <utility>

namespace infrastate::reconcile {
namespace {

using plan::Action;
using plan::ActionKind;
using plan::Desired;

/// A run plans again at most twice: after that, others are changing the key all the time.
constexpr int most_plans = 3;

std::string key_phrase(const Desired& desired) {
    return "access key '" + desired.name.text() + "' of user '" + desired.user + "'";
}

class Run {
public:
    Run(const Desired& desired, Mode mode, ports::KeyApi& api)
        : desired_(desired), mode_(mode), api_(api) {}

    Report go() {
        for (int planned = 1;; ++planned) {
            if (!observe_and_plan(planned == 1)) return std::move(report_);
            if (current_.actions.empty()) return std::move(report_);
            if (!precheck()) return std::move(report_);
            if (mode_ == Mode::check) {
                report_.actions = current_.actions;
                report_.changed = true;
                return std::move(report_);
            }
            const Step step = apply();
            if (step != Step::plan_again) return std::move(report_);
            if (planned == most_plans) {
                fail(Error{Code::conflict,
                           key_phrase(desired_) +
                               " is being changed by others at the same time; run again when they "
                               "are done",
                           {},
                           "contended",
                           0,
                           true});
                return std::move(report_);
            }
        }
    }

private:
    enum class Step { done, failed, plan_again };

    /// The first error decides the report; what was changed before it stays on record.
    void fail(Error error) {
        if (report_.changed) error.effect = Effect::changed;
        if (error.effect == Effect::unknown) report_.outcome = Effect::unknown;
        report_.error = std::move(error);
    }

    bool observe_and_plan(bool first) {
        auto observed = observe(desired_, api_);
        if (!observed) {
            fail(std::move(observed).error());
            return false;
        }
        current_ = plan::plan_access_key(desired_, *observed);
        if (current_.needs_confirmation) {
            if (auto confirmed = confirm_dead(desired_, api_, *observed); !confirmed) {
                fail(std::move(confirmed).error());
                return false;
            }
            current_ = plan::plan_access_key(desired_, *observed);
        }
        report_.time = observed->time;
        report_.key = current_.current;
        // A plan that nothing was done for is replaced by the next one.
        if (first || !report_.changed) report_.plan = current_;
        report_.warnings.insert(report_.warnings.end(), current_.warnings.begin(),
                                current_.warnings.end());
        if (current_.refusal) {
            fail(*current_.refusal);
            return false;
        }
        if (conflict_seen_ && !current_.actions.empty() &&
            current_.actions.front().kind == ActionKind::remove) {
            fail(Error{Code::conflict,
                       "another run made " + key_phrase(desired_) +
                           " at the same moment and not as described here (" +
                           current_.explanation +
                           "); it is left alone: run again if it is to be replaced",
                       {},
                       "made_by_another_run",
                       0,
                       true});
            return false;
        }
        return true;
    }

    bool creates() const {
        return std::any_of(current_.actions.begin(), current_.actions.end(),
                           [](const Action& action) { return action.kind == ActionKind::create; });
    }

    /// Everything that can be found wrong is found before the first change, in check mode too.
    bool precheck() {
        if (creates() && !user_id_ && !find_user()) return false;
        if (!version_checked_ && !check_version()) return false;
        if (mode_ == Mode::apply && !api_.may_start_change()) {
            fail(Error{Code::deadline,
                       "the time left is too short to change " + key_phrase(desired_) +
                           " safely; nothing was changed in this step; raise timeout",
                       "timeout", "no_time_to_change", 0, true});
            return false;
        }
        return true;
    }

    bool find_user() {
        // A listed row names its user and shows that the user exists: the server lists no others.
        if (current_.current && !current_.current->user_id.empty()) {
            if (auto id = ServerId::parse(current_.current->user_id)) {
                user_id_ = std::move(*id);
                return true;
            }
        }
        auto user = api_.find_user(desired_.user);
        if (!user) {
            fail(std::move(user).error());
            return false;
        }
        if (!user->has_value()) {
            fail(Error{Code::not_found,
                       "user: Infra has no user named '" + desired_.user +
                           "', so no access key can be made for it",
                       "user", "user_not_found"});
            return false;
        }
        user_id_ = (*user)->id;
        return true;
    }

    bool check_version() {
        auto version = api_.version();
        if (!version) {
            fail(std::move(version).error());
            return false;
        }
        if (*version < oldest_server) {
            fail(Error{Code::unsupported,
                       "the Infra server is version " + version->text() + "; version " +
                           oldest_server.text() + " or newer is needed",
                       {},
                       "server_too_old"});
            return false;
        }
        version_checked_ = true;
        return true;
    }

    Step apply() {
        for (const Action& action : current_.actions) {
            const Step step = action.kind == ActionKind::remove ? remove(action) : create(action);
            if (step != Step::done) return step;
        }
        if (desired_.state == plan::State::absent) report_.key.reset();
        return Step::done;
    }

    void record(Action action) {
        report_.actions.push_back(std::move(action));
        report_.changed = true;
        report_.outcome = Effect::changed;
    }

    Step remove(const Action& action) {
        auto removed = api_.remove(*action.id);
        if (removed) {
            // Gone already: somebody else did it, which is as good.
            if (*removed == ports::Removed::now) record(action);
            return Step::done;
        }
        Error error = std::move(removed).error();
        error.message = "deleting access key '" + action.name + "' (id " + action.id->text() +
                        ") failed: " + error.message;
        if (error.effect == Effect::unknown)
            error.message += "; whether it still exists is unknown, and the next run will see";
        fail(std::move(error));
        return Step::failed;
    }

    Step create(const Action& action) {
        const auto lifetime = plan::lifetime_to_ask(desired_, report_.time->now);
        if (!lifetime) {
            fail(lifetime.error());
            return Step::failed;
        }
        auto created =
            api_.create({*user_id_, action.name, lifetime->expiry, lifetime->inactivity_timeout});
        if (created) {
            record(action);
            // The answer to a POST leaves out whom the key is for.
            created->row.user_name = desired_.user;
            created->row.user_id = user_id_->text();
            report_.key = std::move(created->row);
            report_.secret = std::move(created->secret);
            report_.time = created->time;
            report_.warnings.push_back(
                "the secret of " + key_phrase(desired_) +
                " is shown this once and kept nowhere: store `secret` from this result");
            return Step::done;
        }
        Error error = std::move(created).error();
        if (error.effect == Effect::unknown) return ambiguous(action, std::move(error));
        if (error.code == Code::conflict && !conflict_seen_) {
            // Another run made the name since it was observed: that run has won.
            conflict_seen_ = true;
            return Step::plan_again;
        }
        if (error.code == Code::conflict) {
            error.message = "the server says that the name '" + action.name +
                            "' is taken, but lists no such key for user '" + desired_.user +
                            "': " + error.message;
            error.detail = "conflict_without_row";
        } else {
            error.message = "creating " + key_phrase(desired_) + " failed: " + error.message;
        }
        say_what_is_left(error);
        fail(std::move(error));
        return Step::failed;
    }

    void say_what_is_left(Error& error) const {
        if (report_.changed)
            error.message +=
                "; the old key was deleted before, so no live key of this name is left "
                "until a run succeeds";
    }

    /// No clear answer to the POST: it may have made a key whose secret nobody has. It is not
    /// repeated; what can be seen is said.
    Step ambiguous(const Action& action, Error error) {
        api_.enter_cleanup();
        const bool deleted = report_.changed;
        std::string seen;
        if (auto now = observe(desired_, api_); !now) {
            seen = "whether a key was made could not be seen either (" + now.error().message + ")";
        } else {
            const auto& rows = now->rows;
            const auto row = std::find_if(rows.begin(), rows.end(), [&](const AccessKeyRow& each) {
                return each.name == action.name;
            });
            if (row == rows.end()) {
                seen = "no such key is listed now, but the request may still act late";
            } else {
                seen = "a key of that name is listed now (id " + row->id.text() + ", created " +
                       row->created.text() + "), and nobody has its secret if this run made it";
                report_.key = *row;
                report_.changed = true; // it was not there before
            }
        }
        const std::string cause = std::exchange(
            error.message, "it is unknown whether creating " + key_phrase(desired_) + " succeeded");
        error.message += " (" + cause + "): " + seen +
                         "; run once more with recreate: always to get a key whose secret is known";
        if (deleted) error.message += "; the old key was deleted before";
        error.detail = "create_ambiguous";
        error.retryable = true;
        error.effect = Effect::unknown;
        report_.outcome = Effect::unknown;
        report_.error = std::move(error);
        return Step::failed;
    }

    const Desired& desired_;
    const Mode mode_;
    ports::KeyApi& api_;
    plan::Plan current_;
    Report report_;
    std::optional<ServerId> user_id_;
    bool version_checked_ = false;
    bool conflict_seen_ = false;
};

} // namespace

Report reconcile_access_key(const Desired& desired, Mode mode, ports::KeyApi& api) {
    return Run(desired, mode, api).go();
}

} // namespace infrastate::reconcile
