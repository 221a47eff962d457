// SPDX-License-Identifier: Apache-2.0
#include "single.h"

#include <algorithm>
#include <exception>
#include <string>
#include <vector>

namespace infrastate::engine {

void hand_over(const Value& result, Delivery& delivery, std::chrono::milliseconds patience,
               CreationGuard& guard) {
    const std::vector<std::string> made = guard.made();
    bool whole = false;
    try {
        whole = delivery.deliver(result, patience);
    } catch (const std::exception&) { // not delivered
    }
    if (whole) return guard.forget();
    guard.take_back();
    Lost lost;
    lost.left = guard.made();
    for (const std::string& id : made)
        if (std::find(lost.left.begin(), lost.left.end(), id) == lost.left.end())
            lost.deleted.push_back(id);
    const Value* previous = result.given("previous_id");
    lost.none_left = previous != nullptr && lost.left.empty();
    if (const Value* live = result.given("live_keys"); live != nullptr && live->is_array())
        for (const Value& id : live->items())
            if (std::find(made.begin(), made.end(), id.string()) == made.end())
                lost.none_left = false;
    delivery.lost(lost);
    guard.forget();
}

} // namespace infrastate::engine
