// SPDX-License-Identifier: Apache-2.0
// The rules about a run that has ended: whether what it says fits what it did. Part of Player.
#include "player.h"

#include <algorithm>

namespace infrastate::explore {
namespace {

/// The part of a rotation's name that is known before it is made.
std::string known_part(const std::string& name) {
    const auto at = name.rfind(".rot-");
    if (at == std::string::npos) return name;
    const auto dash = name.find('-', at + 5);
    return dash == std::string::npos ? name : name.substr(0, dash);
}

std::string actions_text(const std::vector<plan::Action>& actions) {
    std::string out;
    for (const plan::Action& action : actions)
        out += std::string(plan::name(action.kind)) + " " + known_part(action.name) +
               (action.id ? "(" + action.id->text() + ") " : " ");
    return out;
}

} // namespace

void Player::verify_run(const RunResult& result) {
    if (result.skipped || violation_) return;
    note_situations(result);
    if (result.died) return;
    const reconcile::Report& report = result.report;
    verify_visible(result);
    verify_refusals(result);
    verify_calm(result);
    verify_words(result);
    verify_asked(result);
    verify_now(result);
    verify_unnamed(result);
    verify_shared(result);
    verify_posts(result);
    const std::string run = "run " + std::to_string(result.run);
    // 9: `changed` is right.
    const bool did = !result.changes.empty() || result.file_changed;
    if (!report.changed && did && !(report.error && report.outcome == Effect::unknown))
        violate("honest-changed",
                run + " says \"unchanged\", but " +
                    (result.file_changed
                         ? std::string("changed the secret file")
                         : Server::text(result.changes.front().key) +
                               (result.changes.front().made ? " was made" : " was deleted")));
    const bool only_attributes =
        std::any_of(report.actions.begin(), report.actions.end(), [](const plan::Action& action) {
            return action.kind == plan::ActionKind::set_attributes ||
                   action.kind == plan::ActionKind::remove_file ||
                   action.kind == plan::ActionKind::hand_over;
        });
    if (report.changed && !did && !only_attributes && !result.struck && result.alone)
        violate("honest-changed", run + " says \"changed\", but did nothing");
    if (report.error && report.error->code == Code::internal)
        violate("no-internal-error", run + ": " + report.error->message);
    // By id the run deletes one key, and with the file what is known of others: the run must say
    // so.
    if (!report.error && result.desired.state == plan::State::absent && result.desired.id && did)
        disturbed_.insert(result.identity);
    if (report.error || result.desired.state == plan::State::absent) return;

    // The secret that the caller gets opens the key that the result describes.
    if (!report.secret || report.secret_state != plan::SecretState::good || !result.alone) return;
    const Key* const opened = server_.by_secret(report.secret->reveal());
    const bool late_loss = opened == nullptr || !server_.live(*opened);
    const bool of_age =
        opened != nullptr && std::min(opened->expires, opened->deadline) >= result.began;
    if (late_loss && !of_age && !result.struck)
        violate("secret-opens", run + " hands over a secret that opens nothing");
    if (!late_loss && report.key && report.key->id.text() != opened->id)
        violate("secret-opens", run + " hands over the secret of " + Server::text(*opened) +
                                    " for the key " + report.key->id.text());
    if (result.desired.secret_file && kept(result.actor_task) != report.secret->reveal())
        violate("secret-opens", run + " hands over another secret than the file holds");
}

void Player::verify_check(const RunResult& check, const RunResult& real) {
    if (violation_ || check.skipped) return;
    // The clock moved between the two observations: a key may have died for one of them.
    const auto died_meanwhile = [&](const Key& key) {
        const Millis death = std::min(key.expires, key.deadline);
        return death >= check.began - 1000 && death <= simulation_.now();
    };
    for (const Key* key : server_.sorted())
        if (died_meanwhile(*key)) return;
    for (const ServerChange& change : real.changes)
        if (!change.made && died_meanwhile(change.key)) return;
    // The server's clean-up is not undone when the clock is set back.
    if (server_.purged_at() >= check.began - 1000) return;
    // The one exception: a check uses no secret, and says so.
    if (check.report.secret_state == plan::SecretState::unverified) return;
    for (const std::string& warning : check.report.warnings)
        if (warning.find("not tried in a dry run") != std::string::npos) return;
    const std::string run = "run " + std::to_string(real.run);
    const auto error_of = [](const RunResult& result) {
        return result.report.error ? std::string(code_name(result.report.error->code)) + " " +
                                         result.report.error->detail
                                   : std::string("none");
    };
    // Only a POST can tell that.
    if (real.denied) return;
    if (error_of(check) != error_of(real))
        violate("check-equals-run",
                run + " ends with error " + error_of(real) + ", its check with " + error_of(check));
    if (check.report.plan.reason != real.report.plan.reason)
        violate("check-equals-run",
                run + " has reason " + std::string(plan::name(real.report.plan.reason)) +
                    ", its check " + std::string(plan::name(check.report.plan.reason)));
    if (check.report.error || real.report.error) return;
    if (check.report.changed != real.report.changed)
        violate("check-equals-run", run + " and its check differ in `changed`");
    if (actions_text(check.report.actions) != actions_text(real.report.actions))
        violate("check-equals-run", run + " does " + actions_text(real.report.actions) +
                                        "and its check says " + actions_text(check.report.actions));
}

} // namespace infrastate::explore
