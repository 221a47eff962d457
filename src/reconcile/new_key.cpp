// SPDX-License-Identifier: Apache-2.0
#include "new_key.h"

#include "infrastate/plan/mark.h"

#include <algorithm>
#include <utility>

namespace infrastate::reconcile {
namespace {

using plan::Action;
using plan::ActionKind;

std::string new_name(Run& run) {
    if (run.current.new_name) return *run.current.new_name;
    return rotation_name(run.desired.name, run.current.rotation, run.ports.host.random());
}

std::string user_of(const Run& run, const ServerId& id) {
    for (const AccessKeyRow& row : run.seen.rows)
        if (row.id == id) return row.user_name;
    return run.desired.user;
}

Intent make_intent(Run& run, bool recognisable) {
    // The time in which the server may create the key. It covers the server's clock and this
    // machine's. Without a current Date, or if the two differ by more than ten minutes, a clock may
    // be wrong, and nobody knows which. Then it covers a day more on each side.
    const Timestamp server = run.seen.time.now, machine = run.seen.time.machine.value_or(server);
    const Timestamp first = std::min(server, machine), last = std::max(server, machine);
    const bool sure = run.seen.time.exact && last.seconds_since(first) <= 600;
    const std::int64_t slack = sure ? 0 : 24 * 3600;
    Intent out{.host = run.desired.host,
               .user = run.desired.user,
               .user_id = run.user_id->text(),
               .name = run.desired.name.text(),
               .key_name = run.new_key->name,
               .asked = plan::asked_for(run.desired),
               .sent_expiry = run.new_key->expiry,
               .sent_inactivity_timeout = run.new_key->inactivity_timeout,
               .recognisable = recognisable,
               .started = first.plus_seconds(-slack),
               .until = last.plus_seconds(run.ports.host.seconds_left() + 1 + slack),
               .seen = {},
               .predecessors = run.current.predecessors,
               .keepers = run.desired.keepers,
               .answered = {},
               .machine = run.desired.machine};
    for (const AccessKeyRow& row : run.seen.rows)
        out.seen.insert(row.id);
    // These keys are predecessors until they are deleted.
    for (const Action& action : run.current.actions)
        if (action.kind == ActionKind::retire)
            out.predecessors.push_back({*action.id, user_of(run, *action.id), action.name});
    if (!out.keepers && run.seen.record) out.keepers = run.seen.record->keepers;
    return out;
}

} // namespace

bool describe_new_key(Run& run, std::optional<Intent>& intent) {
    // Tries of secrets take time, but the key must end at the time that was asked for.
    const std::int64_t since = run.left_when_seen - run.ports.host.seconds_left();
    auto asked = plan::lifetime_to_ask(run.desired, run.seen.time.now.plus_seconds(since));
    if (!asked) {
        run.fail(std::move(asked).error());
        return false;
    }
    run.new_key.emplace(
        ports::NewKey{*run.user_id, new_name(run), asked->expiry, asked->inactivity_timeout});
    if (!run.holder.on_disk()) return true;
    const plan::MarkRoom room = plan::mark_room(*asked);
    if (room.enough()) {
        const auto sent =
            plan::marked(*asked, room, run.ports.host.random(), run.ports.host.random());
        run.new_key->expiry = sent.expiry;
        run.new_key->inactivity_timeout = sent.inactivity_timeout;
    }
    intent = make_intent(run, room.enough() || run.current.rotation > 0);
    return true;
}

} // namespace infrastate::reconcile
