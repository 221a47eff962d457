// SPDX-License-Identifier: Apache-2.0
// Users as the server lists them. Plain values that ports and client share.
// They hold no secret.
#pragma once

#include "infrastate/types/names.h"

#include <string>

namespace infrastate {

struct UserRow {
    ServerId id;
    std::string name;
};

} // namespace infrastate
