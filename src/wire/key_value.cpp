// SPDX-License-Identifier: Apache-2.0
#include "key_value.h"

#include "infrastate/plan/access_key.h"

#include <algorithm>

namespace infrastate::wire {
namespace {

/// How much of a key's lifetime is left: seconds and percent, null where it is not known.
struct Remaining {
    Value seconds{}, percent{};
};

Remaining remaining(const AccessKeyRow& row, const std::optional<ServerTime>& time) {
    if (!row.expires || !time) return {};
    const std::int64_t left = std::max<std::int64_t>(0, row.expires->seconds_since(time->now));
    const std::int64_t whole = row.expires->seconds_since(row.created);
    if (whole <= 0) return {left, {}};
    return {left, std::min<std::int64_t>(100, left * 100 / whole)};
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
    Remaining left = remaining(row, time);
    return Value::object({{"id", row.id.text()},
                          {"name", row.name},
                          {"user", row.user_name},
                          {"created", row.created.text()},
                          {"expires_at", time_or_null(row.expires)},
                          {"expires_in", lifetime_or_null(row, asked)},
                          {"inactivity_timeout", extension_or_null(row, asked)},
                          {"inactivity_deadline", time_or_null(row.inactivity_deadline)},
                          {"last_used", time_or_null(row.real_use())},
                          {"remaining_seconds", std::move(left.seconds)},
                          {"remaining_percent", std::move(left.percent)}});
}

} // namespace infrastate::wire
