// SPDX-License-Identifier: Apache-2.0
#include "environment.h"

#include "infrastate/schema/schema.h"
#include "infrastate/types/secret.h"

#include <cstdlib>
#include <cstring>

namespace infrastate::module {

Environment::Environment() {
    const auto take_secrets = [this](const schema::Section& section) {
        for (const schema::Param& param : section.params)
            for (const std::string_view name : param.environment)
                take(std::string(name), schema::is_secret(param.type));
    };
    take_secrets(schema::connection());
    for (const schema::Resource& resource : schema::resources())
        take_secrets(resource.input);
}

void Environment::take(const std::string& name, bool always) {
    char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return;
    if (!always && std::strchr(value, '@') == nullptr) return; // no user and password in it
    taken_.emplace_back(name, value);
    wipe(value, std::strlen(value));
}

std::optional<std::string> Environment::value(const std::string& name) const {
    for (const auto& [each, value] : taken_)
        if (each == name) return value;
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
}

schema::Getenv Environment::reader() const {
    return [this](const std::string& name) { return value(name); };
}

void Environment::forget() noexcept {
    for (auto& each : taken_)
        wipe(each.second);
    taken_.clear();
}

} // namespace infrastate::module
