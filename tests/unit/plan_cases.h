// SPDX-License-Identifier: Apache-2.0
// Functions for the tables of the state logic. A case is a key on disk, held and good; each line of
// a table changes something and says in a few words what the plan does.
#pragma once

#include "plan_rows.h"
#include "support/check.h"

#include "infrastate/plan/access_key.h"
#include "infrastate/plan/mark.h"

#include <cppunit/extensions/HelperMacros.h>

#include <functional>

namespace infrastate::plan_cases {

using namespace plan_rows; // NOLINT: these tables use all its names
using plan::Copy;
using plan::Desired;
using plan::Observed;
using plan::Plan;
using plan::Tried;
using test::must;
using test::must_contain;

inline Duration span(const char* text) {
    return must(Duration::parse(text));
}

inline AccessKeyRow used(AccessKeyRow out, std::int64_t when) {
    out.last_used = at(when);
    out.inactivity_deadline = at(when + 60 * day);
    return out;
}

inline Copy kept(bool recorded = true) {
    return {Copy::Kind::secret, recorded, false, {}};
}
inline Copy tried(Tried::Verdict verdict, const std::string& key = {}) {
    Copy out = kept(false);
    out.tried.verdict = verdict;
    if (!key.empty()) out.tried.row = id(key);
    out.tried.user = "connector";
    out.tried.at = at(t0);
    return out;
}

/// A key on disk, held and good. Each case changes something of it.
struct PlanInput {
    Desired want{plan::State::present, must(KeyName::parse("web"))};
    Observed seen{{row("k1")}, {at(t0), true}};

    PlanInput() {
        want.secret_file = true;
        want.host = "https://infra.example";
        seen.record = record("k1");
        seen.file = kept();
    }
    PlanInput& no_holder() {
        want.secret_file = false;
        seen.record.reset();
        seen.file = {};
        return *this;
    }
    PlanInput& current(Copy copy) {
        no_holder();
        want.current_secret = copy.kind == Copy::Kind::empty ? plan::CurrentSecret::empty
                                                             : plan::CurrentSecret::given;
        seen.current = std::move(copy);
        return *this;
    }
    PlanInput& confirmed() {
        seen.live_ids.emplace();
        for (const AccessKeyRow& each : seen.rows)
            if (!plan::dead_by_clock(each, seen.time.now)) seen.live_ids->insert(each.id);
        return *this;
    }
};

/// "rotation_due: create web.rot-1, retire k0" or "needs try_file" or "unheld: refused adopt".
inline std::string words(const PlanInput& of) {
    const Plan plan = plan::plan_access_key(of.want, of.seen);
    if (plan.need != plan::Need::nothing) return "needs " + name(plan.need);
    std::string out(plan::name(plan.reason));
    for (const auto& action : plan.actions)
        out += " " + std::string(plan::name(action.kind)) + ":" +
               (action.id ? action.id->text() : action.name);
    if (plan.refusal) out += " refused:" + plan.refusal->detail;
    return out;
}

struct Line {
    const char* rule;
    std::function<void(PlanInput&)> change;
    const char* expected;
};

inline Intent intent(const std::string& key_name, std::int64_t started) {
    return {.host = "https://infra.example",
            .user = "connector",
            .user_id = "uConnector",
            .name = "web",
            .key_name = key_name,
            .asked = AskedFor{.expires_in = Duration::from_seconds(30 * day),
                              .inactivity_timeout = Duration::from_seconds(60 * day)},
            .sent_expiry = Duration::from_seconds(30 * day + 7),
            .sent_inactivity_timeout = Duration::from_seconds(60 * day + 4711),
            .recognisable = true,
            .started = at(started),
            .until = at(started + 30)};
}

/// The row that the intent's POST would make.
inline AccessKeyRow made_by(const Intent& by, const std::string& key, std::int64_t created) {
    AccessKeyRow out = row(key, by.key_name, created);
    out.expires = at(created + by.sent_expiry.seconds());
    out.inactivity_deadline = at(created + by.sent_inactivity_timeout.seconds());
    return out;
}

/// What the tests share.
class PlanFixture : public CppUnit::TestFixture {
protected:
    static void check(const std::vector<Line>& lines) {
        for (const Line& line : lines) {
            PlanInput one;
            line.change(one);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(line.rule, std::string(line.expected), words(one));
        }
    }
};

} // namespace infrastate::plan_cases
