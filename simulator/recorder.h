// SPDX-License-Identifier: Apache-2.0
// What the simulator received and answered, for tests. It stores secrets only as digests.
// Thread-safe.
#pragma once

#include "clock.h"
#include "json.h"

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace infrastate::simulator {

struct RequestRecord {
    std::int64_t number = 0;
    Micros at = 0;
    std::string method, target;
    std::string bearer_digest; ///< SHA-256 of the token; "" if there was none
    std::string infra_version;
    std::string fault;           ///< the actions that applied; "" for none
    std::optional<int> acted{};  ///< the status of what the server did; empty if it did nothing
    std::optional<int> status{}; ///< the status that was sent; empty if no answer was sent
};

class Recorder {
public:
    static constexpr std::size_t kept = 20'000;

    /// Records a request when it arrives; returns its number.
    std::int64_t begin(RequestRecord record);
    void acted(std::int64_t number, int status);
    void answered(std::int64_t number, int status);
    /// Begins (+1) or ends (-1) an effect that happens after the connection was given up.
    void late(int change);
    void clear();

    JsonObject requests(std::int64_t after) const;
    JsonObject counters() const;

private:
    RequestRecord* find(std::int64_t number);

    mutable std::mutex mutex_;
    std::deque<RequestRecord> records_;
    std::int64_t last_ = 0;
    std::int64_t received_ = 0, faults_ = 0, late_ = 0;
    std::map<std::string, std::int64_t> by_method_;
    std::map<int, std::int64_t> by_status_, by_effect_;
};

} // namespace infrastate::simulator
