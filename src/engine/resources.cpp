// SPDX-License-Identifier: Apache-2.0
#include "resource.h"

#include "infrastate/wire/access_key.h"

#include <array>

namespace infrastate::engine {
namespace {

Result<void> check_access_key(const Value& desired) {
    auto parsed = wire::desired_access_key(desired);
    if (!parsed) return std::move(parsed).error();
    return {};
}

Value run_access_key(Mode mode, const Value& parameters, ports::KeyApi& api) {
    const auto desired = wire::desired_access_key(parameters);
    if (!desired) return wire::failed_result(desired.error());
    return wire::access_key_result(reconcile::reconcile_access_key(
        *desired, mode == Mode::plan ? reconcile::Mode::check : reconcile::Mode::apply, api));
}

constexpr std::array<Resource, 1> resources{{{"access_key", check_access_key, run_access_key}}};

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
