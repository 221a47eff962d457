// SPDX-License-Identifier: Apache-2.0
#include "infrastate/wire/access_key_info.h"

#include "key_value.h"
#include "parameters.h"

#include "infrastate/types/text.h"
#include "infrastate/wire/result.h"

#include <algorithm>

namespace infrastate::wire {
namespace {

Value info_value(const plan::KeyInfo& key, const ServerTime& time) {
    Value out = key_value(key.row, key.asked, time);
    out.set("status", plan::name(key.status));
    out.set("usage", plan::name(key.usage));
    out.set("idle_seconds", key.idle_seconds ? Value(*key.idle_seconds) : Value());
    out.set("family", key.family);
    out.set("rotation", std::int64_t{key.rotation});
    out.set("held", key.held ? Value(*key.held) : Value());
    return out;
}

std::string explanation_of(const plan::KeysInfo& info) {
    const auto live = std::count_if(info.keys.begin(), info.keys.end(), [](const auto& key) {
        return key.status == plan::Status::live;
    });
    const std::size_t all = info.keys.size();
    const bool own = !info.only_of_user.empty();
    return (all == 1 ? "1 access key" : std::to_string(all) + " access keys") +
           (own ? " of user " + in_quotes(info.only_of_user, 64) : std::string()) +
           (all == 1 ? " was" : " were") + " found, " + std::to_string(live) + " of them live" +
           (own ? "; keys of other users may not be listed by this caller." : ".");
}

} // namespace

Result<plan::InfoQuery> access_key_query(const Value& parameters) {
    plan::InfoQuery out;
    if (const Value* user = parameters.given("user")) {
        if (!user->is_string()) return no_string("user", *user);
        out.user = user->string();
    }
    if (auto r = read(parameters, "name", out.name); !r) return std::move(r).error();
    std::optional<Duration> in_use;
    if (auto r = read(parameters, "in_use_within", in_use); !r) return std::move(r).error();
    if (in_use) out.in_use_within = *in_use;
    if (auto r = read(parameters, "fail_if_expiring_within", out.fail_if_expiring_within); !r)
        return std::move(r).error();
    if (out.fail_if_expiring_within && !out.user && !out.name && !parameters.given("secret_file"))
        return argument_error("fail_if_expiring_within",
                              "fail_if_expiring_within: needs name, user or secret_file: among all "
                              "keys there are sessions of people, which always expire soon");
    return out;
}

Value access_key_info_result(const Result<plan::KeysInfo>& found) {
    if (!found) return failed_result(found.error(), *schema::find_resource("access_key_info"));
    const auto& expiring = found->expiring;
    Value keys = Value::array();
    for (const plan::KeyInfo& key : found->keys)
        keys.push(info_value(key, found->time));
    Value unheld = Value::array();
    for (const ServerId& id : found->unheld)
        unheld.push(id.text());
    Value out = Value::object({{"ok", !expiring.has_value()},
                               {"code", code_name(expiring ? expiring->code : Code::ok)},
                               {"outcome", "none"},
                               {"changed", false},
                               {"explanation", explanation_of(*found)},
                               {"access_keys", std::move(keys)},
                               {"unheld", std::move(unheld)},
                               {"server_time", found->time.now.text()},
                               {"warnings", text_list(found->warnings)}});
    if (expiring) out.set("error", error_value(*expiring));
    return out;
}

} // namespace infrastate::wire
