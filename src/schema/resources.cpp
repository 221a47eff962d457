// SPDX-License-Identifier: Apache-2.0
// The list of resources and nothing else. A test program that has a list of its own links that list
// instead of this file.
#include "tables.h"

namespace infrastate::schema {

std::span<const Resource> resources() noexcept {
    static const std::array all{access_key_resource, access_key_info_resource,
                                destination_info_resource};
    return all;
}

} // namespace infrastate::schema
