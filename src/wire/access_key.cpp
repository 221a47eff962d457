// SPDX-License-Identifier: Apache-2.0
#include "infrastate/wire/access_key.h"

#include <algorithm>
#include <utility>

namespace infrastate::wire {
namespace {

std::string_view outcome_name(Effect effect) noexcept {
    switch (effect) {
    case Effect::none:
        return "none";
    case Effect::changed:
        return "changed";
    case Effect::unknown:
        return "unknown";
    }
    return "unknown";
}

Value time_or_null(const std::optional<Timestamp>& time) {
    return time ? Value(time->text()) : Value();
}

/// A key that was never used is listed with lastUsed = created.
std::optional<Timestamp> real_use(const AccessKeyRow& row) {
    if (!row.last_used || *row.last_used <= row.created) return std::nullopt;
    return row.last_used;
}

Value lifetime_or_null(const AccessKeyRow& row) {
    if (!row.expires) return {};
    return span_text(row.expires->seconds_since(row.created));
}

Value extension_or_null(const AccessKeyRow& row) {
    const auto extension = plan::inactivity_extension(row);
    return extension ? Value(span_text(*extension)) : Value();
}

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

Value key_value(const AccessKeyRow& row, const std::optional<ServerTime>& time) {
    Value out = Value::object({{"id", row.id.text()},
                               {"name", row.name},
                               {"user", row.user_name},
                               {"created", row.created.text()},
                               {"expires_at", time_or_null(row.expires)},
                               {"expires_in", lifetime_or_null(row)},
                               {"inactivity_timeout", extension_or_null(row)},
                               {"inactivity_deadline", time_or_null(row.inactivity_deadline)},
                               {"last_used", time_or_null(real_use(row))}});
    put_remaining(out, row, time);
    return out;
}

namespace {

/// A plain word, so that a play can ask `'create' in result.actions`.
Value action_value(const plan::Action& action) {
    return action.kind == plan::ActionKind::remove ? "delete" : "create";
}

/// What a key is in a diff: the attributes that can be described, and its identifier.
Value described(const AccessKeyRow& row) {
    return Value::object({{"state", "present"},
                          {"name", row.name},
                          {"user", row.user_name},
                          {"id", row.id.text()},
                          {"expires_at", time_or_null(row.expires)},
                          {"expires_in", lifetime_or_null(row)},
                          {"inactivity_timeout", extension_or_null(row)}});
}

Value diff_value(const plan::Plan& plan) {
    Value before = plan.current ? described(*plan.current) : Value::object({{"state", "absent"}});
    Value after = before;
    const bool creates =
        std::any_of(plan.actions.begin(), plan.actions.end(), [](const plan::Action& action) {
            return action.kind == plan::ActionKind::create;
        });
    if (!plan.actions.empty() && !creates) {
        after = Value::object({{"state", "absent"}});
    } else if (creates) {
        // What the server will choose is not known before it has chosen.
        after.erase("id");
        const bool by_time =
            std::any_of(plan.changes.begin(), plan.changes.end(), [](const plan::Change& change) {
                return change.attribute == "expires_at";
            });
        after.erase(by_time ? "expires_in" : "expires_at");
        for (const plan::Change& change : plan.changes)
            after.set(change.attribute, change.after ? Value(*change.after) : Value());
    }
    return Value::object({{"before", std::move(before)}, {"after", std::move(after)}});
}

Value text_list(const std::vector<std::string>& texts) {
    Value out = Value::array();
    for (const std::string& text : texts)
        out.push(text);
    return out;
}

Value result_head(const std::optional<Error>& error, Effect outcome, bool changed) {
    return Value::object({{"ok", !error.has_value()},
                          {"code", code_name(error ? error->code : Code::ok)},
                          {"outcome", outcome_name(outcome)},
                          {"changed", changed}});
}

} // namespace

Value error_value(const Error& error) {
    const auto text_or_null = [](const std::string& text) {
        return text.empty() ? Value() : Value(text);
    };
    return Value::object(
        {{"code", code_name(error.code)},
         {"detail", text_or_null(error.detail)},
         {"message", error.message},
         {"field", text_or_null(error.field)},
         {"http_status", error.http_status == 0 ? Value() : Value(error.http_status)},
         {"retryable", error.retryable}});
}

Value failed_result(const Error& error) {
    Value out = result_head(error, error.effect, error.effect == Effect::changed);
    for (std::string_view unknown : {"reason", "explanation", "resource", "secret", "diff"})
        out.set(unknown, nullptr);
    out.set("secret_known", false);
    for (std::string_view empty : {"reasons", "actions", "warnings"})
        out.set(empty, Value::array());
    out.set("error", error_value(error));
    return out;
}

Value access_key_result(reconcile::Report report) {
    if (report.error && report.plan.reasons.empty()) {
        // Nothing was planned: there is no reason and no difference to speak of.
        Error error = *report.error;
        Value out = failed_result(error);
        for (const std::string& warning : report.warnings)
            out.find("warnings")->push(warning);
        return out;
    }
    Value out = result_head(report.error, report.outcome, report.changed);
    out.set("reason", plan::name(report.plan.reason));
    Value reasons = Value::array();
    for (plan::Reason reason : report.plan.reasons)
        reasons.push(plan::name(reason));
    out.set("reasons", std::move(reasons));
    Value actions = Value::array();
    for (const plan::Action& action : report.actions)
        actions.push(action_value(action));
    out.set("actions", std::move(actions));
    out.set("explanation",
            report.plan.explanation.empty() ? Value() : Value(report.plan.explanation));
    out.set("resource", report.key ? key_value(*report.key, report.time) : Value());
    out.set("secret", report.secret ? Value(report.secret->reveal()) : Value());
    out.set("secret_known", report.secret.has_value());
    // A run that failed before it changed anything has no difference to show.
    const bool failed_early = report.error && !report.changed;
    out.set("diff", failed_early ? Value() : diff_value(report.plan));
    out.set("warnings", text_list(report.warnings));
    if (report.error) out.set("error", error_value(*report.error));
    return out;
}

} // namespace infrastate::wire
