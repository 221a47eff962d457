// SPDX-License-Identifier: Apache-2.0
#include "control.h"

#include "digest.h"
#include "go_text.h"

#include "infrastate/json/json.h"

namespace infrastate::simulator {

namespace {

Reply done() {
    return Reply{204, "", "", {}};
}

Value contents() {
    return Value::object(
        {{"GET /_simulator/clock", "the time, and whether it is frozen"},
         {"POST /_simulator/clock",
          R"({"set": RFC 3339 | "advance": duration, "frozen": bool, "step_us": number})"},
         {"GET /_simulator/faults", "the rules, with how often each was seen and applied"},
         {"PUT /_simulator/faults", R"({"rules": [...]} instead of those there are)"},
         {"POST /_simulator/faults", R"({"rules": [...]} after those there are)"},
         {"DELETE /_simulator/faults", "no more faults"},
         {"GET /_simulator/requests", "what was received; ?after=NUMBER for the later ones"},
         {"DELETE /_simulator/requests", "forgets requests and counters"},
         {"GET /_simulator/counters", "how many requests, answers and effects"},
         {"GET /_simulator/state", "users and all keys, with those that no list shows"},
         {"POST /_simulator/reset", "users, keys, clock, faults, requests as at the start"}});
}

} // namespace

Reply Control::handle(const Request& request) {
    if (!same_text(request.authorization, "Bearer " + token_))
        return error_reply(401, "the control token is required");
    const std::string_view path = std::string_view(request.path).substr(control_prefix.size());
    const auto is = [&](std::string_view method, std::string_view wanted) {
        return request.method == method && path == wanted;
    };

    Value order = Value::object();
    if (request.body && !request.body->empty()) {
        Result<Value> read = json::read(*request.body);
        if (!read) return bad_request(read.error().message);
        if (!read->is_object()) return bad_request("an object was expected");
        order = std::move(*read);
    }

    if (is("GET", "") || is("GET", "/")) return json_reply(200, contents());
    if (is("GET", "/clock")) return clock_reply();
    if (is("POST", "/clock")) return change_clock(order);
    if (is("GET", "/faults")) return json_reply(200, faults_.list());
    if (is("PUT", "/faults")) return change_faults(order, true);
    if (is("POST", "/faults")) return change_faults(order, false);
    if (is("DELETE", "/faults")) {
        faults_.replace({});
        return done();
    }
    if (is("GET", "/requests")) {
        const auto after = parse_go_int(request.query.get("after"));
        if (!after) return bad_request(after.error().message);
        return json_reply(200, recorder_.requests(*after));
    }
    if (is("DELETE", "/requests")) {
        recorder_.clear();
        return done();
    }
    if (is("GET", "/counters")) return json_reply(200, recorder_.counters());
    if (is("GET", "/state")) return json_reply(200, api_.state());
    if (is("POST", "/reset")) {
        clock_.reset();
        faults_.replace({});
        recorder_.clear();
        api_.reset();
        return done();
    }
    return error_reply(404, "no such control call; GET /_simulator/ lists them");
}

Reply Control::clock_reply() const {
    const Micros now = clock_.peek();
    return json_reply(200, Value::object({{"now", rfc3339(now)},
                                          {"now_us", now},
                                          {"frozen", clock_.frozen()},
                                          {"step_us", clock_.step()}}));
}

Reply Control::change_clock(const Value& order) {
    std::optional<Micros> set, advance, step;
    std::optional<bool> frozen;
    for (const auto& [name, value] : order.members()) {
        if (name == "set" && value.is_string()) {
            const Result<Timestamp> moment = Timestamp::parse(value.string());
            if (!moment) return bad_request("set: " + moment.error().message);
            set = to_micros(*moment);
        } else if (name == "advance" && value.is_string()) {
            const Result<std::int64_t> span = parse_go_duration(value.string());
            if (!span) return bad_request("advance: " + span.error().message);
            advance = *span / 1000;
        } else if (name == "frozen" && value.kind() == Value::Kind::boolean) {
            frozen = value.boolean();
        } else if (name == "step_us" && value.kind() == Value::Kind::integer) {
            step = value.integer();
        } else {
            return bad_request(name + ": expected are set (RFC 3339), advance (duration), frozen "
                                      "(true or false) and step_us (integer)");
        }
    }
    // The order matters: a clock that is frozen and set at once stands at the moment it was set to.
    if (frozen) clock_.freeze(*frozen);
    if (set) clock_.set(*set);
    if (advance) clock_.advance(*advance);
    if (step) clock_.step(*step);
    return clock_reply();
}

Reply Control::change_faults(const Value& order, bool replace) {
    const Value* list = order.find("rules");
    if (list == nullptr || !list->is_array()) return bad_request("rules: an array is expected");
    std::vector<FaultRule> rules;
    for (const Value& item : list->items()) {
        Result<FaultRule> rule = parse_fault(item);
        if (!rule) return bad_request(rule.error().message);
        rules.push_back(std::move(*rule));
    }
    if (replace)
        faults_.replace(std::move(rules));
    else
        faults_.append(std::move(rules));
    return json_reply(200, faults_.list());
}

} // namespace infrastate::simulator
