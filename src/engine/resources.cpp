// SPDX-License-Identifier: Apache-2.0
#include "resource.h"

#include <array>

namespace infrastate::engine {
namespace {

bool keeps_secret(const Value& parameters) {
    return parameters.given("secret_file") != nullptr;
}

/// With a secret file, a run looks at the server only once it holds the file's lock.
std::string shared_user(const Value& parameters) {
    if (keeps_secret(parameters)) return {};
    const auto user = parameters.text("user");
    return std::string(user.empty() ? "connector" : user);
}

std::string nobody(const Value& /*parameters*/) {
    return {};
}

constexpr std::array<Resource, 2> resources{{
    {"access_key", check_access_key, shared_user, keeps_secret, run_access_key},
    {"access_key_info", check_access_key_info, nobody, keeps_secret, run_access_key_info},
}};

} // namespace

std::vector<std::string_view> resource_names() {
    std::vector<std::string_view> out;
    for (const Resource& resource : resources)
        out.push_back(resource.name);
    return out;
}

const Resource* find_resource(std::string_view name) noexcept {
    for (const Resource& resource : resources)
        if (resource.name == name) return &resource;
    return nullptr;
}

} // namespace infrastate::engine
