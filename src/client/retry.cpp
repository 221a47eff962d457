// SPDX-License-Identifier: Apache-2.0
#include "retry.h"

#include <algorithm>
#include <charconv>
#include <poll.h>
#include <random>

namespace infrastate::client {

std::chrono::milliseconds back_off(int attempt, std::chrono::milliseconds first) {
    constexpr std::int64_t most = 8'000;
    const std::int64_t full = std::min(most, std::clamp<std::int64_t>(first.count(), 0, most)
                                                 << std::clamp(attempt - 2, 0, 10));
    // Jitter needs no strong randomness; it only has to keep hosts from repeating in step.
    thread_local std::minstd_rand random{std::random_device{}()};
    return std::chrono::milliseconds(
        std::uniform_int_distribution<std::int64_t>(full / 2, full)(random));
}

std::optional<std::chrono::milliseconds> retry_after(const transport::Response& response,
                                                     Timestamp now) {
    constexpr std::int64_t day = 86'400;
    const std::string* header = response.header("Retry-After");
    if (header == nullptr || header->empty()) return std::nullopt;
    std::int64_t seconds = 0;
    const char* const end = header->data() + header->size();
    const auto [stop, status] = std::from_chars(header->data(), end, seconds);
    if (status == std::errc::result_out_of_range && stop == end) {
        seconds = header->front() == '-' ? 0 : day;
    } else if (status != std::errc{} || stop != end) {
        const auto date = Timestamp::parse_http_date(*header);
        if (!date) return std::nullopt;
        seconds = date->seconds_since(now);
    }
    return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, day));
}

bool wait_within(std::chrono::milliseconds span, const transport::Deadline& deadline) {
    if (deadline.cancelled() || span >= deadline.remaining()) return false;
    const auto wake = transport::Deadline::after(span);
    while (!wake.expired()) {
        pollfd cancel{deadline.cancel() != nullptr ? deadline.cancel()->descriptor() : -1, POLLIN,
                      0};
        // One millisecond more than is left, because poll() counts whole milliseconds.
        ::poll(&cancel, 1, static_cast<int>(wake.remaining().count()) + 1);
        if (deadline.cancelled()) return false;
    }
    return true;
}

} // namespace infrastate::client
