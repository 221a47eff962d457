// SPDX-License-Identifier: Apache-2.0
#include "report.h"

#include "infrastate/types/text.h"

#include <algorithm>
#include <utility>

namespace infrastate::reconcile {
namespace {

using plan::key_phrase;

/// How Infra refuses an ordinary access key that tries to create a key for another user than
/// connector.
constexpr std::string_view only_for_connector =
    "cannot use an access key to create other access keys";

void warn(Report& report, const std::vector<std::string>& texts) {
    for (const std::string& text : texts)
        if (std::find(report.warnings.begin(), report.warnings.end(), text) ==
            report.warnings.end())
            report.warnings.push_back(text);
}

} // namespace

void take_over_plan(Run& run, bool first) {
    for (const plan::Action& action : run.current.actions)
        for (const AccessKeyRow& row : run.seen.rows) {
            if (action.id != row.id) continue;
            std::erase_if(run.rows_to_go,
                          [&](const AccessKeyRow& each) { return each.id == row.id; });
            run.rows_to_go.push_back(row);
        }
    run.report.time = run.seen.time;
    run.report.key = run.current.current;
    run.report.asked = run.current.asked;
    // If nothing was done for a plan, the next plan replaces it in the report.
    if (first || !run.report.changed) run.report.plan = run.current;
    warn(run.report, run.holder.warnings());
    warn(run.report, run.seen.warnings);
    warn(run.report, run.current.warnings);
    run.report.secret_state = run.current.secret_state;
    run.report.predecessors = run.current.predecessors;
    run.report.live_keys = run.current.live;
    run.report.next_action_at = run.current.next_action_at;
    if (run.current.previous_id) run.report.previous_id = run.current.previous_id;
}

void record(Report& report, const plan::Action& action) {
    report.actions.push_back(action);
    report.changed = true;
    report.outcome = Effect::changed;
}

void conclude(Run& run) {
    // If something was to be done, a real run that succeeded or changed something says what it did.
    // Every other run says the plan's sentence: what is to be done, or that nothing is.
    const bool planned = !run.report.plan.actions.empty() || !run.report.actions.empty();
    const bool tells =
        planned && run.mode == Mode::apply && (run.report.changed || !run.report.error);
    run.report.explanation =
        tells ? plan::told(run.desired, run.report.plan, run.report.actions, run.rows_to_go)
              : run.report.plan.explanation;
    if (run.report.secret || run.report.error || run.desired.state == plan::State::absent) return;
    if (run.report.secret_state != plan::SecretState::good) return;
    if (run.desired.secret_file && run.holder.file_secret() != nullptr)
        run.report.secret = run.holder.file_secret()->clone();
    else if (!run.desired.secret_file && run.context.current_secret != nullptr)
        run.report.secret = run.context.current_secret->clone();
}

void say_what_is_left(const Report& report, Error& error) {
    if (!report.changed) return;
    const std::size_t live = report.live_keys.size();
    error.message += live == 0
                         ? "; the old key was deleted before, so no live key of this "
                           "name is left until a run succeeds"
                         : "; " + std::to_string(live) + " live key" + (live == 1 ? "" : "s") +
                               " of this name " + (live == 1 ? "is" : "are") + " left";
}

Error contended(Run& run) {
    if (run.ambiguous) return std::move(*run.ambiguous);
    return Error{Code::conflict,
                 key_phrase(run.desired) +
                     " is being changed by others at the same time; run again when they are done",
                 {},
                 "contended",
                 0,
                 true};
}

Error made_by_another_run(const Run& run) {
    return Error{Code::conflict,
                 "another run made " + key_phrase(run.desired) +
                     " at the same moment and not as described here (" + run.current.explanation +
                     "); it is left alone: run again if it is to be replaced",
                 {},
                 "made_by_another_run",
                 0,
                 true};
}

Error own_key(const plan::Action& action) {
    return Error{Code::argument,
                 "access_key: deleting access key " + in_quotes(action.name) + " (id " +
                     action.id->text() +
                     ") is not possible, as it is the very key that this run authenticates with; "
                     "authenticate with another key, or with username and password",
                 "access_key", "own_key"};
}

Error not_deleted(const Run& run, const plan::Action& action, Error error) {
    if (error.detail == "own_key") {
        Error out = own_key(action);
        say_what_is_left(run.report, out);
        return out;
    }
    error.message = "deleting access key " + in_quotes(action.name) + " (id " + action.id->text() +
                    ") failed: " + error.message;
    if (error.effect == Effect::unknown)
        error.message += "; it is unknown whether the key still exists; the next run finds out";
    say_what_is_left(run.report, error);
    return error;
}

Error not_created(const Run& run, Error error) {
    if (error.code == Code::conflict) {
        error.message = "the server says that the name " + in_quotes(run.new_key->name) +
                        " is taken, but lists no such key for user " + in_quotes(run.desired.user) +
                        ": " + error.message;
        error.detail = "conflict_without_row";
    } else {
        error.message = "creating " + key_phrase(run.desired) + " failed: " + error.message;
        if (error.http_status == 400 &&
            error.message.find(only_for_connector) != std::string::npos) {
            error.message += "; an access key made by an administrator makes keys for the user "
                             "connector only: authenticate with username and password, or with a "
                             "key of the server's configuration";
            error.field = "access_key";
        }
    }
    say_what_is_left(run.report, error);
    return error;
}

Error not_looked_up(Error ambiguous, const Error& cause) {
    ambiguous.message += "; it could not be looked up: " + cause.message;
    return ambiguous;
}

Error create_ambiguous(const Run& run, Error error) {
    error.message = "it is unknown whether creating " + key_phrase(run.desired) + " succeeded (" +
                    error.message + ")";
    error.detail = "create_ambiguous";
    error.retryable = true;
    error.effect = Effect::unknown;
    return error;
}

} // namespace infrastate::reconcile
