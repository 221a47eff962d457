// SPDX-License-Identifier: Apache-2.0
#include "faults.h"

#include "refusal.h"

#include <array>

namespace infrastate::simulator {

namespace {

/// Members of a rule, besides match, times and action.
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

[[noreturn]] void refuse(std::string_view member, std::string_view what) {
    throw Refusal("fault rule: " + std::string(member) + " " + std::string(what));
}

std::int64_t read_count(const Json& value, std::int64_t least, std::string_view member,
                        std::string_view what) {
    std::int64_t number = 0;
    if (!read_integer(value, number) || number < least) refuse(member, what);
    return number;
}

/// Where to store a member's value. Exactly one of the pointers is set.
struct Target {
    std::string_view name;
    unsigned bit;
    std::int64_t* number = nullptr;
    bool* flag = nullptr;
    std::optional<std::string>* text = nullptr;
};

void read_match(const Json& value, FaultRule& rule) {
    const Poco::JSON::Object* match = as_object(value);
    if (match == nullptr) refuse("match", "must be an object");
    for (const auto& [name, member] : *match) {
        std::string* text = name == "method"     ? &rule.method
                            : name == "path"     ? &rule.path
                            : name == "contains" ? &rule.contains
                                                 : nullptr;
        if (text != nullptr) {
            const std::string* given = as_string(member);
            if (given == nullptr) refuse("match." + name, "must be a string");
            *text = *given;
        } else if (name == "nth") {
            rule.nth = read_count(member, 1, "match.nth", "must be an integer of 1 or more");
        } else {
            refuse("match." + name, "is not known; there are method, path, contains, nth");
        }
    }
}

void read_word(std::string_view name, const Json& value, FaultRule& rule) {
    const std::string* text = as_string(value);
    const std::string_view word = text == nullptr ? std::string_view() : *text;
    if (name == "end") {
        if (word != "reset" && word != "plain" && word != "close")
            refuse("end", "must be reset, plain or close");
        rule.end = word == "reset"   ? Ending::reset
                   : word == "plain" ? Ending::plain
                                     : Ending::close;
    } else if (name == "connection") {
        if (word != "reset" && word != "hold") refuse("connection", "must be reset or hold");
        rule.hold = word == "hold";
    } else {
        if (word != "head" && word != "body") refuse("from", "must be head or body");
        rule.from_head = word == "head";
    }
}

void read_target(const Target& target, const Json& value) {
    std::int64_t number = 0;
    if (target.flag != nullptr) {
        if (!read_bool(value, *target.flag)) refuse(target.name, "must be true or false");
    } else if (target.number != nullptr) {
        if (!read_integer(value, number) || (number < 0 && target.name != "seconds"))
            refuse(target.name, "must be an integer of 0 or more");
        *target.number = number;
    } else if (const std::string* text = as_string(value)) {
        *target.text = *text;
    } else if (target.name == "retry_after" && read_integer(value, number)) {
        *target.text = std::to_string(number);
    } else {
        refuse(target.name, "must be a string");
    }
}

const ActionRow& read_action(const Poco::JSON::Object& order) {
    const Json value = order.get("action");
    const std::string* name = as_string(value);
    if (name == nullptr) refuse("action", "must be a string");
    for (const ActionRow& row : action_rows)
        if (row.name == *name) return row;
    refuse("action", "is not known: " + *name);
}

} // namespace

FaultRule parse_fault(const Json& value) {
    const Poco::JSON::Object* order = as_object(value);
    if (order == nullptr) refuse("rule", "must be an object");
    const ActionRow& row = read_action(*order);

    FaultRule rule;
    rule.action = row.action;
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
    for (const auto& [name, member] : *order) {
        if (name == "action") continue;
        if (name == "match") {
            read_match(member, rule);
            continue;
        }
        if (name == "times") {
            rule.times = read_count(member, 0, "times", "must be an integer, 0 for always");
            continue;
        }
        unsigned bit = name == "end"          ? unsigned{end}
                       : name == "connection" ? unsigned{connection}
                       : name == "from"       ? unsigned{from}
                                              : 0u;
        if (bit != 0) read_word(name, member, rule);
        for (const Target& target : targets) {
            if (target.name != name) continue;
            bit = target.bit;
            read_target(target, member);
        }
        if ((bit & (row.required | row.optional)) == 0)
            refuse(name, "does not belong to the action " + std::string(row.name));
        given |= bit;
    }
    if ((given & row.required) != row.required)
        refuse("rule", "lacks ms, bytes, seconds or status, which the action " +
                           std::string(row.name) + " needs");
    if ((given & status) != 0 && (status_number < 100 || status_number > 599))
        refuse("status", "must be 100 to 599");
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

JsonObject Faults::list() const {
    const std::lock_guard lock(mutex_);
    JsonArray list = json_array();
    for (const FaultRule& rule : rules_)
        list->add(json_object({{"match", json_object({{"method", rule.method},
                                                      {"path", rule.path},
                                                      {"contains", rule.contains},
                                                      {"nth", rule.nth}})},
                               {"action", std::string(row_of(rule.action).name)},
                               {"times", rule.times},
                               {"seen", rule.seen},
                               {"applied", rule.applied}}));
    return json_object({{"rules", list}});
}

FaultPlan Faults::plan(std::string_view method, std::string_view target) {
    const std::lock_guard lock(mutex_);
    FaultPlan plan;
    for (FaultRule& rule : rules_) {
        if (!rule.method.empty() && rule.method != method) continue;
        if (!target.starts_with(rule.path)) continue;
        if (target.find(rule.contains) == std::string_view::npos) continue;
        const bool modifier = row_of(rule.action).modifier;
        // If an earlier rule ended the request, the later rules do not count it.
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
