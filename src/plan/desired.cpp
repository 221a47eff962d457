// SPDX-License-Identifier: Apache-2.0
#include "infrastate/plan/desired.h"

namespace infrastate::plan {
namespace {

Result<void> check_renewal(const Desired& desired) {
    if (!desired.renew_before) {
        if (desired.renew_splay)
            return argument_error("renew_splay",
                                  "renew_splay: spreads renew_before, which is not set; set "
                                  "renew_before too");
        return {};
    }
    if (desired.expires_at)
        return argument_error("renew_before",
                              "renew_before and expires_at exclude each other: a key made for a "
                              "fixed time cannot be renewed before it; use expires_in");
    if (const auto* percent = std::get_if<Percent>(&*desired.renew_before))
        if (percent->value < 1 || percent->value > 90)
            return argument_error("renew_before",
                                  "renew_before: a percentage must be between 1% and 90%");
    return {};
}

/// Infra counts in whole seconds, so a shorter key would be dead in the next run and in each one
/// after it.
Result<void> check_long_enough(std::string_view parameter, const std::optional<Duration>& span) {
    if (!span || span->seconds() > 0) return {};
    return argument_error(parameter, std::string(parameter) +
                                         ": must be at least 1s, which is as exact as Infra is; " +
                                         span->text() + " is less");
}

/// renew_before, renew_splay and overlap must leave some of the lifetime, or each run would rotate.
Result<void> check_spans(const Desired& desired) {
    if (desired.expires_at) return {};
    const std::int64_t lifetime = desired.expires_in.value_or(default_expires_in()).seconds();
    std::int64_t needed = 0;
    std::string words;
    const auto add = [&](std::string_view parameter, std::int64_t seconds) {
        needed = needed > INT64_MAX - seconds ? INT64_MAX : needed + seconds;
        words += (words.empty() ? "" : " + ") + std::string(parameter);
    };
    if (desired.renew_before) {
        if (const auto* span = std::get_if<Duration>(&*desired.renew_before))
            add("renew_before", span->seconds_rounded_up());
        else
            add("renew_before",
                lifetime / 100 * std::get<Percent>(*desired.renew_before).value + lifetime % 100);
    }
    if (desired.renew_splay) add("renew_splay", desired.renew_splay->seconds_rounded_up());
    if (desired.overlap) add("overlap", desired.overlap->seconds_rounded_up());
    if (needed < lifetime) return {};
    const std::string field = desired.renew_before ? "renew_before" : "overlap";
    return argument_error(field, field + ": " + (words == field ? "" : words + " together ") +
                                     "must be shorter than expires_in (" +
                                     desired.expires_in.value_or(default_expires_in()).text() +
                                     (desired.expires_in ? "" : ", the default") +
                                     "), or a new key would be due in each run");
}

} // namespace

Duration default_expires_in() {
    return Duration::from_seconds(8766 * 3600);
}
Duration default_inactivity_timeout() {
    return Duration::from_seconds(72 * 3600);
}

AskedFor asked_for(const Desired& desired) {
    AskedFor out{.expires_in = {},
                 .expires_at = desired.expires_at,
                 .inactivity_timeout =
                     desired.inactivity_timeout.value_or(default_inactivity_timeout())};
    if (!desired.expires_at) out.expires_in = desired.expires_in.value_or(default_expires_in());
    return out;
}

Result<void> check_desired(const Desired& desired) {
    if (desired.expires_in && desired.expires_at)
        return argument_error("expires_in",
                              "expires_in and expires_at exclude each other; give one of them");
    if (!desired.named && !desired.id)
        return argument_error("name", "name: is missing; give the access key a name, so that the "
                                      "next run finds it again");
    if (desired.state == State::present) {
        if (auto enough = check_long_enough("expires_in", desired.expires_in); !enough)
            return enough;
        if (auto enough = check_long_enough("inactivity_timeout", desired.inactivity_timeout);
            !enough)
            return enough;
    }
    if (desired.keepers && !desired.secret_file)
        return argument_error("keepers", "keepers: are remembered beside secret_file, which is not "
                                         "set; set secret_file too");
    if (desired.overlap && !desired.has_holder())
        return argument_error("overlap",
                              "overlap: two keys can live side by side only where the secret is "
                              "kept; set secret_file or current_secret too");
    const std::size_t length = desired.name.text().size();
    if (desired.overlap && desired.state == State::present &&
        length > KeyName::max_length_to_rotate)
        return argument_error(
            "name", "name: has " + std::to_string(length) +
                        " characters, and with overlap a rotation appends up to 23 to them, but "
                        "Infra's names end at 256; shorten name to " +
                        std::to_string(KeyName::max_length_to_rotate) +
                        " characters, or leave out overlap");
    if (desired.overlap && desired.recreate == Recreate::always)
        return argument_error("overlap",
                              "overlap and recreate: always exclude each other: each run would "
                              "leave one more key");
    if (desired.state == State::present && desired.current_secret == CurrentSecret::empty &&
        desired.current_secret_missing == WhenMissing::fail)
        return argument_error(
            "current_secret",
            "current_secret: is empty; a failed look-up must not replace a key, so leave it out "
            "where there is none yet, or set current_secret_missing: replace");
    if (desired.verify == Verify::never && !desired.secret_file &&
        desired.current_secret != CurrentSecret::not_given)
        return argument_error(
            "verify_secret",
            "verify_secret: never needs secret_file: without its record nothing but a try tells "
            "whether current_secret is good; leave verify_secret out or set secret_file");
    if (auto renewal = check_renewal(desired); !renewal) return renewal;
    return check_spans(desired);
}

std::int64_t splay_seconds(const Desired& desired) noexcept {
    if (!desired.renew_splay) return 0;
    // FNV-1a: it only has to spread evenly over many machines.
    std::uint64_t hash = 14695981039346656037ULL;
    const auto mix = [&hash](std::string_view text) {
        for (char c : text) {
            hash ^= static_cast<unsigned char>(c);
            hash *= 1099511628211ULL;
        }
        hash *= 1099511628211ULL;
    };
    mix(desired.name.text());
    mix(desired.host);
    hash ^= hash >> 32;
    const auto most = static_cast<std::uint64_t>(desired.renew_splay->seconds());
    return static_cast<std::int64_t>(hash % (most + 1));
}

} // namespace infrastate::plan
