// SPDX-License-Identifier: Apache-2.0
#include "resource.h"

#include <array>

namespace infrastate::engine {
namespace {

constexpr std::array<Resource, 2> resources{{
    {"access_key", check_access_key, run_access_key},
    {"access_key_info", check_access_key_info, run_access_key_info},
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
