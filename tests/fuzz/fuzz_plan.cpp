// SPDX-License-Identifier: Apache-2.0
// The plan with random arguments and observations. It never acts on what it refuses, and changes no
// row that it was not shown. After its actions there is nothing left to do.
//
// To extend: a parameter is one line in described(), an observation one in observed_rows(), an
// invariant one in check().
#include "fuzz.h"

#include "infrastate/plan/access_key.h"

#include <algorithm>

namespace {

using namespace infrastate;
using namespace infrastate::plan;
using fuzz::Choices;
using fuzz::must;

constexpr std::int64_t t0 = 1'800'000'000;
constexpr std::int64_t hour = 3600;

Duration some_duration(Choices& choices) {
    // Near the values where rules change: seconds, the tolerance, hours, years.
    constexpr std::int64_t bases[] = {1,         30,         60,          hour,
                                      72 * hour, 720 * hour, 8766 * hour, 200'000 * hour};
    const std::int64_t base = bases[choices.up_to(std::size(bases) - 1)];
    return Duration::from_seconds(base + choices.up_to(120));
}

Timestamp some_time(Choices& choices) {
    return Timestamp::from_unix(
        t0 + (static_cast<std::int64_t>(choices.up_to(2000)) - 1000) * hour + choices.up_to(61));
}

template <class Make>
auto sometimes(Choices& choices, const Make& make) -> std::optional<decltype(make(choices))> {
    if (!choices.flag()) return std::nullopt;
    return make(choices);
}

Desired described(Choices& choices) {
    Desired out{choices.flag() ? State::absent : State::present, *KeyName::parse("example")};
    out.recreate = static_cast<Recreate>(choices.up_to(3));
    if (choices.flag())
        out.expires_in = sometimes(choices, some_duration);
    else
        out.expires_at = sometimes(choices, some_time);
    out.inactivity_timeout = sometimes(choices, some_duration);
    return out;
}

std::vector<AccessKeyRow> observed_rows(Choices& choices) {
    std::vector<AccessKeyRow> out;
    for (std::uint32_t i = 0, count = choices.up_to(3); i < count; ++i) {
        const Timestamp created = some_time(choices);
        out.push_back({*ServerId::parse("k" + std::to_string(i)),
                       i == 0 ? "example" : "example.rot-" + std::to_string(i) + "-0123abcd",
                       "connector", "u1", created, sometimes(choices, some_time),
                       sometimes(choices, some_time), sometimes(choices, some_time)});
    }
    return out;
}

std::set<ServerId> some_ids(Choices& choices, const std::vector<AccessKeyRow>& rows) {
    std::set<ServerId> out;
    for (const AccessKeyRow& row : rows)
        if (choices.flag()) out.insert(row.id);
    return out;
}

bool is_row(const Observed& observed, const std::optional<ServerId>& id) {
    return id && std::any_of(observed.rows.begin(), observed.rows.end(),
                             [&](const AccessKeyRow& row) { return row.id == *id; });
}

void check(const Desired& desired, const Observed& observed, const Plan& plan) {
    must(plan.need != Need::nothing || plan.refusal || fuzz::is_one_line(plan.explanation),
         "the explanation is one line", plan.explanation);
    for (const std::string& warning : plan.warnings)
        must(fuzz::is_one_line(warning), "a warning is one line", warning);
    must(!plan.refusal || plan.actions.empty(), "what is refused is not done");
    must(!plan.refusal || fuzz::is_one_line(plan.refusal->message), "a refusal is one line");
    must(!plan.reasons.empty() && plan.reasons.front() == plan.reason, "the first reason leads");
    must(std::is_sorted(plan.reasons.begin(), plan.reasons.end()), "reasons have their order");
    for (const Action& action : plan.actions) {
        if (action.kind == ActionKind::create) {
            must(desired.state == State::present, "nothing is made that shall be absent");
            must(!action.id, "a key that is made has no id yet");
        } else {
            must(is_row(observed, action.id), "only rows that were seen are deleted");
        }
    }
    const auto creates =
        std::count_if(plan.actions.begin(), plan.actions.end(),
                      [](const Action& a) { return a.kind == ActionKind::create; });
    must(creates <= 1, "at most one key is made");
    must(creates == 0 || plan.actions.back().kind == ActionKind::create, "deleting comes first");
    if (desired.recreate == Recreate::never && desired.state == State::present)
        must(std::none_of(plan.actions.begin(), plan.actions.end(),
                          [](const Action& a) { return a.kind == ActionKind::remove; }),
             "never is never");
}

/// What a server would list after the actions.
Observed after(const Desired& desired, Observed observed, const Plan& plan) {
    for (const Action& action : plan.actions) {
        if (action.kind != ActionKind::create) {
            std::erase_if(observed.rows,
                          [&](const AccessKeyRow& row) { return row.id == *action.id; });
            continue;
        }
        const auto lifetime = lifetime_to_ask(desired, observed.time.now);
        must(lifetime.ok(), "a key that is to be made can be asked for");
        const Timestamp now = observed.time.now;
        observed.rows.push_back({*ServerId::parse("new"), action.name, "connector", "u1", now, now,
                                 now.plus(lifetime->expiry),
                                 now.plus(lifetime->inactivity_timeout)});
        if (observed.live_ids) observed.live_ids->insert(*ServerId::parse("new"));
    }
    return observed;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Choices choices(data, size);
    const Desired desired = described(choices);
    Observed observed{observed_rows(choices), {some_time(choices), choices.flag()}};
    if (choices.flag()) observed.live_ids = some_ids(choices, observed.rows);
    const Plan plan = plan_access_key(desired, observed);
    check(desired, observed, plan);
    const Plan same = plan_access_key(desired, observed);
    must(same.actions == plan.actions && same.explanation == plan.explanation,
         "one plan for one view");
    if (plan.need != Need::nothing) {
        must(plan.actions.empty() || !observed.live_ids, "asked once");
        return 0;
    }
    if (plan.refusal || desired.recreate == Recreate::always) return 0;
    const Observed then = after(desired, observed, plan);
    const Plan second = plan_access_key(desired, then);
    check(desired, then, second);
    must(second.actions.empty(), "a second run changes nothing", second.explanation);
    return 0;
}
