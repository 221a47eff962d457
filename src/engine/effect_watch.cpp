// SPDX-License-Identifier: Apache-2.0
#include "effect_watch.h"

namespace infrastate::engine {

Result<transport::Response> EffectWatch::send(const transport::Request& request,
                                              const transport::Deadline& deadline) {
    const Effect before = effect_;
    // Set before the request is sent, because sending may throw.
    if (request.method != transport::Method::get) effect_ = Effect::unknown;
    auto response = sender_.send(request, deadline);
    if (!response && response.error().effect == Effect::none) effect_ = before;
    return response;
}

} // namespace infrastate::engine
