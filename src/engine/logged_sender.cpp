// SPDX-License-Identifier: Apache-2.0
#include "logged_sender.h"

#include <chrono>

namespace infrastate::engine {

Result<transport::Response> LoggedSender::send(const transport::Request& request,
                                               const transport::Deadline& deadline) {
    if (!log_.takes(LogLevel::debug)) return sender_.send(request, deadline);
    using Clock = std::chrono::steady_clock;
    // Composed before the request is sent: nothing may fail between the answer and its reader.
    std::string line(transport::method_name(request.method));
    line += ' ';
    line.append(request.target, 0, request.target.find('?'));
    line.reserve(line.size() + 64);
    const auto start = Clock::now();
    auto response = sender_.send(request, deadline);
    const auto taken =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
    line += response ? ": " + std::to_string(response->status) : ": no answer";
    line += " after " + std::to_string(taken) + " ms";
    log_(LogLevel::debug, line);
    return response;
}

} // namespace infrastate::engine
