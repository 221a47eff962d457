// SPDX-License-Identifier: Apache-2.0
#include "resource.h"

#include <array>

namespace infrastate::engine {
namespace {

bool keeps_secret(const Value& parameters) {
    const Value* file = parameters.find("secret_file");
    return file != nullptr && !file->is_null();
}

/// With a secret file, a run looks at the server only once it holds the file's lock.
std::string shared_user(const Value& parameters) {
    if (keeps_secret(parameters)) return {};
    const Value* user = parameters.find("user");
    return user != nullptr && user->is_string() ? user->string() : "connector";
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
