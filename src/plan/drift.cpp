// SPDX-License-Identifier: Apache-2.0
#include "drift.h"

#include <algorithm>

namespace infrastate::plan {
namespace {

bool within(std::int64_t difference, std::int64_t tolerance) noexcept {
    return difference <= tolerance && difference >= -tolerance;
}

/// The row's lifetime as text, for the "before" side. If it is known what was asked for, that is
/// used, because the row also contains the mark.
std::optional<std::string> lifetime_text(const AccessKeyRow& row, const AskedFor* asked) {
    if (asked != nullptr && asked->expires_in) return asked->expires_in->text();
    if (!row.expires) return std::nullopt;
    return span_text(row.expires->seconds_since(row.created));
}

std::optional<std::string> time_text(const std::optional<Timestamp>& time) {
    if (!time) return std::nullopt;
    return time->text();
}

std::optional<std::string> extension_text(const AccessKeyRow& row, const AskedFor* asked) {
    if (asked != nullptr && asked->inactivity_timeout) return asked->inactivity_timeout->text();
    const auto extension = inactivity_extension(row);
    if (!extension) return std::nullopt;
    return span_text(*extension);
}

bool expiry_span_differs(Duration asked, const AccessKeyRow& row) {
    if (!row.expires) return true;
    const std::int64_t wanted = asked.seconds_rounded_up();
    return !within(row.expires->seconds_since(row.created) - wanted, tolerance_seconds(wanted));
}

bool expiry_time_differs(Timestamp asked, const AccessKeyRow& row) {
    if (!row.expires) return true;
    const std::int64_t lifetime = row.expires->seconds_since(row.created);
    return !within(row.expires->seconds_since(asked), tolerance_seconds(lifetime));
}

/// Compares inactivity deadlines, both limited to the expiry. A later deadline has no effect. A
/// timeout that is at least the remaining lifetime is not renewed.
bool inactivity_differs(Duration asked, const AccessKeyRow& row) {
    if (!row.inactivity_deadline) return true;
    const Timestamp last_use = row.last_used.value_or(row.created);
    const std::int64_t seconds = asked.seconds_rounded_up();
    Timestamp wanted = last_use.plus_seconds(seconds);
    Timestamp found = *row.inactivity_deadline;
    if (row.expires) {
        wanted = std::min(wanted, *row.expires);
        found = std::min(found, *row.expires);
    }
    return !within(found.seconds_since(wanted), tolerance_seconds(seconds));
}

} // namespace

std::int64_t tolerance_seconds(std::int64_t span_seconds) noexcept {
    return std::clamp<std::int64_t>(span_seconds / 1000, 2, 60);
}

std::optional<std::int64_t> inactivity_extension(const AccessKeyRow& row) noexcept {
    if (!row.inactivity_deadline) return std::nullopt;
    return row.inactivity_deadline->seconds_since(row.last_used.value_or(row.created));
}

std::optional<AskedFor> fitting(const std::optional<AskedFor>& asked, const AccessKeyRow& row) {
    if (!asked) return std::nullopt;
    AskedFor out = *asked;
    if (out.expires_in && expiry_span_differs(*out.expires_in, row)) out.expires_in.reset();
    if (out.inactivity_timeout && inactivity_differs(*out.inactivity_timeout, row))
        out.inactivity_timeout.reset();
    return out;
}

std::vector<Change> drift(const Desired& desired, const AccessKeyRow& row, const AskedFor* asked) {
    std::vector<Change> out;
    if (desired.expires_in &&
        (asked != nullptr && asked->expires_in ? *asked->expires_in != *desired.expires_in
                                               : expiry_span_differs(*desired.expires_in, row)))
        out.push_back({"expires_in", lifetime_text(row, asked), desired.expires_in->text()});
    if (desired.expires_at &&
        (asked != nullptr && asked->expires_at ? *asked->expires_at != *desired.expires_at
                                               : expiry_time_differs(*desired.expires_at, row)))
        out.push_back({"expires_at", time_text(row.expires), desired.expires_at->text()});
    if (desired.inactivity_timeout &&
        (asked != nullptr && asked->inactivity_timeout
             ? *asked->inactivity_timeout != *desired.inactivity_timeout
             : inactivity_differs(*desired.inactivity_timeout, row)))
        out.push_back(
            {"inactivity_timeout", extension_text(row, asked), desired.inactivity_timeout->text()});
    return out;
}

std::vector<Change> creation_changes(const Desired& desired) {
    std::vector<Change> out;
    out.push_back({"state", "absent", "present"});
    out.push_back({"name", std::nullopt, desired.name.text()});
    out.push_back({"user", std::nullopt, desired.user});
    if (desired.expires_at)
        out.push_back({"expires_at", std::nullopt, desired.expires_at->text()});
    else
        out.push_back(
            {"expires_in", std::nullopt, desired.expires_in.value_or(default_expires_in()).text()});
    out.push_back({"inactivity_timeout", std::nullopt,
                   desired.inactivity_timeout.value_or(default_inactivity_timeout()).text()});
    return out;
}

} // namespace infrastate::plan
