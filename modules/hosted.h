// SPDX-License-Identifier: Apache-2.0
// Which module of this executable is asked for. There is one executable; its names are those of the
// schema's resources.
#pragma once

#include "infrastate/schema/schema.h"

#include <string>
#include <string_view>

namespace infrastate::module {

/// The resource behind a module's name as it may be written: "infra_access_key", with a namespace
/// ("ns.collection.infra_access_key"), as a file that Ansible transferred
/// ("/tmp/x/AnsiballZ_infra_access_key.bin") or for one processor ("infra_access_key_x86_64").
/// nullptr if there is none.
const schema::Resource* find_hosted(std::string_view name) noexcept;

/// "infra_access_key, ...": for help and messages.
std::string hosted_names();

} // namespace infrastate::module
