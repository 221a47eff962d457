// SPDX-License-Identifier: Apache-2.0
#include "infrastate/wire/access_key.h"

namespace infrastate::wire {
namespace {

/// A parameter that is there and not null.
const Value* given(const Value& parameters, std::string_view name) noexcept {
    const Value* value = parameters.find(name);
    return value == nullptr || value->is_null() ? nullptr : value;
}

/// Reads a text parameter with the parser of its type, and puts the parameter's name into the
/// error.
template <class T>
Result<std::optional<T>> read(const Value& parameters, std::string_view name) {
    const Value* value = given(parameters, name);
    if (value == nullptr) return std::optional<T>{};
    const std::string prefix = std::string(name) + ": ";
    if (!value->is_string())
        return argument_error(name, prefix + "must be a string, not " +
                                        std::string(kind_name(value->kind())));
    auto parsed = T::parse(value->string());
    if (!parsed) return argument_error(name, prefix + parsed.error().message);
    return std::optional<T>(std::move(*parsed));
}

template <class T>
Result<T> read_choice(const Value& parameters, std::string_view name, T fallback,
                      std::optional<T> (*named)(std::string_view) noexcept,
                      std::string_view choices) {
    const Value* value = given(parameters, name);
    if (value == nullptr) return fallback;
    const auto chosen = value->is_string() ? named(value->string()) : std::nullopt;
    if (!chosen)
        return argument_error(name, std::string(name) + ": must be one of " + std::string(choices));
    return *chosen;
}

Result<std::string> read_user(const Value& parameters) {
    const Value* value = given(parameters, "user");
    if (value == nullptr) return std::string("connector");
    bool good = value->is_string() && !value->string().empty() && value->string().size() <= 256;
    if (good)
        for (char c : value->string())
            good = good && static_cast<unsigned char>(c) >= 0x20 && c != 0x7F;
    if (!good)
        return argument_error("user",
                              "user: must be the name of an Infra user, 1 to 256 characters "
                              "without control characters");
    return value->string();
}

} // namespace

Result<plan::Desired> desired_access_key(const Value& parameters) {
    auto name = read<KeyName>(parameters, "name");
    if (!name) return std::move(name).error();
    if (!name->has_value())
        return argument_error("name", "name: is missing; give the access key a name, so that the "
                                      "next run finds it again");
    auto state = read_choice(parameters, "state", plan::State::present, plan::state_named,
                             "present, absent");
    if (!state) return std::move(state).error();
    auto user = read_user(parameters);
    if (!user) return std::move(user).error();
    auto expires_in = read<Duration>(parameters, "expires_in");
    if (!expires_in) return std::move(expires_in).error();
    auto expires_at = read<Timestamp>(parameters, "expires_at");
    if (!expires_at) return std::move(expires_at).error();
    auto inactivity = read<Duration>(parameters, "inactivity_timeout");
    if (!inactivity) return std::move(inactivity).error();
    auto recreate = read_choice(parameters, "recreate", plan::Recreate::state_change,
                                plan::recreate_named, "never, dead, state_change, always");
    if (!recreate) return std::move(recreate).error();
    if (*expires_in && *expires_at)
        return argument_error("expires_in",
                              "expires_in and expires_at exclude each other; give one of them");
    return plan::Desired{*state,      std::move(**name), std::move(*user), *expires_in,
                         *expires_at, *inactivity,       *recreate};
}

} // namespace infrastate::wire
