// SPDX-License-Identifier: Apache-2.0
#include "faults.h"

#include <array>

namespace infrastate::simulator {

namespace {

/// Members of a rule beside match, times and action.
enum Member : unsigned {
    ms = 1u << 0,
    bytes = 1u << 1,
    seconds = 1u << 2,
    status = 1u << 3,
    act = 1u << 4,
    chunked = 1u << 5,
    connection = 1u << 6,
    from = 1u << 7,
    end = 1u << 8,
    message = 1u << 9,
    body = 1u << 10,
    retry_after = 1u << 11,
    content_type = 1u << 12,
};

struct ActionRow {
    std::string_view name;
    Action action;
    bool modifier;
    unsigned required, optional;
};

constexpr std::array<ActionRow, 16> action_rows{{
    {"delay", Action::delay, true, ms, 0},
    {"delay_answer", Action::delay_answer, true, ms, 0},
    {"date", Action::date, true, seconds, 0},
    {"no_date", Action::no_date, true, 0, 0},
    {"age", Action::age, true, seconds, 0},
    {"reset", Action::reset, false, 0, 0},
    {"act_then_reset", Action::act_then_reset, false, 0, 0},
    {"act_late", Action::act_late, false, ms, connection},
    {"hang", Action::hang, false, ms, 0},
    {"cut_body", Action::cut_body, false, bytes, end},
    {"status", Action::status, false, status, act | message | body | retry_after | content_type},
    {"unauthorized", Action::unauthorized, false, 0, 0},
    {"html", Action::html, false, 0, status | body | act},
    {"garbage", Action::garbage, false, 0, bytes},
    {"huge_body", Action::huge_body, false, bytes, status | chunked},
    {"drip", Action::drip, false, ms, bytes | from},
}};

const ActionRow& row_of(Action action) {
    for (const ActionRow& row : action_rows)
        if (row.action == action) return row;
    return action_rows.front();
}

Error wrong(std::string_view member, std::string_view what) {
    return argument_error(member, "fault rule: " + std::string(member) + " " + std::string(what));
}

bool has_kind(const Value& value, Value::Kind kind) {
    return value.kind() == kind;
}

/// Where a member's value goes. Exactly one of the pointers is set.
struct Target {
    std::string_view name;
    unsigned bit;
    std::int64_t* number = nullptr;
    bool* flag = nullptr;
    std::optional<std::string>* text = nullptr;
};

Result<void> read_match(const Value& match, FaultRule& rule) {
    if (!match.is_object()) return wrong("match", "must be an object");
    for (const auto& [name, value] : match.members()) {
        std::string* text = name == "method"     ? &rule.method
                            : name == "path"     ? &rule.path
                            : name == "contains" ? &rule.contains
                                                 : nullptr;
        if (text != nullptr) {
            if (!value.is_string()) return wrong("match." + name, "must be a string");
            *text = value.string();
        } else if (name == "nth") {
            if (!has_kind(value, Value::Kind::integer) || value.integer() < 1)
                return wrong("match.nth", "must be an integer of 1 or more");
            rule.nth = value.integer();
        } else {
            return wrong("match." + name, "is not known; there are method, path, contains, nth");
        }
    }
    return {};
}

Result<void> read_word(std::string_view name, const Value& value, FaultRule& rule) {
    const std::string_view word = value.is_string() ? std::string_view(value.string()) : "";
    if (name == "end") {
        if (word != "reset" && word != "plain" && word != "close")
            return wrong("end", "must be reset, plain or close");
        rule.end = word == "reset"   ? Ending::reset
                   : word == "plain" ? Ending::plain
                                     : Ending::close;
    } else if (name == "connection") {
        if (word != "reset" && word != "hold") return wrong("connection", "must be reset or hold");
        rule.hold = word == "hold";
    } else {
        if (word != "head" && word != "body") return wrong("from", "must be head or body");
        rule.from_head = word == "head";
    }
    return {};
}

} // namespace

Result<FaultRule> parse_fault(const Value& value) {
    if (!value.is_object()) return wrong("rule", "must be an object");
    const Value* action = value.find("action");
    if (action == nullptr || !action->is_string()) return wrong("action", "must be a string");
    const ActionRow* row = nullptr;
    for (const ActionRow& candidate : action_rows)
        if (candidate.name == action->string()) row = &candidate;
    if (row == nullptr) return wrong("action", "is not known: " + action->string());

    FaultRule rule;
    rule.action = row->action;
    std::int64_t status_number = 0;
    const std::array<Target, 10> targets{
        {{"ms", ms, &rule.ms},
         {"bytes", bytes, &rule.bytes},
         {"seconds", seconds, &rule.seconds},
         {"status", status, &status_number},
         {"act", act, nullptr, &rule.act},
         {"chunked", chunked, nullptr, &rule.chunked},
         {"message", message, nullptr, nullptr, &rule.message},
         {"body", body, nullptr, nullptr, &rule.body},
         {"retry_after", retry_after, nullptr, nullptr, &rule.retry_after},
         {"content_type", content_type, nullptr, nullptr, &rule.content_type}}};
    unsigned given = 0;
    for (const auto& [name, member] : value.members()) {
        if (name == "action") continue;
        if (name == "match") {
            if (auto read = read_match(member, rule); !read) return read.error();
            continue;
        }
        if (name == "times") {
            if (!has_kind(member, Value::Kind::integer) || member.integer() < 0)
                return wrong("times", "must be an integer, 0 for always");
            rule.times = member.integer();
            continue;
        }
        unsigned bit = name == "end"          ? unsigned{end}
                       : name == "connection" ? unsigned{connection}
                       : name == "from"       ? unsigned{from}
                                              : 0u;
        if (bit != 0) {
            if (auto read = read_word(name, member, rule); !read) return read.error();
        }
        for (const Target& target : targets) {
            if (target.name != name) continue;
            bit = target.bit;
            if (target.flag != nullptr) {
                if (!has_kind(member, Value::Kind::boolean))
                    return wrong(name, "must be true or false");
                *target.flag = member.boolean();
            } else if (target.number != nullptr) {
                if (!has_kind(member, Value::Kind::integer) ||
                    (member.integer() < 0 && name != "seconds"))
                    return wrong(name, "must be an integer of 0 or more");
                *target.number = member.integer();
            } else if (member.is_string()) {
                *target.text = member.string();
            } else if (name == "retry_after" && has_kind(member, Value::Kind::integer)) {
                *target.text = std::to_string(member.integer());
            } else {
                return wrong(name, "must be a string");
            }
        }
        if ((bit & (row->required | row->optional)) == 0)
            return wrong(name, "does not belong to the action " + std::string(row->name));
        given |= bit;
    }
    if ((given & row->required) != row->required)
        return wrong("rule", "lacks ms, bytes, seconds or status, which the action " +
                                 std::string(row->name) + " needs");
    if ((given & status) != 0 && (status_number < 100 || status_number > 599))
        return wrong("status", "must be 100 to 599");
    rule.status = static_cast<int>(status_number);
    return rule;
}

void Faults::replace(std::vector<FaultRule> rules) {
    const std::lock_guard lock(mutex_);
    rules_ = std::move(rules);
}

void Faults::append(std::vector<FaultRule> rules) {
    const std::lock_guard lock(mutex_);
    rules_.insert(rules_.end(), rules.begin(), rules.end());
}

Value Faults::list() const {
    const std::lock_guard lock(mutex_);
    Value list = Value::array();
    for (const FaultRule& rule : rules_)
        list.push(Value::object({{"match", Value::object({{"method", rule.method},
                                                          {"path", rule.path},
                                                          {"contains", rule.contains},
                                                          {"nth", rule.nth}})},
                                 {"action", row_of(rule.action).name},
                                 {"times", rule.times},
                                 {"seen", rule.seen},
                                 {"applied", rule.applied}}));
    return Value::object({{"rules", std::move(list)}});
}

FaultPlan Faults::plan(std::string_view method, std::string_view target) {
    const std::lock_guard lock(mutex_);
    FaultPlan plan;
    for (FaultRule& rule : rules_) {
        if (!rule.method.empty() && rule.method != method) continue;
        if (!target.starts_with(rule.path)) continue;
        if (target.find(rule.contains) == std::string_view::npos) continue;
        const bool modifier = row_of(rule.action).modifier;
        // A request that an earlier rule ended does not count for the later ones.
        if (!modifier && plan.ending) continue;
        ++rule.seen;
        if (rule.seen < rule.nth || (rule.times != 0 && rule.applied >= rule.times)) continue;
        ++rule.applied;
        plan.names += (plan.names.empty() ? "" : ",") + std::string(row_of(rule.action).name);
        switch (rule.action) {
        case Action::delay:
            plan.delay_ms += rule.ms;
            break;
        case Action::delay_answer:
            plan.delay_answer_ms += rule.ms;
            break;
        case Action::date:
            plan.date_offset_s += rule.seconds;
            break;
        case Action::no_date:
            plan.no_date = true;
            break;
        case Action::age:
            plan.age_s = rule.seconds;
            break;
        default:
            plan.ending = rule;
            break;
        }
    }
    return plan;
}

} // namespace infrastate::simulator
