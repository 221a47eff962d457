// SPDX-License-Identifier: Apache-2.0
#include "neutral.h"

#include "random.h"
#include "scenario.h"

#include "infrastate/json/json.h"
#include "infrastate/schema/check.h"
#include "infrastate/wire/access_key.h"

#include <utility>
#include <variant>
#include <vector>

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
    if (desired.rotate_now) out.set("rotate_if_created_before", "now");
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

/// Values that ask for nothing: null for every parameter, "" except for a kept secret (there it
/// means that the secret is missing), and more for some types.
std::vector<Value> neutral_values(const schema::Param& param) {
    using schema::Type;
    std::vector<Value> out{Value()};
    if (param.type != Type::kept_secret) out.emplace_back("");
    switch (param.type) {
    case Type::boolean:
        if (param.default_value != "true") out.emplace_back(false);
        break;
    case Type::span:
    case Type::span_or_percent:
        out.emplace_back("0s");
        out.emplace_back("0");
        break;
    case Type::dict:
        out.push_back(Value::object());
        out.push_back(Value::object({{"nothing", Value()}}));
        break;
    default:
        break;
    }
    return out;
}

/// Gives neutral values to some of the parameters that are not given.
Value with_neutral_values(const schema::Section& section, const Value& plain, Random& random) {
    constexpr int percent = 35;
    Value out = plain;
    for (const schema::Param& param : section.params)
        if (plain.find(param.name) == nullptr && random.chance(percent))
            out.set(param.name, random.pick(neutral_values(param)));
    return out;
}

/// Spells times differently: RFC 3339 allows a blank or "t" between date and time.
void say_otherwise(Value& parameters, const char* time, Random& random) {
    const Value* const given = parameters.find(time);
    if (given == nullptr || !given->is_string()) return;
    std::string text = given->string();
    const auto at = text.find('T');
    if (at != std::string::npos) text[at] = random.chance(50) ? ' ' : 't';
    parameters.set(time, text);
}

Value checked(const schema::Section& section, const Value& given, bool heard, std::string& error) {
    if (heard) return given;
    schema::Checked out = schema::check(section, given);
    if (!out.ok()) error = out.error().message;
    return std::move(out.value);
}

std::string desired_text(const Value& given, const wire::DesiredContext& where, bool heard) {
    std::string error;
    const Value value = checked(schema::find_resource("access_key")->input, given, heard, error);
    if (!error.empty()) return error;
    const auto read = wire::desired_access_key(value, where);
    return read ? text(*read) + (read->secret_file ? ", with a file" : "") : read.error().message;
}

Value connection_of(const Desired& desired, Random& random) {
    Value out = Value::object({{"host", desired.host}});
    if (random.chance(50)) {
        out.set("username", "admin");
        out.set("password", "not-a-real-one");
    } else {
        out.set("access_key", "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb");
    }
    if (random.chance(50)) out.set("server_certificate_file", "/etc/ca.pem");
    return out;
}

std::string connection_text(const Value& given, bool heard) {
    std::string error;
    const Value value = checked(schema::connection(), given, heard, error);
    return error.empty() ? json::write(value) : error;
}

} // namespace

std::optional<std::string> heard_in_neutral_values(const Desired& desired, std::uint64_t chance,
                                                   bool heard) {
    const wire::DesiredContext where{.host = desired.host};
    Random random(chance);
    const Value plain = parameters_of(desired);
    Value given = with_neutral_values(schema::find_resource("access_key")->input, plain, random);
    for (const char* time : {"expires_at", "rotate_if_created_before"})
        say_otherwise(given, time, random);
    std::string without = desired_text(plain, where, false);
    std::string with = desired_text(given, where, heard);
    if (with == without) {
        const Value connection = connection_of(desired, random);
        without = connection_text(connection, false);
        with =
            connection_text(with_neutral_values(schema::connection(), connection, random), heard);
    }
    if (with == without) return std::nullopt;
    return "\"" + without + "\" becomes \"" + with + "\"";
}

} // namespace infrastate::explore
