// SPDX-License-Identifier: Apache-2.0
// Rows of the directory as the server lists them: users. Plain values shared by the ports, the
// client and those who ask; they hold no secret.
#pragma once

#include "infrastate/types/names.h"

#include <string>

namespace infrastate {

struct UserRow {
    ServerId id;
    std::string name;
};

} // namespace infrastate
