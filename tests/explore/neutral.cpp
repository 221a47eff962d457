// SPDX-License-Identifier: Apache-2.0
#include "neutral.h"

#include "random.h"
#include "scenario.h"

#include "infrastate/wire/access_key.h"

#include <array>
#include <utility>
#include <variant>

namespace infrastate::explore {
namespace {

using plan::Desired;

template <class T>
void set_text(Value& into, const char* name, const std::optional<T>& given) {
    if (given) into.set(name, given->text());
}

Value parameters_of(const Desired& desired) {
    Value out = Value::object({{"state", std::string(plan::name(desired.state))},
                               {"name", desired.name.text()},
                               {"user", desired.user},
                               {"recreate", std::string(plan::name(desired.recreate))}});
    set_text(out, "id", desired.id);
    set_text(out, "expires_in", desired.expires_in);
    set_text(out, "expires_at", desired.expires_at);
    set_text(out, "inactivity_timeout", desired.inactivity_timeout);
    set_text(out, "renew_splay", desired.renew_splay);
    set_text(out, "overlap", desired.overlap);
    set_text(out, "rotate_if_created_before", desired.rotate_if_created_before);
    if (desired.renew_before) {
        const auto* percent = std::get_if<plan::Percent>(&*desired.renew_before);
        out.set("renew_before", percent != nullptr
                                    ? std::to_string(percent->value) + "%"
                                    : std::get<Duration>(*desired.renew_before).text());
    }
    if (desired.keepers) out.set("keepers", Value::object({{"all", *desired.keepers}}));
    if (desired.verify == plan::Verify::always) out.set("verify_secret", "always");
    if (desired.verify == plan::Verify::never) out.set("verify_secret", "never");
    if (desired.secret_file) out.set("secret_file", "/etc/web.key");
    if (desired.current_secret == plan::CurrentSecret::given)
        out.set("current_secret", "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb");
    if (desired.current_secret == plan::CurrentSecret::empty) out.set("current_secret", "");
    if (desired.current_secret_missing == plan::WhenMissing::replace)
        out.set("current_secret_missing", "replace");
    return out;
}

std::string outcome(const Result<Desired>& read) {
    return read ? text(*read) + (read->secret_file ? ", with a file" : "") : read.error().message;
}

} // namespace

std::optional<std::string> heard_in_neutral_values(const Desired& desired, std::uint64_t chance) {
    const wire::Surroundings where{.host = desired.host};
    const Value plain = parameters_of(desired);
    Value given = plain;
    Random random(chance);
    for (const char* span : {"overlap", "renew_before", "renew_splay"})
        if (plain.find(span) == nullptr && random.chance(50)) given.set(span, "0s");
    if (plain.find("keepers") == nullptr && random.chance(50))
        given.set("keepers", Value::object());
    for (const char* nothing : {"id", "expires_at", "expires_in", "rotate_if_created_before"})
        if (plain.find(nothing) == nullptr && random.chance(30)) given.set(nothing, Value());
    const std::string without = outcome(wire::desired_access_key(plain, where));
    const std::string with = outcome(wire::desired_access_key(given, where));
    if (with == without) return std::nullopt;
    return "\"" + without + "\" becomes \"" + with + "\"";
}

} // namespace infrastate::explore
