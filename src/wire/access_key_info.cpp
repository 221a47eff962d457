// SPDX-License-Identifier: Apache-2.0
#include "infrastate/wire/access_key_info.h"

#include "infrastate/wire/access_key.h"

#include <algorithm>

namespace infrastate::wire {
namespace {

Value key_info(const AccessKeyRow& row, const ServerTime& time) {
    Value out = key_value(row, time);
    const auto dead = plan::dead_by_clock(row, time.now);
    out.set("status", dead ? plan::name(*dead) : "live");
    // A key that was never used is listed with lastUsed = created.
    const bool used = row.last_used && *row.last_used > row.created;
    out.set("usage", used ? "in_use" : "never_used");
    out.set("idle_seconds",
            used ? Value(std::max<std::int64_t>(0, time.now.seconds_since(*row.last_used)))
                 : Value());
    return out;
}

} // namespace

Result<reconcile::KeyQuery> access_key_query(const Value& parameters) {
    reconcile::KeyQuery out;
    if (const Value* user = parameters.find("user"); user != nullptr && user->is_string())
        out.user = user->string();
    if (const Value* name = parameters.find("name"); name != nullptr && name->is_string()) {
        auto parsed = KeyName::parse(name->string());
        if (!parsed) return argument_error("name", "name: " + parsed.error().message);
        out.name = std::move(*parsed);
    }
    return out;
}

Value access_key_info_result(const Result<reconcile::KeysFound>& found) {
    if (!found) return failed_result(found.error());
    Value keys = Value::array();
    for (const AccessKeyRow& row : found->rows)
        keys.push(key_info(row, found->time));
    return Value::object({{"ok", true},
                          {"code", code_name(Code::ok)},
                          {"outcome", "none"},
                          {"changed", false},
                          {"keys", std::move(keys)},
                          {"server_time", found->time.now.text()},
                          {"warnings", Value::array()}});
}

} // namespace infrastate::wire
