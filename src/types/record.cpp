// SPDX-License-Identifier: Apache-2.0
#include "infrastate/types/record.h"

namespace infrastate {

Timestamp unknown_time() noexcept {
    constexpr std::int64_t end_of_years = 253'402'300'799; // 9999-12-31T23:59:59Z
    return Timestamp::from_unix(end_of_years);
}

} // namespace infrastate
