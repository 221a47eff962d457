// SPDX-License-Identifier: Apache-2.0
#include "resource.h"

#include "infrastate/wire/access_key.h"
#include "infrastate/wire/access_key_info.h"

#include <array>

namespace infrastate::engine {
namespace {

Result<void> check_access_key(const Value& desired) {
    auto parsed = wire::desired_access_key(desired);
    if (!parsed) return std::move(parsed).error();
    return {};
}

std::string user_of_access_key(const Value& parameters) {
    auto parsed = wire::desired_access_key(parameters);
    return parsed ? parsed->user : std::string();
}

bool access_key_keeps_secret(const Value& parameters) {
    const Value* file = parameters.find("secret_file");
    return file != nullptr && !file->is_null();
}

Value run_access_key(Mode mode, const Value& parameters, ports::KeyApi& api) {
    const auto desired = wire::desired_access_key(parameters);
    if (!desired) return wire::failed_result(desired.error());
    return wire::access_key_result(reconcile::reconcile_access_key(
        *desired, mode == Mode::plan ? reconcile::Mode::check : reconcile::Mode::apply, api));
}

Value info_access_key(const Value& parameters, ports::KeyApi& api) {
    const auto query = wire::access_key_query(parameters);
    return wire::access_key_info_result(query ? reconcile::find_access_keys(*query, api)
                                              : Result<reconcile::KeysFound>(query.error()));
}

constexpr std::array<Resource, 1> resources{
    {{"access_key", check_access_key, user_of_access_key, access_key_keeps_secret, run_access_key,
      info_access_key}}};

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
