// SPDX-License-Identifier: Apache-2.0
#include "control.h"

#include "digest.h"
#include "go_text.h"
#include "refusal.h"

namespace infrastate::simulator {

namespace {

Reply done() {
    return Reply{204, "", "", {}};
}

JsonObject contents() {
    return json_object(
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
         {"POST /_simulator/destinations",
          R"({"name": text, "last_seen": RFC 3339 | null}: when its connector was last heard of)"},
         {"GET /_simulator/state", "users and all keys, with those that no list shows"},
         {"POST /_simulator/reset", "users, keys, clock, faults, requests as at the start"}});
}

} // namespace

Reply Control::handle(const Request& request) {
    if (!same_text(request.authorization, "Bearer " + token_))
        return error_reply(401, "the control token is required");
    try {
        return obey(request);
    } catch (const Refusal& refusal) {
        return bad_request(refusal.what());
    }
}

Reply Control::obey(const Request& request) {
    const std::string_view path = std::string_view(request.path).substr(control_prefix.size());
    const auto is = [&](std::string_view method, std::string_view wanted) {
        return request.method == method && path == wanted;
    };

    const bool given = request.body && !request.body->empty();
    const Json body = given ? read_json(*request.body) : Json(json_object());
    const Poco::JSON::Object* read = as_object(body);
    if (read == nullptr) throw Refusal("an object was expected");
    const Poco::JSON::Object& order = *read;

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
        return json_reply(200, recorder_.requests(parse_go_int(request.query.get("after"))));
    }
    if (is("DELETE", "/requests")) {
        recorder_.clear();
        return done();
    }
    if (is("GET", "/counters")) return json_reply(200, recorder_.counters());
    if (is("POST", "/destinations")) return change_destination(order);
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
    return json_reply(200, json_object({{"now", rfc3339(now)},
                                        {"now_us", now},
                                        {"frozen", clock_.frozen()},
                                        {"step_us", clock_.step()}}));
}

Reply Control::change_clock(const Poco::JSON::Object& order) {
    std::optional<Micros> set, advance, step;
    std::optional<bool> frozen;
    for (const auto& [name, value] : order) {
        const std::string* text = as_string(value);
        std::int64_t number = 0;
        bool flag = false;
        try {
            if (name == "set" && text != nullptr)
                set = parse_rfc3339(*text);
            else if (name == "advance" && text != nullptr)
                advance = parse_go_duration(*text) / 1000;
            else if (name == "frozen" && read_bool(value, flag))
                frozen = flag;
            else if (name == "step_us" && read_integer(value, number))
                step = number;
            else
                throw Refusal("expected are set (RFC 3339), advance (duration), frozen (true or "
                              "false) and step_us (integer)");
        } catch (const Refusal& refusal) {
            throw Refusal(name + ": " + refusal.what());
        }
    }
    // The order matters: a clock that is frozen and set in one request must stop at the moment it
    // was set to.
    if (frozen) clock_.freeze(*frozen);
    if (set) clock_.set(*set);
    if (advance) clock_.advance(*advance);
    if (step) clock_.step(*step);
    return clock_reply();
}

Reply Control::change_destination(const Poco::JSON::Object& order) {
    const Json name = order.get("name"), seen = order.get("last_seen");
    const std::string* text = as_string(name);
    const std::string* time = as_string(seen);
    if (text == nullptr || (time == nullptr && !seen.isEmpty()))
        throw Refusal("expected are name (text) and last_seen (RFC 3339, or null for never)");
    const auto when = time == nullptr ? std::nullopt : std::optional(parse_rfc3339(*time));
    if (!api_.set_last_seen(*text, when)) throw Refusal("name: there is no such destination");
    return done();
}

Reply Control::change_faults(const Poco::JSON::Object& order, bool replace) {
    const Json value = order.get("rules");
    const Poco::JSON::Array* list = as_array(value);
    if (list == nullptr) throw Refusal("rules: an array is expected");
    std::vector<FaultRule> rules;
    for (const Json& item : *list)
        rules.push_back(parse_fault(item));
    if (replace)
        faults_.replace(std::move(rules));
    else
        faults_.append(std::move(rules));
    return json_reply(200, faults_.list());
}

} // namespace infrastate::simulator
