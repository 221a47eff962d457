// SPDX-License-Identifier: Apache-2.0
// Faults that a test asks for: an ordered list of rules. Each tells which requests it matches, what
// happens, and how often. Modifiers (delay, date ...) add up. The first rule with any other action
// decides how the request ends. The table in faults.cpp lists the actions. Thread-safe.
#pragma once

#include "json.h"

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::simulator {

enum class Action {
    // modifiers
    delay,        ///< ms: wait before acting
    delay_answer, ///< ms: act, then wait before answering
    date,         ///< seconds: the Date header is off by this much
    no_date,      ///< no Date header
    age,          ///< seconds: an Age header, as from a cache
    // endings
    reset,          ///< reset the connection, do not act
    act_then_reset, ///< act, then reset the connection without an answer
    act_late,       ///< ms: reset now (or hold the connection), act after that time, never answer
    hang,           ///< ms: neither act nor answer for that time, then reset
    cut_body, ///< bytes, end: act, announce the whole body, send that many bytes of it, then end
    status,   ///< status, message|body, retry_after, content_type, act: another answer
    unauthorized, ///< the 401 of a database that lost its connection; does not act
    html,         ///< status, body, act: a web page instead of JSON
    garbage,      ///< bytes: random bytes instead of HTTP; does not act
    huge_body,    ///< status, bytes, chunked: a body of that many bytes; does not act
    drip,         ///< ms, bytes, from: act, send the answer in pieces with pauses
};

/// How a fault ends a connection.
enum class Ending {
    reset, ///< TCP reset
    plain, ///< TCP end without the TLS goodbye
    close, ///< a proper TLS goodbye, but too early
};

struct FaultRule {
    std::string method;     ///< "" matches any
    std::string path;       ///< the start of the target (path and query); "" matches any
    std::string contains;   ///< a part of the target; "" matches any
    std::int64_t nth = 1;   ///< the first match, counted from 1, to which the rule applies
    std::int64_t times = 1; ///< how many matches from there on; 0 means all
    Action action = Action::reset;

    std::int64_t ms = 0, bytes = 0, seconds = 0;
    int status = 0;
    bool act = false, chunked = false, hold = false, from_head = false;
    Ending end = Ending::reset;
    std::optional<std::string> message{}, body{}, retry_after{}, content_type{};

    std::int64_t seen = 0, applied = 0; ///< matches so far, and how many the rule acted on
};

/// What happens to one request.
struct FaultPlan {
    std::int64_t delay_ms = 0, delay_answer_ms = 0;
    std::int64_t date_offset_s = 0;
    bool no_date = false;
    std::optional<std::int64_t> age_s{};
    std::optional<FaultRule> ending{};
    std::string names{}; ///< the actions, for the record: "delay,cut_body"
};

/// Reads one rule. Throws a Refusal that names the wrong member.
FaultRule parse_fault(const Json& value);

class Faults {
public:
    void replace(std::vector<FaultRule> rules);
    void append(std::vector<FaultRule> rules);
    JsonObject list() const;
    FaultPlan plan(std::string_view method, std::string_view target);

private:
    mutable std::mutex mutex_;
    std::vector<FaultRule> rules_;
};

} // namespace infrastate::simulator
