// SPDX-License-Identifier: Apache-2.0
#include "key_value.h"

#include "infrastate/plan/access_key.h"

#include <algorithm>

namespace infrastate::wire {
namespace {

void put_remaining(Value& out, const AccessKeyRow& row, const std::optional<ServerTime>& time) {
    Value seconds, percent;
    if (row.expires && time) {
        const std::int64_t left = std::max<std::int64_t>(0, row.expires->seconds_since(time->now));
        const std::int64_t whole = row.expires->seconds_since(row.created);
        seconds = left;
        if (whole > 0) percent = std::min<std::int64_t>(100, left * 100 / whole);
    }
    out.set("remaining_seconds", std::move(seconds));
    out.set("remaining_percent", std::move(percent));
}

} // namespace

Value time_or_null(const std::optional<Timestamp>& time) {
    return time ? Value(time->text()) : Value();
}

Value id_or_null(const std::optional<ServerId>& id) {
    return id ? Value(id->text()) : Value();
}

Value text_list(const std::vector<std::string>& texts) {
    Value out = Value::array();
    for (const std::string& text : texts)
        out.push(text);
    return out;
}

Value lifetime_or_null(const AccessKeyRow& row, const std::optional<AskedFor>& asked) {
    if (asked && asked->expires_in) return asked->expires_in->text();
    if (!row.expires) return {};
    return span_text(row.expires->seconds_since(row.created));
}

Value extension_or_null(const AccessKeyRow& row, const std::optional<AskedFor>& asked) {
    if (asked && asked->inactivity_timeout) return asked->inactivity_timeout->text();
    const auto extension = plan::inactivity_extension(row);
    return extension ? Value(span_text(*extension)) : Value();
}

Value key_value(const AccessKeyRow& row, const std::optional<AskedFor>& asked,
                const std::optional<ServerTime>& time) {
    Value out = Value::object({{"id", row.id.text()},
                               {"name", row.name},
                               {"user", row.user_name},
                               {"created", row.created.text()},
                               {"expires_at", time_or_null(row.expires)},
                               {"expires_in", lifetime_or_null(row, asked)},
                               {"inactivity_timeout", extension_or_null(row, asked)},
                               {"inactivity_deadline", time_or_null(row.inactivity_deadline)},
                               {"last_used", time_or_null(row.real_use())}});
    put_remaining(out, row, time);
    return out;
}

} // namespace infrastate::wire
