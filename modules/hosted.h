// SPDX-License-Identifier: Apache-2.0
// Finds the module that the caller asks for. There is one executable; its modules have the names of
// the schema's resources.
#pragma once

#include "infrastate/schema/schema.h"

#include <string>
#include <string_view>

namespace infrastate::module {

/// The resource of a module's name. The name may be bare ("infra_access_key"), have a namespace
/// ("ns.collection.infra_access_key"), be a file that Ansible transferred
/// ("/tmp/x/AnsiballZ_infra_access_key.bin"), or be for one processor ("infra_access_key_x86_64").
/// nullptr if there is none.
const schema::Resource* find_hosted(std::string_view name) noexcept;

/// "infra_access_key, ...", for help and messages.
std::string hosted_names();

} // namespace infrastate::module
