// SPDX-License-Identifier: Apache-2.0
#include "key_guard.h"
#include "resource.h"
#include "shared_listing.h"

#include "infrastate/types/vocabulary.h"

#include <array>

namespace infrastate::engine {
namespace {

bool keeps_secret(const Value& parameters) {
    return parameters.given("secret_file") != nullptr;
}

/// A run with a secret file must read from the server only after it has locked the file, so it
/// shares nothing.
std::string user_of_keys(const Value& parameters) {
    if (keeps_secret(parameters)) return {};
    const auto user = parameters.text("user");
    return std::string(user.empty() ? vocabulary::connector : user);
}

constexpr std::array<ResourceHandler, 3> resources{{
    {.name = "access_key",
     .check = check_access_key,
     .run = run_access_key,
     .shares = user_of_keys,
     .share = [](const ports::Ports& ports) -> std::unique_ptr<SharedReads> {
         return std::make_unique<SharedListing>(ports);
     },
     .guarded = [](const Value& parameters) { return !keeps_secret(parameters); },
     .guard = [](const ports::Ports& ports) -> std::unique_ptr<CreationGuard> {
         return std::make_unique<KeyGuard>(ports);
     }},
    {.name = "access_key_info", .check = check_access_key_info, .run = run_access_key_info},
    {.name = "destination_info",
     .check = check_destination_info,
     .run = run_destination_info,
     .waits = waiting_of_destination_info,
     .waiting_parameter = "wait_timeout"},
}};

} // namespace

const ResourceHandler* find_resource(std::string_view name) noexcept {
    for (const ResourceHandler& resource : resources)
        if (resource.name == name) return &resource;
    return nullptr;
}

} // namespace infrastate::engine
